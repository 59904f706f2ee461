package cmd

import (
	"strings"
	"testing"
)

// A sampler that needs t̂ is given a readout: fitted to the run's field, or by theory where
// that has one; of an exact field its posterior.
func TestSampleReads(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml", "--set", "sample.sampler=closed-loop"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for flags, want := range map[string]string{
		"--steps 4": "fitted a readout of t  pairs=1024 rms=0.",
		"--sampler gd --stop_time 0.5 --readout norm":     "picture: ",
		"--sampler closed-loop --steps 4 --device emu":    "fitted a readout of t  pairs=1024 rms=0.",
		"--sampler adam --eta 0.05 --stop_time 0.2 -n 2":  "fitted a readout of t",
		"--sampler overtime --steps 4 --stop_time 0.2":    "fitted a readout of t",
		"--sampler closed-loop --steps 4 --readout norm":  "picture: ",
		"--sampler nag --stop_time 0.5 --readout fit -n1": "fitted a readout of t",
	} {
		o := program(t, append([]string{"sample", "runs/tiny", "--out", "out"}, strings.Fields(flags)...)...)
		if o.status != 0 || !strings.Contains(o.stderr, want) {
			t.Errorf("%q: %s, want %q", flags, o.stderr, want)
		}
	}
	o := program(t, "sample", "--exact", "rings:dim=8", "--field", "fm", "--sampler", "closed-loop", "-n",
		"4", "--steps", "5", "--out", "exact")
	if o.status != 0 {
		t.Error(o.stderr)
	}
	fails(t, []string{"sample", "--exact", "digits", "--sampler", "closed-loop", "--readout", "fit"},
		`readout: got "fit", want auto or posterior with --exact, whose field says what t may be`)
	const only = ": only exact fields, of sample --exact, have a posterior"
	fails(t, []string{"sample", "runs/tiny", "--readout", "posterior"},
		`sample.readout: got "posterior", want auto, fit or norm`+only)
}
