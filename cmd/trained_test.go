package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/meter"
)

// tinyRings trains a run of a few milliseconds in runs/tiny, with more arguments.
func tinyRings(t *testing.T, more ...string) {
	t.Helper()
	put(t, "tiny.yaml", "name: tiny\nsteps: 20\nbatch: 16\ndata: {name: rings, dim: 6, count: 30}\n"+
		"model: {kind: mlp, width: 16, depth: 1}\n")
	if o := program(t, append([]string{"train", "tiny.yaml", "-q"}, more...)...); o.status != 0 {
		t.Fatalf("%+v", o)
	}
}

// A trained field is measured by every meter, with files of each; a second run reads them again
// and measures only what is missing; other weights or draws are measured anew.
func TestGeometryField(t *testing.T) {
	inTemp(t)
	tinyRings(t)
	args := []string{"geometry", "field", "runs/tiny", "--draws", "4", "--times", "3"}
	o := program(t, append(args, "--meters", "gain")...)
	if o.status != 0 || strings.Contains(o.stderr, "already") {
		t.Fatalf("%+v", o)
	}
	wants(t, "gain", o.stdout, "The gain of the field", "learned", "κ(t)", "n = 4 at each of 3 times",
		"prior: uniform on [0, 1]")
	o = program(t, args...)
	if o.status != 0 || strings.Count(o.stderr, "already") != 1 {
		t.Fatalf("%+v", o)
	}
	wants(t, "all", o.stdout, "How far the field is from a gradient", "relative error, training data",
		"memorisation", "κ(t)", "‖f‖ along the way", "rms of t̂ − t")
	for _, name := range meter.Meters.Names() {
		for _, file := range []string{".json", ".csv", "-numbers.csv", "-1.png", "-1.svg"} {
			path := filepath.Join("runs/tiny/geometry", "field-"+name+file)
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	all := len(meter.Meters.Names())
	if o = program(t, args...); strings.Count(o.stderr, "already") != all {
		t.Errorf("again: %+v", o)
	}
	if o = program(t, append(args, "--weights", "raw")...); strings.Contains(o.stderr, "already") {
		t.Errorf("of other weights: %+v", o)
	}
}

func TestGeometryFieldRefuses(t *testing.T) {
	inTemp(t)
	tinyRings(t, "--set", "model.clock=true", "--set", "sample.sampler=ddim")
	fails(t, []string{"geometry", "field", "runs/tiny", "--meters", "gains"},
		`meters: got "gains", want one of antisymmetry, exact, gain, norms, t_hat: gain is the nearest`)
	fails(t, []string{"geometry", "field", "runs/tiny"}, "experiment: meters: model.clock: got true, want "+
		"false: they hold a field to the blind field of its data")
	fails(t, []string{"geometry", "field", "nowhere"}, "run: nowhere: no such run or checkpoint")
	fails(t, []string{"train", "tiny.yaml", "--set", "model.clock=true", "--set", "diagnostics.every=5",
		"--set", "sample.sampler=ddim"}, "command line: diagnostics.every: got 5, want 0: meters "+
		"hold a field to the blind field of its data, and with model.clock it is told the time")
	fails(t, []string{"train", "tiny.yaml", "--set", "diagnostics.meters=[gain, gain]"},
		`command line: diagnostics.meters: got "[gain, gain]", want a list of some of antisymmetry, exact, `+
			"gain, norms or t_hat, each once")
}

// What diagnostics cost is said before the training, and their numbers are in its log.
func TestDiagnostics(t *testing.T) {
	inTemp(t)
	tinyRings(t, "--set", "diagnostics.every=10", "--set", "diagnostics.meters=[gain, exact]", "--set",
		"diagnostics.draws=5", "--set", "diagnostics.times=2")
	o := program(t, "inspect", "runs/tiny")
	wants(t, "inspect", o.stdout, "meters   gain, exact every 10 steps: 30 evaluations",
		"the exact field of the data at 30 points")
	text, err := os.ReadFile("runs/tiny/log.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), `"meter":`); n != 6 {
		t.Errorf("the log has %d measurements, want 2 of steps 0, 10 and 20:\n%s", n, text)
	}
}
