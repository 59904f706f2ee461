package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// methods are those of every sampler.
func methods() (ms []Method) {
	for _, e := range Samplers.Entries {
		ms = append(ms, e.Make)
	}
	return ms
}

// with is the default Spec, changed, with what its sampler alone takes spelt out.
func with(change func(s *Spec)) Spec {
	s := Defaults()
	change(&s)
	if _, full, faults := Samplers.Resolve("", s.Choice(), nil); len(faults) == 0 {
		var whole Spec
		whole.Fill(full)
		s.Params = whole.Params
	}
	return s
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		change func(s *Spec)
		want   []string
	}{
		{func(s *Spec) {}, nil},
		{func(s *Spec) { s.Sampler = "sgd" }, []string{`sampler: got "sgd", want ` +
			choice.OneOf("sgd", Samplers.Names())}},
		{func(s *Spec) { s.N, s.Batch, s.Steps = 0, 0, 0 }, []string{"n: got 0", "steps: got 0",
			"batch: got 0"}},
		{func(s *Spec) { s.N, s.Batch, s.Steps = 1<<30+1, 1<<20+1, 1<<20+1 },
			[]string{"n: got 1073741825", "steps: got 1048577", "batch: got 1048577"}},
		{func(s *Spec) { s.Eta, s.Mu, s.Stop = math.NaN(), math.NaN(), math.NaN() },
			[]string{"eta: got NaN", "stop: got NaN"}},
		{func(s *Spec) { s.Eta, s.Mu, s.Stop = 0, 1, -1 },
			[]string{"eta: got 0", "stop: got -1"}},
		{func(s *Spec) { s.Start, s.End = math.Inf(1), -1 },
			[]string{"start: got +Inf", "end: got -1, want no end: gd takes none, " +
				choice.Or(Samplers.Takers("end")) + " does"}},
		{func(s *Spec) { s.Count, s.Grid = "", "log" },
			[]string{`count: got "", want official or exact`}},
		{func(s *Spec) { s.Sampler, s.Stop = "heun", 0.1 },
			[]string{"stop: got 0.1, want no stop: heun takes none, adam, closed-loop, gd, nag"}},
		{func(s *Spec) { s.Sampler, s.Start, s.End = "ddim", 0.5, 0.5 },
			[]string{"end: got 0.5, want a time before start, 0.5"}},
		{func(s *Spec) { s.Sampler, s.End = "euler", 0.5 }, nil},
		{func(s *Spec) { s.End = 0.1 }, []string{"end: got 0.1, want no end: gd takes none"}},
		{func(s *Spec) { s.Clean = true }, []string{"clean: got true, want no clean: gd takes none"}},
		{func(s *Spec) { s.Sampler, s.Clean = "heun", true }, nil},
		{func(s *Spec) { s.Steps = 1 }, []string{"steps: got 1, want at least 2"}},
		{func(s *Spec) { s.Steps, s.Count = 1, Exact }, nil},
		{func(s *Spec) { s.Steps, s.Sampler = 1, "euler" }, nil},
	} {
		s := with(tt.change)
		errs := s.Check()
		if len(errs) != len(tt.want) {
			t.Errorf("%+v: faults %v, want %q", s, errs, tt.want)
			continue
		}
		for i, err := range errs {
			if !strings.HasPrefix(err.Error(), tt.want[i]) {
				t.Errorf("fault %q, want %q", err, tt.want[i])
			}
		}
	}
}

