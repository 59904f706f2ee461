package cmd

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/run"
)

// What a run logs of its samples is what eval says of that checkpoint, and the best of them is
// sampled and judged by name.
func TestScoresInTraining(t *testing.T) {
	inTemp(t)
	put(t, "ringed.yaml", ringed)
	o := program(t, "train", "ringed.yaml", "--set", "eval.every=2", "--set", "eval.n=5",
		"--set", "eval.seed=3", "--set", "eval.metrics=rings,kid", "--set", "eval.keep=kid")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	lines, err := run.ReadScored("runs/ringed")
	if err != nil || len(lines) != 6 {
		t.Fatalf("scores %+v, %v, want two metrics of three steps", lines, err)
	}
	best := &lines[1]
	for i := range lines {
		if lines[i].Kind() == "kid" && lines[i].Scores[0].Value < best.Scores[0].Value {
			best = &lines[i]
		}
	}
	r := judge(t, "runs/ringed", "--checkpoint", "best", "-n", "5", "--seed", "3", "--seeds", "1",
		"--metrics", "kid").Reports[0]
	if s := r.Scores[0]; r.Field.Step != best.Step || s.Value != best.Scores[0].Value ||
		*s.Error != *best.Scores[0].Error {
		t.Errorf("eval of the best says %+v of step %d, the log %+v", s, r.Field.Step, best)
	}
	hash := r.Scores[0].FeaturesSum
	if !strings.Contains(best.On, r.Against.Fingerprint) || !strings.Contains(best.On, hash) {
		t.Errorf("%q does not say what was computed on %+v", best.On, r)
	}
	program(t, "sample", "runs/ringed", "--checkpoint", "6", "-n", "2", "--out", "six")
	if r := judge(t, "six").Reports[0]; r.Samples[0].Step != 6 {
		t.Errorf("sampled step %d, want 6", r.Samples[0].Step)
	}
	for _, tt := range []struct{ args, want string }{
		{"runs/ringed --checkpoint 5", "run: runs/ringed: checkpoint: got 5, want a step that has one"},
		{"runs/ringed --checkpoint last", `checkpoint: got "last", want newest, best or a number of steps`},
		{"runs/ringed/checkpoints/best.safetensors --checkpoint best",
			`checkpoint: got "best", want none: runs/ringed/checkpoints/best.safetensors is no run`},
		{"six --checkpoint best", "checkpoint: got best, want none: six is drawn already"},
	} {
		refused(t, tt.args, tt.want)
	}
}

// What cannot be scored is refused before the first step, each fault with its key.
func TestScoresInTrainingRefused(t *testing.T) {
	inTemp(t)
	put(t, "ringed.yaml", ringed)
	for set, want := range map[string]string{
		"eval.metrics=kidd":      `eval.metrics: got "kidd", want one of`,
		"eval.keep=prdc":         `eval.keep: got "prdc", want one of rings`,
		"eval.features=none":     `eval.features: got "none", want one of`,
		"eval.against=rings:d=1": "eval.against.d: got an unknown key",
		"eval.against=digits":    "eval: eval: got points of shape 3, want 8×8×1, that of digits",
		"eval.n=0":               "command line: eval.n: got 0, want between 1 and",
		"eval.every=-1":          "command line: eval.every: got -1, want at least 0 steps",
	} {
		args := []string{"train", "ringed.yaml", "--set", "eval.every=2", "--set", set}
		if o := program(t, args...); o.status != 1 || !strings.Contains(o.stderr, "error: "+want) {
			t.Errorf("%s: status %d: %s", set, o.status, o.stderr)
		}
	}
	fails(t, []string{"train", "ringed.yaml", "--set", "eval.keep=rings"},
		`command line: eval.keep: got "rings", want none where eval.every is 0 and nothing is scored`)
}
