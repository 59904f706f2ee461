package wholerun

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// mlp is the default experiment, digits-eqm, made small: 32 digits a step through
// a residual MLP 64 → 64 → 64.
const mlp = `name: mlp
steps: 6
batch: 32
data: {name: digits}
model: {kind: mlp, width: 64, depth: 1}
optimizer: {lr: 1e-2, schedule: cosine, warmup: 2}
sample: {sampler: nag, n: 4, steps: 6, eta: 0.05, mu: 0.35}
log: {every: 1}
`

// unet has every kind of operator there is: convolutions at two levels, group
// norms, attention at 4×4, and the rest of a training step.
const unet = `name: unet
steps: 20
batch: 2
data: {name: digits}
model: {kind: unet, channels: 8, levels: [1, 2], blocks: 1, attention: [4], heads: 1}
optimizer: {lr: 1e-2, warmup: 2}
sample: {sampler: nag, n: 4, steps: 6, eta: 0.05, mu: 0.35}
log: {every: 1}
`

// dit is a transformer on 4×4 patches of the digits.
const dit = `name: dit
steps: 6
batch: 4
data: {name: digits}
model: {kind: dit, patch: 2, width: 32, depth: 2, heads: 2, qk_norm: true}
optimizer: {lr: 1e-2, warmup: 2}
sample: {sampler: nag, n: 4, steps: 6, eta: 0.05, mu: 0.35}
log: {every: 1}
`

// rings are points in R⁶, for runs whose network does not matter.
const rings = `name: rings
steps: 6
batch: 8
data: {name: rings, dim: 6, count: 40}
model: {kind: mlp, width: 16, depth: 1}
log: {every: 1, checkpoint: 2, keep: 3}
`

// parse reads a configuration with assignments.
func parse(t *testing.T, text string, set ...string) *experiment.Config {
	t.Helper()
	c, err := experiment.Parse("test.yaml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func source(t *testing.T, c *experiment.Config) datasets.Source {
	t.Helper()
	src, err := c.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func closeDevice(t *testing.T, d plan.Device) {
	t.Cleanup(func() {
		if err := d.Close(); err != nil { // of the emulator: a leak
			t.Error(err)
		}
	})
}

func onCPU(t *testing.T) plan.Device {
	t.Helper()
	d, err := cpu.New(cpu.Options{Workers: 1, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	closeDevice(t, d)
	return d
}

func onEmu(t *testing.T, o emu.Options) plan.Device {
	t.Helper()
	d, err := cuda.New(emu.New(o), 0)
	if err != nil {
		t.Fatal(err)
	}
	closeDevice(t, d)
	return d
}

// trained runs c in dir to its end and returns the losses of all steps and the
// last checkpoint.
func trained(t *testing.T, dir string, c *experiment.Config, d plan.Device) ([]float64, *run.Checkpoint) {
	t.Helper()
	if _, err := train.Run(t.Context(), dir, c, source(t, c), d, train.Hooks{}); err != nil {
		t.Fatal(err)
	}
	return finished(t, dir)
}

// stopAt runs c in dir and stops it once a step has been started.
func stopAt(t *testing.T, dir string, c *experiment.Config, d plan.Device, step int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := step
	_, err := train.Run(ctx, dir, c, source(t, c), counting{d, func() {
		if left--; left == 0 {
			cancel()
		}
	}}, train.Hooks{Begin: func(taken int) { left -= taken }})
	if !errors.Is(err, train.ErrStopped) {
		t.Fatalf("error %v, want %v", err, train.ErrStopped)
	}
}

// counting is a device that tells when a run of a program has been started.
type counting struct {
	plan.Device
	started func()
}

type countingProgram struct {
	plan.Program
	started func()
}

func (d counting) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	g, err := d.Device.Load(ctx, p)
	return countingProgram{g, d.started}, err
}

func (g countingProgram) Run() error {
	defer g.started()
	return g.Program.Run()
}

// finished is what a run has left: the losses of its log and its newest checkpoint.
func finished(t *testing.T, dir string) ([]float64, *run.Checkpoint) {
	t.Helper()
	lines, err := run.ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for _, l := range lines {
		losses = append(losses, l.Loss)
	}
	ck, _, err := run.Newest(dir, run.Load)
	if err != nil {
		t.Fatal(err)
	}
	return losses, ck
}

// apart is the greatest |a − b|, and the greatest |b|.
func apart[F float32 | float64](a, b []F) (difference, size float64) {
	for i := range b {
		difference = math.Max(difference, math.Abs(float64(a[i])-float64(b[i])))
		size = math.Max(size, math.Abs(float64(b[i])))
	}
	return difference, size
}
