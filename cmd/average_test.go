package cmd

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/sample"
)

// A run with power-function averages says what they take before it begins; an average of
// another length is made of them, is a checkpoint, and is what --average draws with.
func TestAverage(t *testing.T) {
	inTemp(t)
	o := program(t, "train", "tiny.yaml", "--set", "average.std=[0.05, 0.1]", "--set", "average.snapshot=2")
	wants(t, "train", o.stderr, "keeps snapshots of averages in runs/tiny/averages: ", "files=3")
	o = program(t, "average", "runs/tiny", "--std", "0.10", "--step", "4", "--out", "made.safetensors")
	wants(t, "average", o.stdout, `"checkpoint":"made.safetensors","average":"std=0.1","step":4,`,
		`"snapshots":2`)
	o = program(t, "average", "runs/tiny", "--std", "0.2")
	const made = "runs/tiny/averages/std=0.2-step6.safetensors"
	wants(t, "average", o.stdout, made, `"average":"std=0.2","step":6`)
	o = program(t, "inspect", "made.safetensors")
	wants(t, "inspect", o.stdout, "step 4 of 6, the average std=0.1\n")
	sums := map[string]string{}
	for _, tt := range []struct{ args, dir, average string }{
		{"made.safetensors", "made-step4-", "std=0.1"},
		{"runs/tiny", "runs/tiny/samples/step6-", "half_life=50000"},
		{"runs/tiny --average half_life=5e4", "runs/tiny/samples/step6-", "half_life=50000"},
		{"runs/tiny --average std=0.1", "runs/tiny/samples/step6-", "std=0.1"},
		{"runs/tiny --average std=0.20", "runs/tiny/samples/step6-", "std=0.2"},
		{made + " --average std=0.2", "runs/tiny/averages/", "std=0.2"},
	} {
		o := program(t, append([]string{"sample"}, strings.Fields(tt.args)...)...)
		var s sample.Summary
		if err := json.Unmarshal([]byte(o.stdout), &s); err != nil {
			t.Fatalf("%s: %v: %s", tt.args, err, o.stderr)
		}
		if _, err := os.Stat(s.Checkpoint); s.Average != tt.average || err != nil && tt.average != "std=0.2" {
			t.Errorf("%s: drawn with %q of %s", tt.args, s.Average, s.Checkpoint)
		}
		if sum, taken := sums[tt.average+s.Checkpoint]; taken && sum != s.Sum {
			t.Errorf("%s: other weights than before", tt.args)
		}
		sums[tt.average+s.Checkpoint] = s.Sum
	}
	if len(sums) != 4 {
		t.Errorf("%d draws of other weights, want 4: %v", len(sums), sums)
	}
}

// Averages that cannot be had, one line each.
func TestAverageFaults(t *testing.T) {
	inTemp(t)
	for _, set := range []string{"average.std=0.1", "average.snapshot=0"} {
		if o := program(t, "train", "tiny.yaml", "--run", "runs/"+set[8:], "--set", set); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
	put(t, "file", "")
	const none = "run: runs/snapshot=0: no snapshots of averages: only a run with average.std keeps some"
	const dir = "runs/snapshot=0"
	const names = "want half_life= and images, or std= and a number from 0.001 to 0.28"
	ck := "run: checkpoint: " + dir + "/checkpoints/step-000000006.safetensors: average: "
	for _, tt := range []struct{ args, want string }{
		{"average " + dir, `std: got "", want a number from 0.001 to 0.28`},
		{"average " + dir + " --std 0.9", `std: got "0.9", want a number from 0.001 to 0.28`},
		{"average " + dir + " --std 0.1", none},
		{"average nowhere --std 0.1", "run: nowhere: no such run"},
		{"average runs/std=0.1 --std 0.1 --step 5", "run: runs/std=0.1: step: got 5, want one that has a " +
			"snapshot: the first is 6"},
		{"average runs/std=0.1 --std 0.1 --out file/below",
			"average: atomicfile: lstat file/below: not a directory"},
		{"sample " + dir + " --average std=0.2", ck +
			"got std=0.2, want half_life=50000: the checkpoint has no other"},
		{"sample " + dir + " --average ema", `average: got "ema", ` + names},
		{"sample " + dir + " --average std=2", `average: got "std=2", ` + names},
		{"sample " + dir + " --average std=0.1 --weights raw",
			`average: got "std=0.1" with --weights raw, want one of them`},
		{"sample runs/std=0.1 --average half_life=3", strings.Replace(ck, dir, "runs/std=0.1", 1) +
			"got half_life=3, want half_life=50000 or std=0.1: the checkpoint has no other"},
	} {
		fails(t, strings.Fields(tt.args), tt.want)
	}
}
