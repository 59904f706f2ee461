package cmd

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/geometry"
)

// Runs are found by their paths and in directories, those of other data are passed over, and what
// is no run is an error.
func TestRingRuns(t *testing.T) {
	inTemp(t)
	tinyRings(t)
	tinyRings(t, "--run", "runs/another")
	put(t, "other.yaml", "name: other\nsteps: 1\nbatch: 4\ndata: {name: digits}\n"+
		"model: {kind: mlp, width: 16, depth: 1}\nsample: {n: 1, steps: 2}\n")
	if o := program(t, "train", "other.yaml", "-q"); o.status != 0 {
		t.Fatalf("%+v", o)
	}
	found, err := ringRuns([]string{"runs"})
	want := []string{filepath.Join("runs", "another"), filepath.Join("runs", "tiny")}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v, %v, want %v", found, err, want)
	}
	put(t, "empty/none", "")
	fails := func(path, want string) {
		t.Helper()
		found, err := ringRuns([]string{path})
		if err == nil && len(found) == 1 {
			_, _, err = ringRun(t.Context(), found[0])
		}
		if err == nil {
			t.Errorf("%s: no error, want %q", path, want)
			return
		}
		wants(t, path, err.Error(), want)
	}
	fails("empty", "got no run of rings")
	fails("nowhere", "no such run")
	fails(filepath.Join("runs", "other"), "got data digits, want rings")
}

// A run is drawn from as its configuration says, in the plane of its rings.
func TestRingRun(t *testing.T) {
	inTemp(t)
	tinyRings(t, "--field", "fm", "--set", "sample.steps=5")
	r, dev, err := ringRun(t.Context(), filepath.Join("runs", "tiny"))
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	if r.Told || r.Dim != 6 || r.Process.Target.Name != "velocity" {
		t.Errorf("%+v", r)
	}
	points, err := r.Draw(t.Context(), 7, 3, nil)
	if err != nil || len(points) != 7 || len(points[0]) != 2+6 {
		t.Fatalf("%d points: %v", len(points), err)
	}
	if c := geometry.Circled(points); c.N != 7 || !(c.Distance > 0) {
		t.Errorf("%+v", c)
	}
}
