package cmd

import (
	"encoding/json"
	"testing"

	"github.com/stillfield/stillfield/sample"
)

// points trains nothing: it is the points that sample draws with args, and the summary.
func points(t *testing.T, out string, args ...string) (string, sample.Summary) {
	t.Helper()
	o := program(t, append([]string{"sample", "-n", "3", "--out", out}, args...)...)
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	var s sample.Summary
	if err := json.Unmarshal([]byte(o.stdout), &s); err != nil {
		t.Fatal(err)
	}
	return read(t, out+"/samples.npy"), s
}

// The field of a run is added to that of others: with weight 1 it is the other's alone,
// and the summary says whose it was. Runs of another meaning are refused.
func TestSampleWith(t *testing.T) {
	inTemp(t)
	for _, set := range [][]string{
		{"seed=1"}, {"seed=2"}, {"field=fm", "seed=3"}, {"model.classes=10", "seed=4"}} {
		args := []string{"train", "tiny.yaml", "--run", "runs/" + set[len(set)-1]}
		for _, s := range set {
			args = append(args, "--set", s)
		}
		if o := program(t, args...); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
	one, _ := points(t, "one", "runs/seed=1")
	two, _ := points(t, "two", "runs/seed=2")
	same, s := points(t, "same", "runs/seed=1", "--with", "runs/seed=2:1")
	if same != two || len(s.With) != 1 || s.With[0].Weight != 1 || s.With[0].Sum == s.Sum {
		t.Errorf("the other's field with weight 1 leads elsewhere than it does alone; %+v", s.Origin)
	}
	both, _ := points(t, "both", "runs/seed=1", "--with", "runs/seed=2:0.5")
	if both == one || both == two {
		t.Error("half of each field leads where one of them does")
	}
	const want, like = "a run and the weight of its field, a number from -1e6 to 1e6, like runs/other:0.5",
		"a run like runs/seed=1/checkpoints/step-000000006.safetensors, with "
	for _, tt := range []struct{ with, want string }{
		{"runs/seed=2", `with: got "runs/seed=2", want ` + want},
		{":1", `with: got ":1", want ` + want},
		{"runs/seed=2:x", `with: got "runs/seed=2:x", want ` + want},
		{"runs/seed=2:1e300", `with: got "runs/seed=2:1e300", want ` + want},
		{"runs/seed=3:1", `with: got "runs/seed=3:1", want ` + like +
			"linear/eqm and its parameters; it has linear/velocity"},
		{"runs/seed=4:1", `with: got "runs/seed=4:1", want ` + like + "0 classes; it has 10 classes"},
		{"nowhere:1", "run: nowhere: no such run or checkpoint"},
	} {
		fails(t, []string{"sample", "runs/seed=1", "--with", tt.with}, tt.want)
	}
	fails(t, []string{"sample", "--exact", "digits", "--with", "runs/seed=2:1"},
		`with: got "[runs/seed=2:1]", want none with --exact: its field is computed on the host, in float64,`+
			" on all cores")
}

// A composition of classes is the sum of their fields, on every device.
func TestSampleCompose(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml", "--set", "model.classes=10", "--set", "optimizer.lr=0.01",
		"--set", "average.half_life=0"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	three, _ := points(t, "three", "runs/tiny", "--label", "3")
	same, s := points(t, "same", "runs/tiny", "--compose", "3:0.25,3:0.75")
	if same != three || s.Settings.Compose != "3:0.25,3:0.75" {
		t.Errorf("all of class 3 leads elsewhere than class 3; %+v", s.Settings)
	}
	if mixed, _ := points(t, "mixed", "runs/tiny", "--compose", "3:0.5,8:0.5"); mixed == three {
		t.Error("half of each class leads where one of them does")
	}
	points(t, "emu", "runs/tiny", "--compose", "3:0.5,8:0.5", "--device", "emu")
	fails(t, []string{"sample", "runs/tiny", "--compose", "3:1,12:1"},
		"command line: sample.compose: got 12, want a class below 10")
}
