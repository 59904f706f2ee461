package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// tiny is a run of a few milliseconds: 20 steps of 8 points in R⁶.
const tiny = `name: tiny
steps: 20
batch: 8
data: {name: rings, dim: 6, count: 40}
model: {kind: mlp, width: 16, depth: 1}
optimizer: {warmup: 3}
log: {every: 1, checkpoint: 5, keep: 3}
`

// parse reads tiny with assignments.
func parse(t testing.TB, set ...string) *experiment.Config {
	t.Helper()
	c, err := experiment.Parse("tiny.yaml", []byte(tiny), set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// source opens the data of c.
func source(t testing.TB, c *experiment.Config) datasets.Source {
	t.Helper()
	src, err := c.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// device is the CPU, with temporaries poisoned.
func device(t testing.TB, workers int) *cpu.Device {
	t.Helper()
	dev, err := cpu.New(cpu.Options{Workers: workers, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	return dev
}

// trained runs c in dir to its end.
func trained(t testing.TB, dir string, c *experiment.Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stopped runs c in dir and ends its context once a step has been started.
func stopped(t testing.TB, dir string, c *experiment.Config, step int) error {
	t.Helper()
	_, err := stoppedOn(t, dir, c, source(t, c), step, Hooks{})
	return err
}

// stoppedOn is stopped with other data than those of c, and hooks; step 0 does not stop it.
func stoppedOn(t testing.TB, dir string, c *experiment.Config, src datasets.Source, step int,
	h Hooks) (*Result, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	at := 0
	dev := told{device(t, 1), func(call string) {
		if call == "run" {
			if at++; at == step {
				cancel()
			}
		}
	}}
	h.Begin = func(step int) { at = step }
	return Run(ctx, dir, c, src, dev, h)
}

// told is a device whose programs tell of each call, once it is done, that may
// wait for the device or keeps it from waiting.
type told struct {
	plan.Device
	tell func(call string)
}

type toldProgram struct {
	plan.Program
	tell func(call string)
}

func (d told) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	g, err := d.Device.Load(ctx, p)
	return toldProgram{g, d.tell}, err
}

func (g toldProgram) Run() error {
	defer g.tell("run")
	return g.Program.Run()
}

func (g toldProgram) Send(name string) error {
	defer g.tell("send " + name)
	return g.Program.Send(name)
}

func (g toldProgram) Receive(name string, dst []float32) error {
	defer g.tell("receive " + name)
	return g.Program.Receive(name, dst)
}

func (g toldProgram) Read(name string, dst []float32) error {
	defer g.tell("read " + name)
	return g.Program.Read(name, dst)
}

// lines is the log without what depends on the clock.
func lines(t testing.TB, dir string) []run.Line {
	t.Helper()
	ls, err := run.ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ls {
		ls[i].Rate, ls[i].Wait, ls[i].Seconds = 0, 0, 0
	}
	return ls
}

// content reads a file of a run.
func content(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The files of a run directory.
const (
	configFile    = "config.yaml"
	logFile       = "log.jsonl"
	checkpointDir = "checkpoints"
)

// names lists a directory.
func names(t testing.TB, path ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	var ns []string
	for _, e := range entries {
		ns = append(ns, e.Name())
	}
	return ns
}
