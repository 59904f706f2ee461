package field

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"pgregory.net/rapid"
)

// The schedules against their textbook forms, which cancel where ours do not:
// the bound on b is that of 1 − a² divided by 2b. They run from data to noise,
// a falling and b rising.
func TestSchedulesAreTheTextbookOnes(t *testing.T) {
	const s, beta0, beta1 = 0.008, 0.1, 20.0
	cosine := func(t float64) float64 { return math.Cos((t + s) / (1 + s) * math.Pi / 2) }
	for _, tt := range []struct {
		s Schedule
		a func(t float64) float64 // with b = √(1−a²)
	}{
		{VP(), func(t float64) float64 { return math.Sqrt(1 - t) }},
		{VPSDE(beta0, beta1), func(t float64) float64 {
			return math.Exp(-0.25*t*t*(beta1-beta0) - 0.5*t*beta0)
		}},
		{Cosine(s), func(t float64) float64 { return cosine(t) / cosine(0) }},
		{Trig(), func(t float64) float64 { return math.Cos(math.Pi * t / 2) }},
	} {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(1e-6, 1).Draw(t, "t")
			a := tt.a(at)
			b := math.Sqrt(1 - a*a)
			gotA, gotB := tt.s.A.Eval(at), tt.s.B.Eval(at)
			if !(math.Abs(gotA-a) <= 8*u64 && math.Abs(gotB-b) <= 16*u64/b) {
				t.Fatalf("%s at %v: a, b = %v, %v, want %v, %v", tt.s.Name, at, gotA, gotB, a, b)
			}
			if da, db := tt.s.DA().Eval(at), tt.s.DB().Eval(at); at < 1 && !(da < 0 && db > 0) {
				t.Fatalf("%s at %v: ȧ, ḃ = %v, %v, want < 0, > 0", tt.s.Name, at, da, db)
			}
		})
		if a, b := tt.s.A.Eval(0), tt.s.B.Eval(0); math.Abs(a-1) > 2*u64 || b != 0 {
			t.Errorf("%s starts at a, b = %v, %v, want 1, 0", tt.s.Name, a, b)
		}
	}
	for _, s := range []Schedule{Linear(), Trig(), Cosine(s), VP()} {
		if a := s.A.Eval(1); a != 0 {
			t.Errorf("%s ends at a = %v, want exactly 0", s.Name, a)
		}
	}
}

// Whatever the numbers in a file, a Spec gives a process or an error.
func TestSpecsNeverCrash(t *testing.T) {
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 5e-324, math.MaxFloat64,
		1e-300, 1e300, 0.5, 1 - 0x1p-53, math.Inf(1), math.NaN()}))
	choose := func(t *rapid.T, kinds []string, params ...string) choice.Choice {
		c := choice.Choice{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Params: choice.Values{}}
		for _, p := range params {
			if rapid.IntRange(0, 3).Draw(t, p+"?") == 0 {
				c.Params[p] = number.Draw(t, p)
			}
		}
		return c
	}
	params := func(t *rapid.T, c choice.Choice, list []choice.Param) choice.Choice {
		for _, p := range list {
			if rapid.Bool().Draw(t, p.Name+"?") {
				c.Params[p.Name] = number.Draw(t, p.Name)
			}
		}
		return c
	}
	built := 0
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(Schedules.Entries)-1).Draw(t, "schedule")
		j := rapid.IntRange(0, len(Targets.Entries)-1).Draw(t, "target")
		p, err := Spec{
			Schedule: params(t, choice.Choice{Kind: Schedules.Entries[i].Name, Params: choice.Values{}},
				Schedules.Entries[i].Params),
			Target: params(t, choice.Choice{Kind: Targets.Entries[j].Name, Params: choice.Values{}},
				Targets.Entries[j].Params),
			Prior:  choose(t, Priors.Names(), "min", "max"),
			Weight: choose(t, Weights.Names()),
		}.Process()
		if err != nil {
			return
		}
		built++
		_, _, _ = p.Warnings(), p.Notes(), p.String()
	})
	if built == 0 {
		t.Error("no draw was a process")
	}
}
