package cmd

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/format/npy"
)

// ringed is tiny on two rings.
var ringed = strings.NewReplacer("name: tiny", "name: ringed",
	"data: {name: digits}", "data: {name: rings, dim: 3, count: 20}").Replace(tiny)

// judgedRuns trains tiny and ringed.
func judgedRuns(t *testing.T) {
	inTemp(t)
	put(t, "ringed.yaml", ringed)
	for _, name := range []string{"tiny", "ringed"} {
		if o := program(t, "train", name+".yaml"); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
}

// printed is what eval --json prints.
type printed eval.File

func judge(t *testing.T, args ...string) printed {
	t.Helper()
	o := program(t, append([]string{"eval", "--json"}, args...)...)
	var p printed
	if err := json.Unmarshal([]byte(o.stdout), &p); o.status != 0 || err != nil {
		t.Fatalf("%v: status %d, %v\n%s%s", args, o.status, err, o.stdout, o.stderr)
	}
	return p
}

// Every metric can be had of a run, and every score says what it is of: the weights, the
// sampler where there were samples, the data and how many.
func TestEvalMetrics(t *testing.T) {
	judgedRuns(t)
	for _, e := range eval.Metrics.Entries {
		args := []string{"runs/tiny"}
		if of, ok := map[string]string{"rings": "rings", "modes": "gaussians"}[e.Name]; ok {
			args = []string{"runs/ringed", "--against", of + ":dim=3"} // of points, and of these alone
		}
		p := judge(t, append(args, "--metrics", e.Name)...)
		if len(p.Reports) != 1 || p.Version == "" {
			t.Fatalf("%s: got %+v", e.Name, p)
		}
		r := p.Reports[0]
		if r.Field == nil || !strings.HasPrefix(r.Field.Sum, "sha256:") || r.Field.Average == "" ||
			r.Against.Trained == nil || !strings.HasPrefix(r.Against.Fingerprint, "sha256:") {
			t.Errorf("%s: the field %+v and the data %+v do not say what they are", e.Name, r.Field,
				r.Against)
		}
		if ofPoints := e.Make.Of == eval.Points; ofPoints != (len(r.Samples) == 3) ||
			ofPoints && r.Samples[2].Sampler == "" {
			t.Errorf("%s: samples %+v", e.Name, r.Samples)
		}
		for _, s := range r.Scores {
			if !strings.HasPrefix(s.Metric, e.Name) || s.N < 1 || s.On == "" ||
				(s.Error == nil) != (s.By == "") {
				t.Errorf("%s: %+v", e.Name, s)
			}
		}
		if len(r.Scores) == 0 {
			t.Errorf("%s: no scores", e.Name)
		}
	}
}

// Samples of a run are judged alike from the run, from the directory that sample wrote, from
// the file in it and from its array; a table has them side by side.
func TestEvalSamples(t *testing.T) {
	judgedRuns(t)
	if o := program(t, "sample", "runs/ringed", "-n", "7", "--seed", "3", "--out", "out"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	want := judge(t, "runs/ringed", "-n", "7", "--seed", "3", "--seeds", "1").Reports[0]
	for _, args := range [][]string{{"out"}, {"out/samples.safetensors"},
		{"out/samples.npy", "--against", "rings:dim=3,count=20"}} {
		got := judge(t, args...).Reports[0]
		for i, s := range got.Scores {
			if s.Value != want.Scores[i].Value || s.Name != want.Scores[i].Name || s.N != 7 ||
				s.Generated != 7 {
				t.Errorf("%v: got %+v, want %+v", args, s, want.Scores[i])
			}
		}
		if npy := len(args) == 3; npy != (got.Samples == nil) {
			t.Errorf("%v: samples %+v", args, got.Samples)
		}
	}
	o := program(t, "eval", "out", "runs/ringed", "--metrics", "rings", "-n", "7")
	if o.status == 0 {
		t.Error("-n of samples that are drawn was taken")
	}
	o = program(t, "eval", "out", "runs/ringed", "--metrics", "rings")
	wants(t, "other n", o.stderr, "error: eval: out and runs/ringed cannot be compared: n_generated of "+
		"rings: 7 in the first, 9 in the second")
	if o.status != 1 || o.stdout != "" {
		t.Errorf("of 7 and of 64 points: status %d\n%s", o.status, o.stdout)
	}
}

// What cannot be judged is one line, before any work.
func TestEvalRefuses(t *testing.T) {
	judgedRuns(t)
	program(t, "sample", "runs/ringed", "-n", "3", "--out", "out")
	program(t, "sample", "runs/tiny", "-n", "3", "--out", "drawn")
	put(t, "text.npy", "no array")
	put(t, "empty/file", "")
	nan := &npy.Array{Shape: []int{2, 3}, Data: []float32{0, 1, 2, 3, float32(math.NaN()), 5}}
	if err := npy.WriteFile("nan.npy", nan); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteFile("line.npy", &npy.Array{Shape: []int{2}, Data: nan.Data[:2]}); err != nil {
		t.Fatal(err)
	}
	names := eval.Metrics.Names()
	for _, tt := range []struct{ args, want string }{
		{"", "eval: got no argument, want a run, a checkpoint, a directory of samples, data or a file of " +
			"scores"},
		{"nowhere", "eval: nowhere: no such run, checkpoint, directory of samples, data or file of scores"},
		{"tiny", "eval: tiny: no such run, checkpoint, directory of samples, data or file of scores: " +
			"runs/tiny is one"},
		{"empty", "eval: no run, no samples and no scores: datasets: Recognize: empty: got a directory"},
		{"tiny.yaml", "eval: no run, no samples and no scores: datasets: Recognize: tiny.yaml: got a file"},
		{"text.npy --against digits", "eval: no run, no samples and no scores: datasets: Recognize: " +
			"text.npy: got a file that begins"},
		{"nan.npy --against digits", "eval: datasets: array: nan.npy: row 1: value 1 is NaN, want a finite"},
		{"line.npy --against digits", "eval: line.npy: got points of shape 1×1×1, want 8×8×1"},
		{"out/samples.npy --against nowhere/x.npy", `against: "nowhere/x.npy": no such file or directory`},
		{"out/samples.npy", "against: got none, want the data that out/samples.npy is held to"},
		{"runs/tiny --metrics energy -n 3",
			"n: got 3, want none: these metrics judge the field and draw no points"},
		{"out --against rings:dim=4", "eval: out: got points of shape 3, want 1×1×4, that of rings"},
		{"out --against rings:dm=4", "against.dm: got an unknown key"},
		{"drawn", "eval: drawn: got digits as the data, which have no metric by default: want --metrics, " +
			"or the run that they were drawn from"},
		{"out -n 3", "sample.n: got 3, want none: out is drawn already"},
		{"out --metrics ring",
			`metrics: got "ring", want one of ` + strings.Join(names, ", ") + ": rings is the nearest"},
		{"out --metrics rings:x=1", "rings.x: got an unknown key"},
		{"runs/tiny --metrics rings",
			"eval: runs/tiny: rings: got digits as the data, want rings: --against rings:dim=D"},
		{"out --weights raw", "weights: got raw, want none: out is drawn already"},
		{"out --average std=0.1", "average: got std=0.1, want none: out is drawn already"},
		{"runs/tiny --average std=0.1", "run: checkpoint: runs/tiny/checkpoints/step-000000006.safetensors" +
			": average: got std=0.1, want half_life=50000: the checkpoint has no other"},
		{"runs/tiny --weights best", `weights: got "best", want average or raw`},
	} {
		refused(t, tt.args, tt.want)
	}
}

// refused wants one error of eval with those arguments, and no output.
func refused(t *testing.T, args, want string) {
	t.Helper()
	o := program(t, append([]string{"eval"}, strings.Fields(args)...)...)
	if o.status != 1 || o.stdout != "" || strings.Count(o.stderr, "error: ") != 1 ||
		!strings.Contains(o.stderr, "error: "+want) {
		t.Errorf("%v: status %d, output %q\ngot  %swant %s", args, o.status, o.stdout, o.stderr, want)
	}
}
