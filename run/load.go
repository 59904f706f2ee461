package run

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
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

// parts chooses parts of a checkpoint, which may depend on what it is of.
type parts func(c *Checkpoint) ([]string, error)

// all are the parts that training goes on with.
func all(c *Checkpoint) ([]string, error) { return c.States(), nil }

func only(part string) parts {
	return func(*Checkpoint) ([]string, error) { return []string{part}, nil }
}

// Load reads and verifies all that training goes on with.
func Load(path string) (*Checkpoint, error) { return read(path, all, true) }

// Verify is Load that keeps no weights: its memory does not grow with the network.
func Verify(path string) (*Checkpoint, error) { return read(path, all, false) }

// LoadPart is a Reader of one part alone, such as [experiment.StateAverage]: the
// file need not hold another.
func LoadPart(part string) Reader {
	return func(path string) (*Checkpoint, error) { return read(path, only(part), true) }
}

// LoadAverage is a Reader of one average alone, which becomes Weights.Average: that of
// the name, or where that is "" the first. An average that the file has not is an error
// that wraps ErrNoAverage.
func LoadAverage(name string) Reader {
	if name == "" {
		return LoadPart(experiment.StateAverage)
	}
	return func(path string) (*Checkpoint, error) {
		var of string
		c, err := read(path, func(c *Checkpoint) ([]string, error) {
			var names []string
			for _, k := range c.Averages {
				if k.Name == name {
					of = k.State
					return []string{of}, nil
				}
				names = append(names, k.Name)
			}
			return nil, fmt.Errorf("average: got %s, want %s: %w", name, choice.Or(names), ErrNoAverage)
		}, true)
		if err == nil {
			c.Weights, c.Average = &experiment.Weights{Average: c.Weights.Part(of)}, name
		}
		return c, err
	}
}

// ErrNoAverage is a checkpoint without the average that was asked for.
var ErrNoAverage = errors.New("the checkpoint has no other")

// Describe verifies what a file holds, which is at least one whole set of weights,
// and keeps no more of it than Verify.
func Describe(path string) (*Checkpoint, error) {
	c, err := read(path, only(experiment.StateAverage), false)
	if err == nil {
		return c, nil
	}
	if c, raw := read(path, only(experiment.StateWeights), false); raw == nil {
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

// read opens a file that must have the wanted parts, and loads them or verifies all of it.
func read(path string, wanted parts, load bool) (*Checkpoint, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("run: checkpoint: %w", err)
	}
	defer f.Close()
	c, err := readCheckpoint(f, path, wanted, load)
	if err == nil && !load {
		if err = f.Verify(); err != nil {
			err = fmt.Errorf("run: checkpoint: %w", err)
		}
	}
	return c, err
}

func readCheckpoint(f *safetensors.File, path string, wanted parts, load bool) (*Checkpoint, error) {
	c, states, err := described(f, wanted)
	if err != nil {
		if errors.Is(err, ErrNoAverage) {
			return nil, fmt.Errorf("run: checkpoint: %s: %w", path, err)
		}
		what := strings.ReplaceAll(err.Error(), "\n", "; ")
		return nil, fmt.Errorf("run: checkpoint: %s: %s", path, what)
	}
	c.Path = path
	c.Weights = &experiment.Weights{}
	if !load {
		return c, nil
	}
	if err := memory.Fits(4 * uint64(len(states)) * uint64(c.Params.Len)); err != nil {
		return nil, fmt.Errorf("run: checkpoint: %s: %d weights: %w", path, c.Params.Len, err)
	}
	for _, state := range states {
		flat := c.Weights.Make(state, c.Params.Len)
		for _, p := range c.Params.List {
			if err := f.ReadFloat32(flat[p.Offset:p.Offset+p.Size()], state+"."+p.Name); err != nil {
				return nil, fmt.Errorf("run: checkpoint: %w", err)
			}
		}
	}
	if name, i, x, bad := c.Weights.NonFinite(c.Params); bad {
		return nil, fmt.Errorf("run: checkpoint: %s: %s[%d] is %v, want finite weights", path, name, i, x)
	}
	return c, nil
}

// described reads everything but the weights, and checks that the wanted parts of them,
// which it names, are there.
func described(f *safetensors.File, wanted parts) (*Checkpoint, []string, error) {
	c, err := describe(f.Metadata)
	if err != nil {
		return nil, nil, err
	}
	states, err := wanted(c)
	if err != nil {
		return nil, nil, err
	}
	whole := len(states) == len(c.States()) // then there is nothing else in it
	if got, want := len(f.Tensors()), len(states)*len(c.Params.List); got < want || whole && got > want {
		return nil, nil, fmt.Errorf("got %d tensors, want the %d of %v", got, want, c.Net)
	}
	for _, p := range c.Params.List {
		for _, state := range states {
			name := state + "." + p.Name
			t, ok := f.Tensor(name)
			switch {
			case !ok:
				return nil, nil, fmt.Errorf("tensor %q: got none, want shape %v", name, p.Shape)
			case !slices.Equal(t.Shape, p.Shape):
				return nil, nil, fmt.Errorf("tensor %q: got shape %v, want %v", name, t.Shape, p.Shape)
			}
		}
	}
	return c, states, nil
}

// describe reads what a checkpoint says of itself.
func describe(meta map[string]string) (*Checkpoint, error) {
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
	c := &Checkpoint{Experiment: e, Step: step, Data: meta["data"], Order: meta["order"],
		Average: e.Averages[0].Name}
	if name := meta["average"]; name != "" {
		k, err := experiment.ParseAverage(name)
		if err != nil {
			return nil, err
		}
		c.Average, c.Averages = k.Name, []experiment.Kept{k}
	}
	if text := meta["best"]; text != "" {
		err := json.Unmarshal([]byte(text), &c.Best)
		if err != nil || c.Best == nil || len(c.Best.Scores) == 0 {
			return nil, fmt.Errorf("best: got %s, want what it scored", choice.Show(text))
		}
	}
	return c, nil
}
