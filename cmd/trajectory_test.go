package cmd

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/run"
)

// Paths are written beside the samples, of which no bit changes: of a run with what is
// read of the time, of an energy where the field has one, and of an exact field with what
// is known. The next draw leaves none of them.
func TestTrajectory(t *testing.T) {
	inTemp(t)
	train := []string{"train", "tiny.yaml", "--set"}
	for _, set := range []string{"model.energy=dot", "model.energy=none"} {
		if o := program(t, append(train, set, "--run", set)...); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
	always := []string{"trajectory-noise_time.png", "trajectory-norm.png", "trajectory.gif", "trajectory.npy",
		"trajectory.safetensors"}
	for _, tt := range []struct {
		args string
		more []string
	}{
		{"model.energy=none", nil},
		{"model.energy=none --sampler heun", []string{"trajectory-time.png"}},
		{"model.energy=dot", []string{"trajectory-energy.png"}},
		{"--exact rings --field eqm", []string{"trajectory-energy.png"}},
	} {
		args := append([]string{"sample"}, strings.Fields(tt.args+" -n 3 --steps 4 --out out")...)
		if o := program(t, args...); o.status != 0 {
			t.Fatal(o.stderr)
		}
		before := read(t, "out/samples.npy")
		o := program(t, append(args, "--trajectory")...)
		wants(t, tt.args, o.stderr, "trajectory: out/trajectory.gif\n")
		got, err := filepath.Glob("out/trajectory*")
		if same := read(t, "out/samples.npy") == before; err != nil || o.status != 0 || !same {
			t.Errorf("%s: %v, %s, the same samples: %v", tt.args, err, o.stderr, same)
		}
		want := append(slices.Clone(always), tt.more...)
		for i, name := range want {
			want[i] = "out/" + name
		}
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.args, got, want)
		}
		program(t, args...)
		if got, _ := filepath.Glob("out/trajectory*"); len(got) > 0 {
			t.Errorf("%s: the next draw leaves %q", tt.args, got)
		}
	}
}

// A sample that starts on a datum stays there, and its path is written: its t̂ is the least that there
// is, and its energy, −∞, has no place on the chart beside that of the others.
func TestTrajectoryOnDatum(t *testing.T) {
	inTemp(t)
	if err := os.WriteFile("atoms.json", []byte(`{"atoms":[[0.5,0],[-1,0.25]]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	at := &npy.Array{Shape: []int{2, 2}, Data: []float32{0.5, 0, 0.3, 0.3}}
	if err := npy.WriteFile("at.npy", at); err != nil {
		t.Fatal(err)
	}
	o := program(t, "sample", "--exact", "atoms.json", "--field", "fm", "--sampler", "ddim", "--steps", "4",
		"--from", "at.npy", "--strength", "0", "-n", "2", "--out", "out", "--trajectory")
	wants(t, "on a datum", o.stderr, "trajectory: out/trajectory.gif\n")
	f, err := safetensors.Open("out/trajectory.safetensors")
	if o.status != 0 || err != nil {
		t.Fatal(o.stderr, err)
	}
	defer f.Close()
	energy, err := f.Float32("energy")
	noise, fault := f.Float32("noise_time")
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	if !math.IsInf(float64(energy[0]), -1) || noise[0] != 0 {
		t.Errorf("on the datum: energy %v, t̂ %v, want −∞ and 0", energy[0], noise[0])
	}
	if last := float64(energy[len(energy)-1]); math.IsInf(last, 0) || math.IsNaN(last) {
		t.Errorf("off the data: energy %v, want a number", last)
	}
}

// Where the data are not to be had there is no t̂, and that is said; what cannot be done
// is refused.
func TestTrajectoryFaults(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	fails(t, []string{"sample", "runs/tiny", "--trajectory", "--out", "x.png"},
		"trajectory: got 8 with --out x.png, want a directory to write it to")
	if o := program(t, "sample", "runs/tiny", "--trajectory=-1"); o.status != 1 ||
		!strings.Contains(o.stderr, "at least 0 samples") {
		t.Errorf("%+v", o)
	}
	ck, _, err := run.Newest("runs/tiny", run.Load)
	if err != nil {
		t.Fatal(err)
	}
	ck.Path, ck.Data = "other.safetensors", "sha256:of others"
	if err := ck.Save(); err != nil {
		t.Fatal(err)
	}
	o := program(t, "sample", "other.safetensors", "--trajectory=2", "--out", "out")
	wants(t, "other data", o.stderr, "trajectory: no t̂: the field was trained on other data: ")
	if _, err := os.Stat("out/trajectory-norm.png"); err != nil || o.status != 0 {
		t.Errorf("%v, %s", err, o.stderr)
	}
}
