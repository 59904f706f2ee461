package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/memory"
)

// A Reader reads as much of a checkpoint as its caller needs. It executes nothing
// and trusts nothing that it has not checked: the network that the configuration
// asks for is held to the tensors that are there before any memory is taken for it.
type Reader func(path string) (*Checkpoint, error)

// Load reads and verifies all that training goes on with.
func Load(path string) (*Checkpoint, error) { return read(path, allParts(), allParts()) }

// Verify is Load that keeps no weights: its memory does not grow with the network.
func Verify(path string) (*Checkpoint, error) { return read(path, allParts(), nil) }

func allParts() (states []string) {
	for _, part := range (&experiment.Weights{}).Parts() {
		states = append(states, part.State)
	}
	return states
}

// LoadPart is a Reader of one part alone, such as [experiment.StateAverage]: the
// file need not hold another.
func LoadPart(part string) Reader {
	return func(path string) (*Checkpoint, error) { return read(path, []string{part}, []string{part}) }
}

// Describe verifies what a file holds, which is at least one whole set of weights,
// and keeps no more of it than Verify.
func Describe(path string) (*Checkpoint, error) {
	c, err := read(path, []string{experiment.StateAverage}, nil)
	if err == nil {
		return c, nil
	}
	if c, raw := read(path, []string{experiment.StateWeights}, nil); raw == nil {
		return c, nil
	}
	return nil, err
}

// IsCheckpoint reports whether the file at path begins as checkpoints do, whatever
// its name: with the length of a header in 8 bytes, and a JSON object. What it holds
// may still be torn, or be something else's.
func IsCheckpoint(path string) bool {
	f, _, err := bounded.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [9]byte
	const longest = 1 << 32 // no text has bytes of 0 in these places
	_, err = io.ReadFull(f, head[:])
	return err == nil && binary.LittleEndian.Uint64(head[:8]) < longest && head[8] == '{'
}

// read opens a file that must have the wanted parts, and loads some of these.
func read(path string, wanted, loaded []string) (*Checkpoint, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("run: checkpoint: %w", err)
	}
	defer f.Close()
	c, err := readCheckpoint(f, path, wanted, loaded)
	if err == nil && len(loaded) == 0 {
		if err = f.Verify(); err != nil {
			err = fmt.Errorf("run: checkpoint: %w", err)
		}
	}
	return c, err
}

func readCheckpoint(f *safetensors.File, path string, wanted, loaded []string) (*Checkpoint, error) {
	c, err := describe(f, wanted)
	if err != nil {
		what := strings.ReplaceAll(err.Error(), "\n", "; ")
		return nil, fmt.Errorf("run: checkpoint: %s: %s", path, what)
	}
	c.Path = path
	c.Weights = &experiment.Weights{}
	if err := memory.Fits(4 * uint64(len(loaded)) * uint64(c.Params.Len)); err != nil {
		return nil, fmt.Errorf("run: checkpoint: %s: %d weights: %w", path, c.Params.Len, err)
	}
	for _, part := range c.Weights.Parts() {
		if !slices.Contains(loaded, part.State) {
			continue
		}
		flat := c.Weights.Make(part.State, c.Params.Len)
		for _, p := range c.Params.List {
			if err := f.ReadFloat32(flat[p.Offset:p.Offset+p.Size()], part.State+"."+p.Name); err != nil {
				return nil, fmt.Errorf("run: checkpoint: %w", err)
			}
		}
	}
	if name, i, x, bad := c.Weights.NonFinite(c.Params); bad {
		return nil, fmt.Errorf("run: checkpoint: %s: %s[%d] is %v, want finite weights", path, name, i, x)
	}
	return c, nil
}

// describe reads everything but the weights, and checks that the wanted parts of
// them are there.
func describe(f *safetensors.File, wanted []string) (*Checkpoint, error) {
	meta := f.Metadata
	if v := meta[magic]; v != version {
		return nil, fmt.Errorf("%s: got %q, want %q: not a checkpoint of this program", magic, v, version)
	}
	if meta["config"] == "" {
		return nil, errors.New("config: got none, want the configuration of the run")
	}
	cfg, err := experiment.ParseKept("config", []byte(meta["config"]), nil)
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
	whole := len(wanted) == len(allParts()) // then there is nothing else in it
	if got, want := len(f.Tensors()), len(wanted)*len(e.Params.List); got < want || whole && got > want {
		return nil, fmt.Errorf("got %d tensors, want the %d of %v", got, want, e.Net)
	}
	for _, p := range e.Params.List {
		for _, part := range wanted {
			name := part + "." + p.Name
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
