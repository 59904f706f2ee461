package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/model"
)

// Weights are everything a run carries from step to step, each a flat buffer in
// the layout of model.Params.
type Weights struct {
	Theta, M, V, Average []float32
}

// NewWeights is the start of a run of that seed: the average begins at the weights.
func NewWeights(p *model.Params, seed uint64) *Weights {
	w := &Weights{make([]float32, p.Len), make([]float32, p.Len), make([]float32, p.Len), make([]float32, p.Len)}
	p.Start(w.Theta, seed)
	copy(w.Average, w.Theta)
	return w
}

// parts names the buffers as the device and checkpoints do.
func (w *Weights) parts() [4]struct {
	state string
	data  []float32
} {
	return [4]struct {
		state string
		data  []float32
	}{{stWeights, w.Theta}, {stFirst, w.M}, {stSecond, w.V}, {stAverage, w.Average}}
}

// Checkpoint is a moment of a run.
type Checkpoint struct {
	*Experiment
	Path    string
	Step    int    // steps taken
	Data    string // fingerprint of the data
	Weights *Weights
}

// magic marks our checkpoints in their metadata, with the version of the layout.
const magic, version = "stillfield.checkpoint", "1"

const (
	checkpointDir = "checkpoints"
	checkpointExt = ".safetensors"
	stepDigits    = 9
)

// CheckpointPath is where a run keeps the checkpoint of a step.
func CheckpointPath(run string, step int) string {
	return filepath.Join(run, checkpointDir, fmt.Sprintf("step-%0*d%s", stepDigits, step, checkpointExt))
}

// Save writes the checkpoint to its path: whole, or not at all. Tensors are
// called PART.NAME, where PART is weights, average, adam.m or adam.v.
func (c *Checkpoint) Save() error {
	text, err := c.Config.Encode()
	if err != nil {
		return err
	}
	var ts []safetensors.Tensor
	for _, part := range c.Weights.parts() {
		for _, p := range c.Params.List {
			data := part.data[p.Offset : p.Offset+p.Size()]
			ts = append(ts, safetensors.Tensor{Name: part.state + "." + p.Name, Shape: p.Shape, Data: data})
		}
	}
	meta := map[string]string{
		magic: version, "config": string(text), "step": strconv.Itoa(c.Step), "seed": strconv.FormatUint(c.Config.Seed, 10),
		"shape": c.Shape.String(), "data": c.Data,
	}
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o755); err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	return safetensors.WriteFile(c.Path, meta, ts)
}

// LoadCheckpoint reads and verifies one file. It executes nothing and trusts
// nothing it has not checked.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := readCheckpoint(f)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %w", path, err)
	}
	c.Path = path
	return c, nil
}

func readCheckpoint(f *safetensors.File) (*Checkpoint, error) {
	meta := f.Metadata
	if v, ok := meta[magic]; !ok || v != version {
		return nil, fmt.Errorf("got a safetensors file with %s = %q, want %q: it is not a checkpoint of ours", magic, v, version)
	}
	cfg, err := Parse("config", []byte(meta["config"]), nil)
	if err != nil {
		return nil, err
	}
	shape, err := parseShape(meta["shape"])
	if err != nil {
		return nil, err
	}
	step, err := strconv.Atoi(meta["step"])
	if err != nil || step < 0 {
		return nil, fmt.Errorf("step: got %q, want a number of steps", meta["step"])
	}
	e, err := NewExperiment(cfg, shape)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Experiment: e, Step: step, Data: meta["data"]}
	if n := 4 * len(e.Params.List); len(f.Tensors()) != n {
		return nil, fmt.Errorf("%d tensors, want the %d of %v", len(f.Tensors()), n, e.Net)
	}
	for _, p := range e.Params.List { // before anything is allocated
		for _, part := range (&Weights{}).parts() {
			name := part.state + "." + p.Name
			if t, ok := f.Tensor(name); !ok || !slices.Equal(t.Shape, p.Shape) {
				return nil, fmt.Errorf("tensor %q: got shape %v, want %v", name, t.Shape, p.Shape)
			}
		}
	}
	n := e.Params.Len
	c.Weights = &Weights{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)}
	for _, part := range c.Weights.parts() {
		for _, p := range e.Params.List {
			if err := f.ReadFloat32(part.data[p.Offset:p.Offset+p.Size()], part.state+"."+p.Name); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Checkpoints lists a run's checkpoints, newest first.
func Checkpoints(run string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(escape(run), checkpointDir, "step-*"+checkpointExt))
	if err != nil {
		return nil, fmt.Errorf("train: %s: %w", run, err)
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// escape takes the meaning from glob characters in a directory's name.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// ErrNoCheckpoint is a run, or a directory, without one.
var ErrNoCheckpoint = errors.New("no checkpoint")

// Newest loads the newest checkpoint of a run that is whole; skipped says why
// each newer one was not. path may also be a checkpoint file.
func Newest(path string) (c *Checkpoint, skipped []error, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("train: %s: no such run or checkpoint", path)
	case err != nil:
		return nil, nil, fmt.Errorf("train: %w", err)
	case !info.IsDir():
		c, err := LoadCheckpoint(path)
		return c, nil, err
	}
	paths, err := Checkpoints(path)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range paths {
		c, err := LoadCheckpoint(p)
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, err)
	}
	if len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("train: %s: none of its %d checkpoints can be read: %w", path, len(skipped), skipped[0])
	}
	return nil, nil, fmt.Errorf("train: %s: %w", path, ErrNoCheckpoint)
}

// prune removes all but the newest keep checkpoints of a run.
func prune(run string, keep int) error {
	paths, err := Checkpoints(run)
	if err != nil {
		return err
	}
	for _, p := range paths[min(keep, len(paths)):] {
		if err := os.Remove(p); err != nil {
			return fmt.Errorf("train: checkpoint: %w", err)
		}
	}
	return nil
}
