package features

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// Trained is a classifier with its weights, and what it was trained and tested on.
type Trained struct {
	Recipe      *Recipe
	Data        string // name of the data
	Fingerprint string // of the training set
	Shape       datasets.Shape
	Classes     int
	Accuracy    float64 // on the test set
	Tested      int     // images of that

	Weights []float32
	params  *model.Params
}

// net is the network.
func (t *Trained) net() model.Classifier {
	return model.Classifier{Channels: t.Recipe.Channels, Levels: t.Recipe.Levels, Classes: t.Classes}
}

// declare lays out the weights and sets them to where a training starts.
func (t *Trained) declare() (err error) {
	if t.params, err = t.net().Declare(t.Shape.Point()); err != nil {
		return err
	}
	t.Weights = make([]float32, t.params.Len)
	t.params.Start(t.Weights, t.Recipe.Seed)
	return nil
}

// claim is what a file of weights says of them, under the key claimKey of its metadata.
type claim struct {
	Recipe      string  `json:"recipe"`
	Data        string  `json:"data"`
	Fingerprint string  `json:"fingerprint"`
	Shape       []int   `json:"shape"`
	Classes     int     `json:"classes"`
	Accuracy    float64 `json:"accuracy"`
	Tested      int     `json:"tested_on"`
}

const claimKey = "stillfield.classifier"

// Save writes the weights, each as an array of its name, with what they are.
func (t *Trained) Save(path string) error {
	says, err := json.Marshal(claim{t.Recipe.text(), t.Data, t.Fingerprint,
		[]int{t.Shape.H, t.Shape.W, t.Shape.C}, t.Classes, t.Accuracy, t.Tested})
	if err != nil {
		return err
	}
	var tensors []safetensors.Tensor
	for _, p := range t.params.List {
		tensors = append(tensors, safetensors.Tensor{Name: p.Name, Shape: p.Shape,
			Data: t.Weights[p.Offset : p.Offset+p.Size()]})
	}
	return safetensors.WriteFile(path, map[string]string{claimKey: string(says)}, tensors)
}

// isTrained reports whether a file has the weights of a classifier.
func isTrained(path string) bool {
	f, err := safetensors.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Metadata[claimKey] != ""
}

// readTrained reads what Save wrote.
func readTrained(f *safetensors.File) (*Trained, error) {
	text, ok := f.Metadata[claimKey]
	if !ok {
		return nil, fmt.Errorf("not a classifier: its metadata have no %s", claimKey)
	}
	var c claim
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("%s: %w", claimKey, err)
	}
	r, err := readRecipe(c.Recipe)
	if err != nil {
		return nil, err
	}
	if len(c.Shape) != 3 || slices.Min(c.Shape) < 1 || slices.Max(c.Shape) > 1<<12 ||
		c.Classes < 2 || c.Classes > 1<<16 {
		return nil, fmt.Errorf("%s: got images of %v in %d classes", claimKey, c.Shape, c.Classes)
	}
	t := &Trained{Recipe: r, Data: c.Data, Fingerprint: c.Fingerprint, Classes: c.Classes,
		Shape:    datasets.Shape{H: c.Shape[0], W: c.Shape[1], C: c.Shape[2]},
		Accuracy: c.Accuracy, Tested: c.Tested}
	if t.params, err = t.net().Declare(t.Shape.Point()); err != nil {
		return nil, err
	}
	for _, p := range t.params.List { // before there is memory for what the recipe claims
		if info, ok := f.Tensor(p.Name); !ok || !slices.Equal(info.Shape, p.Shape) {
			return nil, fmt.Errorf("%s: got an array of shape %v, want %v", p.Name, info.Shape, p.Shape)
		}
	}
	t.Weights = make([]float32, t.params.Len)
	for _, p := range t.params.List {
		if err := f.ReadFloat32(t.Weights[p.Offset:p.Offset+p.Size()], p.Name); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// on is the extractor of t on a device. name says which it is.
func (t *Trained) on(dev plan.Device, name string) *classifier {
	c := &classifier{trained: t, name: name}
	c.network = network{dev: dev, point: t.Shape.Point(), dim: t.net().Features(), weights: t.Weights,
		build: func(b *graph.Builder, u, weights graph.Node) graph.Node {
			features, _ := t.net().Build(b, t.params.Bind(b, weights), u)
			return features
		}}
	return c
}
