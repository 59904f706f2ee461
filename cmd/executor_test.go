package cmd

import (
	"strings"
	"testing"
)

// A sampler that follows a part of the field measures the metric on the run's: while it is
// trained, and after.
func TestSampleMeasuresTheMetric(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml", "--field", "ddpm", "--sample", "riemannian"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for _, flags := range []string{"", "--sampler riemannian-langevin --eta 0.01 --device emu"} {
		args := append(strings.Fields("sample runs/tiny -n 2 --steps 4 --out out"), strings.Fields(flags)...)
		const want = "measured the metric by the noise level that is read from the field  pairs=1024 rms="
		if o := program(t, args...); o.status != 0 || !strings.Contains(o.stderr, want) {
			t.Errorf("%q: %s, want %q", flags, o.stderr, want)
		}
	}
	put(t, "ringed.yaml", ringed)
	if o := program(t, "train", "ringed.yaml", "--field", "ddpm", "--sample", "riemannian"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	drew := judge(t, "runs/ringed", "-n", "2", "--steps", "4").Reports[0].Samples[0]
	if drew.Sampler != "riemannian" {
		t.Errorf("eval drew %+v", drew)
	}
	fails(t, []string{"train", "tiny.yaml", "--run", "runs/eqm", "--sample", "riemannian"},
		`command line: sample.sampler: got "riemannian", want one that needs no metric, or a process `+
			"with a finite one, as a smaller prior.max makes it: f* has no finite decomposition (E[λ|u], "+
			"E[c/a|u]): w·p·λ grows like |t-1|^-1, and the prior [0, 1] reaches t = 1")
}
