package features

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/safetensors"
)

var _ = Extractors.Add(choice.Entry[Opener]{
	Name: "classifier", Example: "classifier:weights=fashion-mnist",
	About: "what a small classifier makes of an image before it tells the class: sees classes best",
	Params: []choice.Param{{Name: "weights", Default: "", Usual: "those for the name of the data",
		About: "a classifier that is in the binary, or the file of one: stillfield classifier makes it"},
		{Name: "resize", Default: noResize, In: choice.Words(resizes()...),
			About: "how images of another size are brought to that of the classifier's"}},
	Make: Opener{
		Open: func(_ context.Context, v choice.Values, on On) (Extractor, error) {
			return openClassifier(v.Text("weights"), v.Text("resize"), on)
		},
		Reads: func(path string) (choice.Choice, bool) {
			return choice.Choice{Kind: "classifier", Params: choice.Values{"weights": path}}, isTrained(path)
		},
	},
})

// kept are the weights of the classifiers in the binary, each trained by the recipe of its
// name in configs/classifiers.
//
//go:embed weights/*.safetensors
var kept embed.FS

// Kept lists the classifiers in the binary, by the name of their data.
func Kept() []string {
	entries, err := fs.ReadDir(kept, "weights")
	if err != nil {
		panic("features: the embedded weights cannot be listed")
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return names
}

// classifier is a network that was trained to tell classes apart. Its features are what the
// last layer makes its logits of.
type classifier struct {
	network
	trained *Trained
	name    string   // in the binary, or of the file
	resizer *resizer // nil where images are of the network's size
}

// Classified is an Extractor whose features tell classes.
type Classified interface {
	Extractor
	// Labels are the classes of points by their features.
	Labels(features []float32) []int32
	// Classes is how many there are, and Accuracy the share of held-out data of which
	// Labels is right.
	Classes() int
	Accuracy() float64
}

// openClassifier opens the classifier of that name or file; "" is for that of the points'.
func openClassifier(weights, resize string, on On) (Extractor, error) {
	t, err := findTrained(weights, on.Points.Name)
	if err != nil {
		return nil, err
	}
	if weights == "" {
		weights = on.Points.Name
	}
	var r *resizer
	switch shape := on.Points.Shape; {
	case shape.C != t.Shape.C || !on.Points.Image:
		return nil, &choice.Fault{Path: "weights", Got: weights,
			Want: fmt.Sprintf("a classifier of %v, like %s, not of %v", shape, on.Points.Name, t.Shape)}
	case shape != t.Shape && resize == noResize:
		return nil, &choice.Fault{Path: "resize", Got: resize,
			Want: fmt.Sprintf("%s: %s has images of %v, and the classifier takes %v",
				choice.Or(resizes()[1:]), on.Points.Name, shape, t.Shape)}
	case resize != noResize:
		if r, err = newResizer(resize, shape, t.Shape); err != nil {
			return nil, err
		}
	}
	dev, err := on.Device()
	if err != nil {
		return nil, err
	}
	c := t.on(dev, weights)
	c.resizer = r
	return c, nil
}

// findTrained reads the weights of that name or file, or those for the data of that name.
func findTrained(weights, data string) (*Trained, error) {
	name := weights
	if name == "" {
		name = data
	}
	var f *safetensors.File
	var err error
	switch {
	case slices.Contains(Kept(), name):
		var text []byte
		if text, err = kept.ReadFile("weights/" + name + ".safetensors"); err == nil {
			f, err = safetensors.NewFile(bytes.NewReader(text), int64(len(text)), name)
		}
	case weights == "":
		return nil, &choice.Fault{Path: "weights", Got: "none", Want: "a classifier of " + data +
			", the file that stillfield classifier writes: in the binary are only " + choice.Or(Kept())}
	default:
		f, err = safetensors.Open(weights)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := readTrained(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func (c *classifier) Info() Info {
	t := c.trained
	name := choice.Choice{Kind: "classifier", Params: choice.Values{"weights": c.name, "resize": noResize}}
	info := Info{Hash: hashOf("classifier "+t.net().String(), t.Weights), Dim: c.dim}
	if c.resizer != nil {
		name.Params["resize"], info.Resize = c.resizer.by.name, c.resizer.String()
	}
	info.Name = name.String()
	return info
}

func (c *classifier) Extract(ctx context.Context, dst, x []float32) error {
	if c.resizer == nil {
		return c.extract(ctx, dst, x)
	}
	size := c.resizer.from.Len()
	if _, err := checkExtract(ctx, dst, x, c.dim, size); err != nil {
		return err
	}
	resized := make([]float32, 0, len(x)/size*c.resizer.to.Len())
	for ; len(x) > 0; x = x[size:] {
		resized = append(resized, c.resizer.resize(x[:size])...)
	}
	return c.extract(ctx, dst, resized)
}

func (c *classifier) Classes() int { return c.trained.Classes }

func (c *classifier) Accuracy() float64 { return c.trained.Accuracy }

// Labels is the largest of the logits f·W + b, worked out in float64.
func (c *classifier) Labels(features []float32) []int32 {
	t := c.trained
	weight, bias := arrayOf(t.params, t.Weights, "out.weight"), arrayOf(t.params, t.Weights, "out.bias")
	labels := make([]int32, len(features)/c.dim)
	for i := range labels {
		best := 0.
		for k := range t.Classes {
			logit := float64(bias[k])
			for j, f := range features[i*c.dim : (i+1)*c.dim] {
				logit += float64(f) * float64(weight[j*t.Classes+k])
			}
			if k == 0 || logit > best {
				best, labels[i] = logit, int32(k)
			}
		}
	}
	return labels
}
