package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// succeeds runs the program and returns what it said.
func succeeds(t *testing.T, args ...string) output {
	t.Helper()
	o := program(t, args...)
	if o.status != 0 {
		t.Fatalf("%v: %+v", args, o)
	}
	return o
}

// images is an idx file of n images of h × w.
func images(n, h, w byte) string {
	head := []byte{0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, h, 0, 0, 0, w}
	for i := range int(n) * int(h) * int(w) {
		head = append(head, byte(37*i))
	}
	return string(head)
}

// A run's directory stands for the run, but not beside another.
func TestTrainRun(t *testing.T) {
	inTemp(t)
	succeeds(t, "train", "tiny.yaml")
	o := succeeds(t, "train", "runs/tiny", "--steps", "8")
	wants(t, "stderr", o.stderr, "resuming  step=6\n", "step 8/8")
	fails(t, []string{"train", "runs/tiny", "--run", "other"},
		"train: got the run runs/tiny and --run other, want one of them")
	if _, err := os.Stat("other"); err == nil {
		t.Error("a directory was made")
	}
}

// The data of a run lie where they lay when it was begun, wherever it is gone on
// with from, and wherever it was moved to.
func TestDataOfARun(t *testing.T) {
	inTemp(t)
	put(t, "d/x.idx", images(9, 4, 4))
	succeeds(t, "train", "tiny.yaml", "--run", "rel", "--steps", "1", "--set", "data.name=idx", "--set",
		"data.path=d/x.idx")
	if err := os.Rename("rel", "moved"); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	succeeds(t, "train", "--run", filepath.Join(here, "moved"), "--steps", "2")
	succeeds(t, "inspect", filepath.Join(here, "moved", "config.yaml"))
}

// A picture is named where there is one, and none is drawn of what has none.
func TestNoPicture(t *testing.T) {
	inTemp(t)
	put(t, "x.idx", images(9, 1, 1))
	args := []string{"train", "tiny.yaml", "--set", "data.name=idx", "--set", "data.path=x.idx"}
	for range 2 { // to train, and when there is nothing left to
		o := succeeds(t, args...)
		if strings.Contains(o.stdout, "picture") || strings.Contains(o.stderr, "evaluations") {
			t.Errorf("%+v", o)
		}
		wants(t, "stdout", o.stdout, "next:    stillfield sample runs/tiny")
	}
	if o := succeeds(t, "sample", "runs/tiny"); strings.Contains(o.stderr, "picture: ") {
		t.Errorf("%+v", o)
	}
}

// A rate that leaps because a run is taken further is said, with both rates; so is a
// warm-up that does not end. What is as it was is not.
func TestRateIsSaid(t *testing.T) {
	const leap, warm = "warning: the learning rate leaps from ", "warning: the warm-up of "
	for _, tt := range []struct {
		name  string
		set   string
		steps []string // of one call after another
		want  string   // of the last
	}{
		{"cosine", "optimizer.warmup=1", []string{"40", "80"},
			leap + "1.6e-06 to 0.00051: its cosine ends at step 80"},
		{"the same steps", "optimizer.warmup=1", []string{"40", "40"}, ""},
		{"constant", "optimizer={warmup: 1, schedule: constant}", []string{"40", "80"}, ""},
		{"warm-up", "optimizer.warmup=100", []string{"40"}, warm + "100 steps is not over when the run is, " +
			"after 40: the learning rate comes to 0.0004 of 0.001"},
		{"a warm-up that ends", "optimizer.warmup=39", []string{"40"}, ""},
	} {
		inTemp(t)
		var said string
		for _, steps := range tt.steps {
			said = succeeds(t, "train", "tiny.yaml", "--set", tt.set, "--steps", steps).stderr
		}
		if tt.want == "" && (strings.Contains(said, leap) || strings.Contains(said, warm)) ||
			!strings.Contains(said, tt.want) {
			t.Errorf("%s: want %q, got\n%s", tt.name, tt.want, said)
		}
	}
}

// A configuration is read from a regular file of the size of one.
func TestConfigFile(t *testing.T) {
	inTemp(t)
	put(t, "large.yaml", strings.Repeat("#", 1<<17))
	fails(t, []string{"train", "large.yaml"},
		"config: bounded: ReadFile: large.yaml: got 131072 bytes, want at most 65536")
	if _, err := os.Stat(os.DevNull); err == nil {
		fails(t, []string{"train", os.DevNull},
			"config: bounded: Open: "+os.DevNull+": got a device, want a regular file")
	}
	put(t, "run/config.yaml", strings.Repeat("#", 1<<17))
	fails(t, []string{"train", "run"}, "run: run is not a run: bounded: ReadFile: run/config.yaml: "+
		"got 131072 bytes, want at most 65536")
}

// A run that finds a file in the place of its samples says so before the first step.
func TestSamplesInTheWay(t *testing.T) {
	inTemp(t)
	put(t, "runs/tiny/samples", "")
	o := program(t, "train", "tiny.yaml")
	wants(t, "stderr", o.stderr,
		"error: run: run directory: runs/tiny/samples is a file, want a directory\n")
	if o.status != 1 || strings.Contains(o.stderr, "step 6/6") {
		t.Errorf("%+v", o)
	}
}