// custom is a process from the tables.
func custom(t testing.TB, schedule, target string, prior choice.Choice) *field.Process {
	t.Helper()
	spec := field.Spec{Schedule: choice.Choice{Kind: schedule}, Target: choice.Choice{Kind: target},
		Prior: prior}
	p, err := spec.Process()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func uniform(lo, hi float64) choice.Choice {
	return choice.Choice{Kind: "uniform", Params: choice.Values{"min": lo, "max": hi}}
}

// What a process does not allow is said in terms of the process.
func TestRunRefuses(t *testing.T) {
	full := uniform(0, 1)
	for _, tt := range []struct {
		schedule, target string
		prior            choice.Choice
		change           func(s *Spec)
		want             string // "" runs
	}{
		{"linear", "noise", full, func(s *Spec) { s.Sampler = "euler" },
			"want one that does not start on or cross a pole: μ = -1/(1-t) grows like |t-1|^-1; " +
				"start 0.95 is before it"},
		{"linear", "noise", full, func(s *Spec) { s.Sampler, s.Start = "euler", 0.999 }, ""},
		{"linear", "data", full, func(s *Spec) { s.Sampler = "heun" }, ""}, // ends on the pole of ν
		{"vp", "noise", full, func(s *Spec) { s.Sampler, s.Start = "heun", 0.9 }, ""},
		{"vp", "velocity", full, func(s *Spec) { s.Sampler = "ddim" },
			"want one on which ddim is finite: it is not at step 1, t = 1, of vp/velocity"},
		// ν has a pole at t = 1, for ȧ has; κ and η have none.
		{"vp", "data", full, func(s *Spec) { s.Sampler = "ddim" }, ""},
		{"vp", "uedm", full, func(s *Spec) { s.Sampler = "ddim" }, ""},
		{"vp", "salimans-ho", full, func(s *Spec) { s.Sampler = "ddim" }, ""},
		{"vp", "data", full, func(s *Spec) { s.Sampler = "euler" }, "or cross a pole: ν = "},
		{"linear", "noise", full, func(s *Spec) { s.Sampler = "ddim" }, "or cross a pole: μ = "}, // det = a
		{"linear", "velocity", uniform(0.1, 0.9), func(s *Spec) { s.Sampler, s.Start = "euler", 1 },
			"start: got 1, want a time in (0.1, 0.9], the range linear/velocity is trained on"},
		{"linear", "velocity", uniform(0.1, 0.9), func(s *Spec) { s.Start = 0.1 }, "start: got 0.1"},
		{"linear", "velocity", uniform(0.1, 0.9), func(s *Spec) { s.Sampler, s.End = "euler", 0.05 },
			"end: got 0.05, want a time in [0.1, 0.9)"},
		{"linear", "velocity", uniform(0.1, 0.9), func(s *Spec) { s.Sampler, s.End = "euler", 0.95 },
			"end: got 0.95"},
		{"linear", "data", full, func(s *Spec) {},
			`want one with a clock: gd follows −f, and the field of linear/data points to the data`},
		{"edm", "uedm", choice.Choice{Kind: "log-normal"}, func(s *Spec) { s.Sampler = "nag" },
			`sampler: got "nag"`},
		{"linear", "noise", full, func(s *Spec) {}, ""},
		{"linear", "velocity", full, func(s *Spec) { s.Sampler, s.Clean = "euler", true },
			"clean: got true, want false: the path ends at t = 0 already"},
		{"linear", "velocity", full, func(s *Spec) { s.N, s.Batch = 0, 0 },
			"n: got 0, want between 1 and 1073741824 points\nbatch: got 0"},
	} {
		s := with(tt.change)
		s.Steps = 10
		p := custom(t, tt.schedule, tt.target, tt.prior)
		_, err := Run(context.Background(), OnHost(Single(well), 1), p, s, nil)
		if fits := s.Fits(p); len(s.Check()) == 0 && (fits == nil) != (err == nil) {
			t.Errorf("%s/%s with %s: Fits says %v, Run says %v", tt.schedule, tt.target, s.Sampler, fits, err)
		}
		if tt.want == "" && err != nil || tt.want != "" &&
			(err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s/%s with %s: %v, want %q", tt.schedule, tt.target, s.Sampler, err, tt.want)
		}
	}
	for _, dim := range []int{-1, 0, 1 << 40} {
		if _, err := Run(context.Background(), OnHost(Single(well), dim), method(t, "eqm"), Defaults(),
			nil); err == nil ||
			!strings.Contains(err.Error(), "dim: got") {
			t.Errorf("dim %d: %v", dim, err)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		process, grid string
		steps         int
		want          []float64
	}{
		{"fm", Auto, 4, []float64{1, .75, .5, .25, 0}},
		{"ddpm", Uniform, 1, []float64{1, .001}},
		// EDM's own figures: (80^{1/7} + ½(0.002^{1/7} − 80^{1/7}))⁷ in the middle.
		{"edm", Auto, 2, []float64{80, math.Pow((math.Pow(80, 1./7)+math.Pow(.002, 1./7))/2, 7), .002}},
		{"edm", Uniform, 2, []float64{80, 40.001, .002}},
	} {
		s := with(func(s *Spec) { s.Sampler, s.Grid, s.Steps = "euler", tt.grid, tt.steps })
		p := method(t, tt.process)
		m, _ := find(s.Sampler)
		s, err := s.resolve(m, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.times(m, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(tt.want) {
			t.Fatalf("%s: %v, want %v", tt.process, got, tt.want)
		}
		for i := range got {
			if math.Abs(got[i]-tt.want[i]) > 64*0x1p-53*tt.want[i] { // pow of a pow: 7·(roundings)
				t.Errorf("%s: %v, want %v", tt.process, got, tt.want)
			}
		}
	}
}
