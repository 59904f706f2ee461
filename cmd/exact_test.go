package cmd

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/sample"
)

// Samples of an exact field end on the data it is of, whatever those are, and are written
// as those of a run.
func TestSampleExact(t *testing.T) {
	inTemp(t)
	put(t, "atoms.json", `{"atoms": [[0.7, -0.4], [-1.1, 0.3], [0.2, 1]]}`)
	for name, flags := range map[string]string{
		"atoms.json": "--sampler nag --eta 0.02", "digits": "--field fm --clock --steps 3",
		"gaussians:deviation=[0.1, 0.2],dim=4,components=2": "--law",

		"rings:count=20,dim=3": "--schedule edm --target data --prior log-normal:max=20 --steps 9",
	} {
		args := append([]string{"sample", "--exact", name, "-n", "2"}, strings.Fields(flags)...)
		o := program(t, args...)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		var s sample.Summary
		if err := json.Unmarshal([]byte(o.stdout), &s); err != nil {
			t.Fatal(err)
		}
		told := strings.Contains(flags, "--clock")
		kind, _, _ := strings.Cut(name, ":")
		is, drawn := strings.CutPrefix(s.Exact, "law of ")
		if drawn != strings.Contains(flags, "--law") || !strings.HasPrefix(is, kind) ||
			!strings.Contains(is, " sha256:") || told != strings.HasSuffix(s.Model, "time") {
			t.Errorf("%s: got exact = %q, model = %q", name, s.Exact,
				s.Model)
		}
	}
	for _, file := range []string{"samples.png", "samples.npy", "samples.safetensors", "summary.json"} {
		if got, _ := filepath.Glob("exact/*/*/" + file); len(got) != 4 {
			t.Errorf("%s: got %v, want one of each of four draws", file, got)
		}
	}
	at, err := filepath.Glob("exact/atoms-*/*/samples.safetensors")
	if err != nil || len(at) != 1 {
		t.Fatal(at, err)
	}
	f, err := safetensors.Open(at[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := f.Float32("samples")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(x); i += 2 {
		least := math.Inf(1)
		for _, a := range [][]float64{{0.7, -0.4}, {-1.1, 0.3}, {0.2, 1}} {
			least = min(least, math.Hypot(float64(x[i])-a[0], float64(x[i+1])-a[1]))
		}
		if least > 1e-3 {
			t.Errorf("sample %v ends %.3g from the nearest atom", x[i:i+2], least)
		}
	}
}

// What asks for a run and an exact field at once, or for neither, is refused.
func TestSampleExactRefuses(t *testing.T) {
	inTemp(t)
	put(t, "bad.json", `{"atoms": [[1, 2], [3]]}`)
	const host = ", want none with --exact: its field is computed on the host, in float64, on all cores"
	fails(t, []string{"sample"},
		"sample: got no argument, want a run's directory or a checkpoint, or --exact DATA")
	fails(t, []string{"sample", "runs/tiny", "--exact", "digits", "--device", "cpu", "--weights", "raw",
		"--average", "std=0.1"},
		`exact: got "digits", want no run or checkpoint beside it, or no --exact`,
		`device: got "cpu"`+host, `weights: got "raw"`+host, `average: got "std=0.1"`+host)
	fails(t, []string{"sample", "runs/tiny", "--field", "fm", "--clock"},
		`clock: got "true", want none without --exact: a run has a field of its own`,
		`field: got "fm", want none without --exact: a run has a field of its own`)
	fails(t, []string{"sample", "--exact", "digits", "--clock", "--sampler", "gd"},
		`command line: sample.sampler: got "gd", want one with a clock, like heun: gd has no time to tell a`+
			" field with model.clock")
	fails(t, []string{"sample", "--exact", "bad.json"},
		"geometry: ReadData: bad.json: atom 1 has dimension 1, want 2")
	fails(t, []string{"sample", "--exact", "rings:dim=0"},
		"exact.dim: got 0, want between 2 and 67108864")
	fails(t, []string{"sample", "--exact", "digits", "--guidance", "2"},
		"command line: sample.guidance: got 2, want 1: the field is told no class, for model.classes is 0")
}
