package experiment

import (
	"fmt"
	"testing"
)

// Numbers of the optimiser are refused where float32, which the weights are, makes
// another of them.
func TestOptimizerNumbers(t *testing.T) {
	for _, tt := range []struct {
		set string
		ok  bool
	}{
		{"optimizer.eps=1e-46", false}, {"optimizer.eps=1e-45", true}, {"optimizer.eps=0", false},
		{"optimizer.beta1=0.99999999", false}, {"optimizer.beta2=0.99999999", false},
		{"optimizer.beta1=0.9999999", true},
		{"optimizer.beta1=0", true}, {"optimizer.lr=1e-60", false},
		{"optimizer.clip=1e-60", false}, {"optimizer.clip=0", true}, {"optimizer.clip=1e39", false},
	} {
		if _, err := Parse("c.yaml", nil, []string{tt.set}); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.set, err)
		}
	}
}

// An assignment of any text is refused or read; what is read is one that a second
// reading keeps.
func FuzzAssignment(f *testing.F) {
	for _, s := range []string{"steps=3", "model=unet:levels=[1, 2]", "sample={sampler: heun, end: 1}",
		"field=ddpm",
		"optimizer.lr=1e-3", "a.b.c=d", "=", "field.target=eqm:gain=2", "steps.x=1", "model.kind.x=1",
		"data.name=[",
		"name=\"\\x00\"", "sample.sampler=", "field={schedule: edm, prior: log-normal}", "steps=!!int 3",
		"x=&a *a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse("c.yaml", []byte("sample: ddim\n"), []string{s})
		if err != nil {
			return
		}
		again, err := c.With([]string{s})
		if err != nil {
			t.Fatalf("%q again: %v", s, err)
		}
		if diff := sameConfig(c, again); diff != "" {
			t.Fatalf("%q again: %s", s, diff)
		}
	})
}

// Where no sampler is named, or auto is, the one that suits the process is taken and
// spelt out, with what is said of it; a field with a clock gets one that has a clock.
func TestSuitedSampler(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{nil, "gd:250"},
		{[]string{"field=fm"}, "euler:100"},
		{[]string{"field=fm", "sample.sampler=auto", "sample.steps=7"}, "euler:7"},
		{[]string{"field=fm", "sample.eta=0.01"}, "gd:250"},
		{[]string{"field=ddpm"}, "ddim:100"},
		{[]string{"field=edm"}, "heun:17"},
		{[]string{"field=uedm", "sample=heun"}, "heun:250"},
		{[]string{"model.clock=true"}, "ddim:100"},
	} {
		c, err := Parse("c.yaml", []byte(aModel), tt.set)
		if err != nil {
			t.Errorf("%q: %v", tt.set, err)
			continue
		}
		if got := fmt.Sprintf("%s:%d", c.Sample.Sampler, c.Sample.Steps); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.set, got, tt.want)
		}
		roundTrip(t, c)
	}
}
