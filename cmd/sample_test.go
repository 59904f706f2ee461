package cmd

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// Samples are drawn from a run, again and again the same.
func TestSample(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	var first string
	for _, batch := range []string{"3", "2"} {
		o := program(t, "sample", "runs/tiny", "-n", "3", "--seed", "5", "--batch", batch, "--out",
			"out-"+batch)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		b, err := os.ReadFile("out-" + batch + "/samples.npy")
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(b)
		}
		if string(b) != first {
			t.Error("the batch changed the samples")
		}
	}
	fails(t, []string{"sample", "runs/tiny", "-n", "0", "--steps", "0"},
		"command line: sample.n: got 0, want between 1 and 1073741824 points",
		"command line: sample.steps: got 0, want between 1 and 1048576")
	fails(t, []string{"sample", "nowhere"}, "run: nowhere: no such run or checkpoint")
	fails(t, []string{"sample", "tiny"}, "run: tiny: no such run or checkpoint: runs/tiny is one")
	fails(t, []string{"sample", "runs/tiny", "--weights", "best"}, `weights: got "best", want average or raw`)
}

// The energy of each sample is said where the field is the gradient of one, and only there.
func TestSampleEnergy(t *testing.T) {
	inTemp(t)
	for _, energy := range []string{"dot", "norm", "none"} {
		dir := "runs/" + energy
		o := program(t, "train", "tiny.yaml", "--run", dir, "--set", "model.energy="+energy)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		o = program(t, "sample", dir, "-n", "3", "--out", "out-"+energy)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		var s sample.Summary
		if err := json.Unmarshal([]byte(o.stdout), &s); err != nil {
			t.Fatal(err)
		}
		if (s.Energy != nil) != (energy != "none") {
			t.Errorf("%s: the summary has the energy %v", energy, s.Energy)
		}
	}
}

// Draws that may differ go to directories of their own, each with a summary that
// says what it was drawn with, the checkpoint first.
func TestDrawsApart(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	dirs := map[string]bool{}
	for _, flags := range []string{"", "-n 5", "--seed 7", "--sampler euler", "--steps 6", "--eta 0.1",
		"--weights raw", "--device emu"} {
		o := program(t, append([]string{"sample", "runs/tiny"}, strings.Fields(flags)...)...)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		_, picture, _ := strings.Cut(o.stderr, "picture: ")
		dir, _, ok := strings.Cut(picture, "/samples.png\n")
		if !ok || dirs[dir] {
			t.Errorf("%q: written to %s, which another draw has", flags, dir)
		}
		dirs[dir] = true
		text := read(t, dir+"/summary.json")
		first := `"checkpoint": "runs/tiny/checkpoints/step-000000006.safetensors"`
		if !strings.HasPrefix(text, "{\n  "+first) {
			t.Errorf("%q: %s", flags, text)
		}
		var s sample.Summary
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		ck, err := run.Load(s.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		part := map[string]string{"average": "average", "raw": "weights"}[s.Weights]
		if s.Step != 6 || s.Sum != ck.Sum(part) || s.Field == "" || s.Model == "" || s.Device == "" ||
			s.Precision != "float32" || s.Drawn != s.Settings.N {
			t.Errorf("%q: %+v", flags, s)
		}
	}
}

// What cannot be written is known before anything is drawn, and where a run was
// trained it is drawn.
func TestSampleBeforeTheWork(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	put(t, "file", "")
	for _, out := range []string{"file", "file/below"} {
		o := program(t, "sample", "runs/tiny", "--out", out)
		if o.status != 1 || strings.Contains(o.stderr, "sampling") || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", out, o)
		}
		wants(t, out, o.stderr, "error: sample: ", "file", "directory")
	}
	wants(t, "the run's worker", program(t, "sample", "runs/tiny").stderr, "cpu (1 workers")
	wants(t, "two", program(t, "sample", "runs/tiny", "--workers", "2").stderr, "cpu (2 workers")
	if os.Getuid() != 0 {
		if err := os.Mkdir("closed", 0o500); err != nil {
			t.Fatal(err)
		}
		fails(t, []string{"sample", "runs/tiny", "--out", "closed/x"}, "permission denied")
	}
}
