package cmd

import (
	"testing"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

// A sampler that stops half way says so, and what would take it further.
func TestFarFromData(t *testing.T) {
	for _, tt := range []struct {
		process, sampler string
		end              float64
		want             string
	}{
		{"eqm", "gd", 0, ""},
		{"fm", "gd", 0, "gd ends at t = 0.253, where there is 0.34 times as much noise as data: " +
			"more steps or a larger eta go further"},
		{"fm", "euler", 0, ""},
		{"fm", "euler", 0.5, "euler ends at t = 0.5, where there is 1 times as much noise as data: " +
			"a smaller sample.end goes further"},
	} {
		spec, err := field.Named(tt.process)
		if err != nil {
			t.Fatal(err)
		}
		p, err := spec.Process()
		if err != nil {
			t.Fatal(err)
		}
		s := sample.Defaults()
		s.Sampler, s.End = tt.sampler, tt.end
		if got := farFromData(s, p); got != tt.want {
			t.Errorf("%s of %s: %q, want %q", tt.sampler, tt.process, got, tt.want)
		}
	}
}
