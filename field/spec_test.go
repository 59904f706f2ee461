package field

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/choice"
)

// good is a spec in which each fault below is one edit.
func good() Spec {
	return Spec{Schedule: choice.Choice{Kind: "linear"}, Target: choice.Choice{Kind: "eqm",
		Params: choice.Values{"cut": 0.8}},
		Prior: choice.Choice{Kind: "uniform", Params: choice.Values{"max": 0.98}}}
}

var specFaults = []struct {
	name string
	edit func(*Spec)
	want []string // all the lines, none for a process
}{
	{"good", func(s *Spec) {}, nil},
	{"cut", func(s *Spec) { s.Target.Params["cut"] = 1.2 },
		[]string{"target.cut: got 1.2, want a number in [0, 1)"}},
	{"cut at 1", func(s *Spec) { s.Target.Params["cut"] = 1 },
		[]string{"target.cut: got 1, want a number in [0, 1)"}},
	{"nan", func(s *Spec) { s.Target.Params["gain"] = math.NaN() },
		[]string{"target.gain: got NaN, want a finite number > 0"}},
	{"inf", func(s *Spec) { s.Target.Params["gain"] = math.Inf(1) },
		[]string{"target.gain: got +Inf, want a finite number > 0"}},
	{"misspelled", func(s *Spec) { s.Target.Params["gian"] = 4 },
		[]string{"target.gian: got an unknown key, want one of cut, gain, kind: gain is the nearest"}},
	{"no parameters", func(s *Spec) { s.Schedule.Params = choice.Values{"beta0": 1} },
		[]string{"schedule.beta0: got 1, want no beta0: linear takes none, vp-sde does"}},
	{"unknown", func(s *Spec) { s.Prior.Kind = "cauchy" },
		[]string{`prior.kind: got "cauchy", want one of uniform, log-uniform, power, log-normal, ` +
			`logit-normal`}},
	{"two meanings", func(s *Spec) { s.Target = choice.Choice{Kind: "v"} },
		[]string{`target.kind: got "v", want velocity or salimans-ho: both are called v`}},
	{"power", func(s *Spec) { s.Prior = choice.Choice{Kind: "power", Params: choice.Values{"m": -1}} },
		[]string{"prior.m: got -1, want a number in (−1, 100]"}},
	{"empty range", func(s *Spec) { s.Prior.Params["min"] = 0.98 },
		[]string{"prior.min: got 0.98, want less than prior.max = 0.98"}},
	{"beyond the schedule", func(s *Spec) { s.Prior.Params["max"] = 2 },
		[]string{"prior.max: got 2, want at most 1, where linear ends"}},
	{"log of 0", func(s *Spec) { s.Prior.Kind = "log-uniform" },
		[]string{"prior.min: got 0, want a number > 0: log t is drawn evenly"}},
	{"clamped", func(s *Spec) { s.Prior = choice.Choice{Kind: "log-normal"} },
		[]string{"prior.max: got 1, want a range [min, max] that holds 99% of log-normal: it clamps 0.16"}},
	{"logit beyond " +
		"1", func(s *Spec) { s.Schedule.Kind = "edm"; s.Prior = choice.Choice{Kind: "logit-normal"} },
		[]string{"prior.max: got 80, want at most 1: logit-normal draws log(t/(1-t))"}},
	{"all at once", func(s *Spec) {
		s.Schedule.Kind, s.Target.Params["cut"], s.Prior.Params["max"], s.Weight.Kind = "lin", -1, -1, "w"
	}, []string{
		`schedule.kind: got "lin", want one of linear, edm, vp, vp-sde, cosine, trig`,
		"target.cut: got -1, want a number in [0, 1)",
		"prior.max: got -1, want a finite number > 0",
		`weight.kind: got "w", want ` + choice.OneOf("w", Weights.Names()),
	}},
}

func TestSpecFaults(t *testing.T) {
	for _, tt := range specFaults {
		t.Run(tt.name, func(t *testing.T) {
			s := good()
			tt.edit(&s)
			p, err := s.Process()
			if len(tt.want) == 0 {
				if err != nil || p == nil {
					t.Fatalf("got %v, %v", p, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("got %v, want an error", p)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
			var f *choice.Fault
			if !errors.As(err, &f) || f.Path != strings.Split(tt.want[0], ":")[0] {
				t.Errorf("the first fault is %v, want one with the path of %q", f, tt.want[0])
			}
		})
	}
}

// Every named process builds, and its resolved form builds the same process.
func TestNamedProcesses(t *testing.T) {
	for _, e := range Processes.Entries {
		s, err := Named(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		full, err := s.Resolve()
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if again, err := full.Resolve(); err != nil || !cmp.Equal(full, again) {
			t.Errorf("%s: %v: %s", e.Name, err, cmp.Diff(full, again))
		}
		p, _ := s.Process()
		q, _ := full.Process()
		if p.String() != q.String() {
			t.Errorf("%s: %v became %v", e.Name, p, q)
		}
	}
	if _, err := Named("vae"); err == nil ||
		err.Error() != `process: got "vae", want one of eqm, fm, ddpm, edm, uedm` {
		t.Errorf("got %v", err)
	}
	a, _ := Named("ddpm")
	a.Prior.Params["min"] = 0.5
	if b, _ := Named("ddpm"); b.Prior.Params["min"] != 1e-3 {
		t.Error("a caller's change reached the table")
	}
}

// The tables are sound: names, defaults, one line about everything, examples.
func TestTables(t *testing.T) {
	for _, table := range []choice.Table[any]{
		Schedules.Section(), Targets.Section(), Priors.Section(), Weights.Section(), Processes.Section(),
	} {
		if err := table.Verify(); err != nil {
			t.Error(err)
		}
	}
}
