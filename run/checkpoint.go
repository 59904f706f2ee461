package run

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Checkpoint is a moment of a run.
type Checkpoint struct {
	*experiment.Experiment
	Path    string
	Step    int    // steps taken
	Data    string // fingerprint of the data
	Weights *experiment.Weights
}

// magic marks our checkpoints in their metadata, with the version of the layout.
const magic, version = "stillfield.checkpoint", "1"

// Save writes the checkpoint to its path: whole, or not at all. Tensors are
// called PART.NAME, where PART is weights, average, adam.m or adam.v.
func (c *Checkpoint) Save() error {
	text, err := c.Config.Encode()
	if err != nil {
		return err
	}
	var ts []safetensors.Tensor
	for _, part := range c.Weights.Parts() {
		for _, p := range c.Params.List {
			data := part.Data[p.Offset : p.Offset+p.Size()]
			ts = append(ts, safetensors.Tensor{Name: part.State + "." + p.Name, Shape: p.Shape, Data: data})
		}
	}
	meta := map[string]string{
		magic: version, "config": string(text), "shape": c.Shape.String(), "data": c.Data,
		"step": strconv.Itoa(c.Step), "seed": strconv.FormatUint(c.Config.Seed, 10),
	}
	err = atomicfile.Replace(c.Path, func(w io.Writer) error { return safetensors.Write(w, meta, ts) })
	if err != nil {
		return fmt.Errorf("run: checkpoint: %s: %w", c.Path, err)
	}
	return nil
}

// Load reads and verifies one file. It executes nothing and trusts
// nothing it has not checked: the network that the configuration asks for is
// held to the tensors that are there before any memory is taken for it.
func Load(path string) (*Checkpoint, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("run: checkpoint: %w", err)
	}
	defer f.Close()
	return readCheckpoint(f, path)
}

func readCheckpoint(f *safetensors.File, path string) (*Checkpoint, error) {
	c, err := describe(f)
	if err != nil {
		what := strings.ReplaceAll(err.Error(), "\n", "; ")
		return nil, fmt.Errorf("run: checkpoint: %s: %s", path, what)
	}
	c.Path = path
	c.Weights = experiment.MakeWeights(c.Params.Len)
	for _, part := range c.Weights.Parts() {
		for _, p := range c.Params.List {
			data := part.Data[p.Offset : p.Offset+p.Size()]
			if err := f.ReadFloat32(data, part.State+"."+p.Name); err != nil {
				return nil, fmt.Errorf("run: checkpoint: %w", err)
			}
		}
	}
	if name, i, x, bad := c.Weights.NonFinite(c.Params); bad {
		return nil, fmt.Errorf("run: checkpoint: %s: %s[%d] is %v, want finite weights", path, name, i, x)
	}
	return c, nil
}

// describe reads everything but the weights, and checks that all of them are
// there.
func describe(f *safetensors.File) (*Checkpoint, error) {
	meta := f.Metadata
	if v := meta[magic]; v != version {
		return nil, fmt.Errorf("%s: got %q, want %q: not a checkpoint of this program", magic, v, version)
	}
	cfg, err := experiment.Parse("config", []byte(meta["config"]), nil)
	if err != nil {
		return nil, err
	}
	shape, err := datasets.ParseShape(meta["shape"])
	if err != nil {
		return nil, err
	}
	step, err := strconv.Atoi(meta["step"])
	if err != nil || step < 0 || step > experiment.MaxSteps {
		return nil, fmt.Errorf("step: got %q, want a number of steps", meta["step"])
	}
	e, err := experiment.New(cfg, shape)
	if err != nil {
		return nil, err
	}
	if got, want := len(f.Tensors()), 4*len(e.Params.List); got != want {
		return nil, fmt.Errorf("got %d tensors, want the %d of %v", got, want, e.Net)
	}
	for _, p := range e.Params.List {
		for _, part := range (&experiment.Weights{}).Parts() {
			name := part.State + "." + p.Name
			t, ok := f.Tensor(name)
			switch {
			case !ok:
				return nil, fmt.Errorf("tensor %q: got none, want shape %v", name, p.Shape)
			case !slices.Equal(t.Shape, p.Shape):
				return nil, fmt.Errorf("tensor %q: got shape %v, want %v", name, t.Shape, p.Shape)
			}
		}
	}
	return &Checkpoint{Experiment: e, Step: step, Data: meta["data"]}, nil
}
