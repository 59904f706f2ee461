package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
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
func parse(t testing.TB, set ...string) *Config {
	t.Helper()
	c, err := Parse("tiny.yaml", []byte(tiny), set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// source opens the data of c.
func source(t testing.TB, c *Config) datasets.Source {
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
func trained(t testing.TB, dir string, c *Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stopped runs c in dir and ends its context after the line of step.
func stopped(t testing.TB, dir string, c *Config, step int) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := Run(ctx, dir, c, source(t, c), device(t, 1), Hooks{Line: func(l Line) {
		if l.Step == step {
			cancel()
		}
	}})
	return err
}

// sameConfig compares configurations by what they say.
func sameConfig(a, b *Config) string {
	return cmp.Diff(a, b, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty())
}

// lines is the log without what depends on the clock.
func lines(t testing.TB, dir string) []Line {
	t.Helper()
	ls, err := ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ls {
		ls[i].Rate, ls[i].Seconds = 0, 0
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
