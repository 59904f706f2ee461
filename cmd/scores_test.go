package cmd

import (
	"reflect"
	"testing"
)

// Points are drawn with three seeds unless told otherwise, of each of which the score is said;
// what was written by --out is read again, and stands beside others.
func TestEvalSeeds(t *testing.T) {
	judgedRuns(t)
	all := judge(t, "runs/ringed", "-n", "6", "--seed", "5", "--out", "all.json").Reports[0]
	for k, sum := range all.Samples {
		if sum.Seed != uint64(5+k) || sum.Drawn != 6 {
			t.Errorf("draw %d: seed %d, %d points", k, sum.Seed, sum.Drawn)
		}
	}
	two := judge(t, "runs/ringed", "-n", "6", "--seed", "6", "--seeds", "1").Reports[0]
	for i, s := range all.Scores {
		if len(s.Draws) != 3 || s.Draws[1].Seed != 6 || s.Draws[1].Value != two.Scores[i].Value ||
			s.Error == nil || s.By == "" || len(two.Scores[i].Draws) != 1 {
			t.Errorf("%+v\nof the second draw alone %+v", s, two.Scores[i])
		}
	}
	got := judge(t, "all.json", "runs/ringed", "-n", "6", "--seed", "9", "--metrics", "rings")
	if len(got.Reports) != 2 || !reflect.DeepEqual(got.Reports[0].Scores, all.Scores) ||
		len(got.Comparison.Rows) != len(all.Scores) {
		t.Errorf("beside what was computed earlier: %+v", got)
	}
	o := program(t, "eval", "all.json")
	wants(t, "read again", o.stdout, "by seed", "distance", "5: ", "6: ", "7: ", "for each of 3 seeds")
	o = program(t, "eval", "all.json", "runs/ringed", "-n", "6", "--seed", "9", "--metrics", "rings")
	wants(t, "side by side", o.stdout, "A = runs/ringed", "B = runs/ringed (2)", "within noise", " ± ", "AB")
}

// Scores that do not compare, files that hold none and numbers of seeds that have no meaning are
// refused in one line, before any work.
func TestEvalScoresRefused(t *testing.T) {
	judgedRuns(t)
	program(t, "sample", "runs/ringed", "-n", "3", "--out", "out")
	judge(t, "out", "--out", "scores.json")
	put(t, "text.json", "no scores")
	put(t, "other.json", `{"format": "stillfield.eval/0"}`)
	for _, tt := range []struct{ args, want string }{
		{"out --seeds 1", "seeds: got 1, want none: out is drawn already"},
		{"runs/ringed --seeds 0",
			`invalid argument "0" for "--seeds" flag: got 0, want between 1 and 1024 seeds`},
		{"runs/tiny --metrics energy --seeds 2",
			"seeds: got 2, want none: these metrics judge the field and draw no points"},
		{"runs/tiny runs/tiny/", "eval: runs/tiny/: got it twice, want each path once"},
		{"runs/tiny runs/ringed --metrics energy", "eval: runs/tiny and runs/ringed cannot be compared: " +
			"data: digits (sha256:"},
		{"runs/ringed --out scores.txt", `out: got "scores.txt", want a file whose name ends in .json`},
		{"runs/ringed --out tiny.yaml/x.json", "eval: "},
		{"text.json", "eval: text.json: got no scores: "},
		{"other.json", `eval: other.json: format: got "stillfield.eval/0", want "stillfield.eval/1"`},
		{"scores.json --metrics rings", "metrics: got rings, want none: files of scores are read, and"},
		{"scores.json -n 3", "sample.n: got 3, want none: files of scores are read, and nothing is computed"},
	} {
		refused(t, tt.args, tt.want)
	}
}
