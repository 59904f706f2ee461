package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/eval"
)

// swept is what eval --sweep prints with --json.
func swept(t *testing.T, args ...string) (eval.File, string) {
	t.Helper()
	o := program(t, append([]string{"eval", "--json"}, args...)...)
	var f eval.File
	if err := json.Unmarshal([]byte(o.stdout), &f); o.status != 0 || err != nil {
		t.Fatalf("%v: status %d, %v\n%s%s", args, o.status, err, o.stdout, o.stderr)
	}
	return f, o.stderr
}

// Every cell of a sweep scores what the run does with those flags alone; all are printed, written
// and drawn, and what is there is not drawn again.
func TestSweep(t *testing.T) {
	judgedRuns(t)
	args := strings.Fields("runs/ringed -n 3 --seeds 2 --sweep sampler.steps=4,3 " +
		"--sweep sample.eta=0.01,0.02")
	f, _ := swept(t, args...)
	var names []string
	for _, r := range f.Reports {
		var flags []string
		for _, s := range r.Swept {
			flags = append(flags, strings.Replace(s.Key, "sample.", "--", 1), s.Value)
		}
		names = append(names, strings.Join(flags, " "))
		alone := judge(t, append(flags, "runs/ringed", "-n", "3", "--seeds", "2")...).Reports[0]
		for i, s := range r.Scores {
			if s.Value != alone.Scores[i].Value || *s.Error != *alone.Scores[i].Error {
				t.Errorf("%v: %s is %v ± %v, alone %v ± %v", flags, s.Name, s.Value, *s.Error,
					alone.Scores[i].Value, *alone.Scores[i].Error)
			}
		}
	}
	want := "--steps 4 --eta 0.01; --steps 4 --eta 0.02; --steps 3 --eta 0.01; --steps 3 --eta 0.02"
	if got := strings.Join(names, "; "); got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
	out, err := filepath.Glob("runs/ringed/eval/sweep-steps-eta*")
	if err != nil || len(out) != 1+1+2*len(f.Reports[0].Scores) {
		t.Errorf("wrote %v: %v; want scores, a table and two pictures of each score", out, err)
	}
	o := program(t, append([]string{"eval"}, append(args, "--sweep", "sample.count=exact")...)...)
	wants(t, "table", o.stdout, "A sweep of 4 cells", "sample.steps", "sample.eta", "sample.count",
		"beside the least", "exact")
	more := append(args[:len(args)-1:len(args)-1], "sample.eta=0.01,0.02,0.03")
	if _, log := swept(t, more...); strings.Count(log, `"cells":6`) == 0 ||
		strings.Contains(log, `"cell":1,`) || !strings.Contains(log, `"cell":6,`) {
		t.Errorf("cells that were there were drawn again:\n%s", log)
	}
	cells, err := filepath.Glob("runs/ringed/eval/cells/*.json")
	if err != nil || len(cells) != 10 {
		t.Fatalf("%d cells, %v", len(cells), err)
	}
	for _, cell := range cells {
		if err := os.WriteFile(cell, []byte(`{"format`), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	again, log := swept(t, args...)
	if got := again.Reports[3].Scores[0].Value; got != f.Reports[3].Scores[0].Value ||
		strings.Count(log, "computed again: ") != 4 {
		t.Errorf("of torn cells: %v\n%s", got, log)
	}
	wants(t, "sweeps are compared", program(t, "eval", "runs/ringed/eval/sweep-steps-eta.json").stdout,
		"A = runs/ringed sample.steps=4 sample.eta=0.01", "within noise")
}

// An average of another length is a cell like any other.
func TestSweepAverages(t *testing.T) {
	inTemp(t)
	put(t, "ringed.yaml", ringed)
	if o := program(t, "train", "ringed.yaml", "--set", "average.std=[0.1,0.2]"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	args := strings.Fields("runs/ringed -n 3 --seeds 1 --steps 4")
	f, _ := swept(t, append(args, "--sweep", "sample.eta=0.01,0.02", "--sweep", "average.std=0.1,0.2")...)
	for i, r := range f.Reports {
		std := []string{"std=0.1", "std=0.2"}[i%2]
		alone := judge(t, append(args, "--average", std, "--eta", r.Swept[0].Value)...).Reports[0]
		if r.Field.Average != std || r.Field.Sum != alone.Field.Sum ||
			r.Scores[0].Value != alone.Scores[0].Value {
			t.Errorf("cell %d: %s of %+v, alone %+v", i, std, r.Field, alone.Field)
		}
	}
}

// What cannot be swept is one line, before any work.
func TestSweepRefuses(t *testing.T) {
	judgedRuns(t)
	program(t, "sample", "runs/ringed", "-n", "3", "--out", "out")
	for _, tt := range []struct{ args, want string }{
		{"sampler.steps=", `sweep: got "sampler.steps=", want values with commas between, each once`},
		{"steps=1,2", `sweep: got "steps=1,2", want a key of how points are drawn, like sample.steps=20,50`},
		{"model.width=8,16", `sweep: got "model.width=8,16", want a key of how points are drawn`},
		{"sample.stps=1,2", "command line: sample.stps: got an unknown key"},
		{"sample.steps=3,3", `sweep: got "sample.steps=3,3", want values with commas between, each once`},
		{"sample.steps=3,1", "command line: sample.steps: got 1, want at least 2"},
		{"sample.start=0.5,5", "command line: sample.start: got 5, want a time in (0, 1]"},
		{"sample.n=1,2", `sweep: got "sample.n", want another key: scores of as many points`},
		{"sample.steps=3 --sweep sampler.steps=4", `sweep: got "sampler.steps=4", want each key once`},
		{"average.std=7", `average: got "std=7", want half_life= and images, or std= and a number from`},
		{"average.std=0.1", "run: checkpoint: runs/ringed/checkpoints/step-000000006.safetensors: average:"},
		{"average.std=0.1 --sweep average.half_life=5",
			`sweep: got "average.std and average.half_life", want one of them`},
		{"average.std=0.1 --weights raw", "weights: got raw, want average: it is swept"},
		{"sample.steps=3 --pictures p", "pictures: got p, want none with --sweep"},
		{"sample.steps=3 --steps 4", "steps: got 4, want none: it is swept"},
		{"sample.steps=3 --metrics energy", `sweep: got "sample.steps=3", want no key of sample: these`},
		{"sample.steps=3 out", `sweep: got 2 paths, want one run`},
		{"sample.steps=3 --out x.txt", `out: got "x.txt", want a file whose name ends in .json`},
	} {
		refused(t, "runs/ringed --sweep "+tt.args, tt.want)
	}
	refused(t, "out --sweep sample.steps=3", `sweep: got "out", want a run or a checkpoint, of which points`)
}
