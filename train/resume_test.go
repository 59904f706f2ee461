package train

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stillfield/stillfield/run"
)

// A run that is stopped and goes on gives the bits of one that was not: weights,
// moments, average and configuration, which are the checkpoint's bytes, and what
// the log says. It is stopped at a step with a checkpoint and at others, before
// the first, and twice; at a step with a line of the log and between them.
func TestResume(t *testing.T) {
	for _, every := range []int{1, 3} {
		c := parse(t, fmt.Sprintf("log.every=%d", every))
		whole := t.TempDir()
		want := content(t, trained(t, whole, c).Checkpoint)
		for _, stops := range [][]int{{1}, {3}, {5}, {6}, {9}, {15}, {18}, {3, 12}, {6, 9}, {1, 2, 3, 4, 5}} {
			t.Run(fmt.Sprintf("every=%d/%v", every, stops), func(t *testing.T) {
				dir := t.TempDir()
				for _, k := range stops {
					err := stopped(t, dir, c, k)
					path := run.CheckpointPath(dir, k)
					text := fmt.Sprintf("train: stopped after step %d of 20; saved in %s", k, path)
					if len(stops) < 5 && (!errors.Is(err, ErrStopped) || err.Error() != text) {
						t.Fatalf("got  %v\nwant %s", err, text)
					}
				}
				r := trained(t, dir, c)
				if !bytes.Equal(content(t, r.Checkpoint), want) {
					t.Error("the last checkpoint is another than that of a run that was not stopped")
				}
				if diff := cmp.Diff(lines(t, whole), lines(t, dir)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// What a run reports at its end, when it goes on, and when there is nothing to do.
func TestTotalSteps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "run")
	c := parse(t, "steps=7", "optimizer.schedule=constant")
	r := trained(t, dir, c)
	if r.Steps != 7 || r.Taken != 7 || r.Images != 56 || r.Checkpoint != run.CheckpointPath(dir, 7) ||
		!(r.Loss > 0) || !(r.Seconds > 0) {
		t.Errorf("got %+v", r)
	}
	before := content(t, dir, configFile)
	for _, steps := range []string{"steps=7", "steps=3"} { // of a total, not more of them
		r = trained(t, dir, parse(t, steps, "optimizer.schedule=constant"))
		if r.Steps != 7 || r.Taken != 0 || r.Images != 0 || r.Checkpoint != run.CheckpointPath(dir, 7) {
			t.Errorf("%s: got %+v", steps, r)
		}
	}
	if !bytes.Equal(before, content(t, dir, configFile)) {
		t.Error("a run with nothing to do wrote another configuration")
	}
	r = trained(t, dir, parse(t, "steps=9", "optimizer.schedule=constant"))
	if r.Steps != 9 || r.Taken != 2 {
		t.Errorf("got %+v", r)
	}
	once := t.TempDir() // a constant rate does not know how long the run is
	want := trained(t, once, parse(t, "steps=9", "optimizer.schedule=constant"))
	if !bytes.Equal(content(t, r.Checkpoint), content(t, want.Checkpoint)) {
		t.Error("7 steps and 2 more are another run than 9")
	}
	kept, err := run.ReadConfig(dir, nil)
	if err != nil || kept.Steps != 9 {
		t.Errorf("the directory's configuration: %v, %v", kept, err)
	}
	if got, want := names(t, dir, checkpointDir), []string{"step-000000005.safetensors",
		"step-000000007.safetensors",
		"step-000000009.safetensors"}; !slices.Equal(got, want) {
		t.Errorf("checkpoints: got %v, want the newest 3: %v", got, want)
	}
}

// The file a run keeps describes the run: from it comes the same one.
func TestKeptConfigIsTheRun(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	want := trained(t, first, parse(t, "field.target='eqm:gain=2'", "seed=5", "accumulate=2"))
	c, err := run.ReadConfig(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := trained(t, second, c)
	if !bytes.Equal(content(t, got.Checkpoint), content(t, want.Checkpoint)) {
		t.Error("config.yaml gave another run than the one that wrote it")
	}
	if a, b := content(t, first, configFile), content(t, second, configFile); !bytes.Equal(a, b) {
		t.Errorf("config.yaml became\n%s\nfrom\n%s", b, a)
	}
}
