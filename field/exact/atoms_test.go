package exact

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// The rule integrates polynomials up to degree 31, and its estimate of an error
// is at least the error: for functions with a pole, a root or a kink near the panel.
func TestRule(t *testing.T) {
	for degree := range 2 * order {
		var s float64
		for i, x := range gauss.x {
			s += gauss.w[i] * math.Pow(x, float64(degree))
		}
		want := 0.0
		if degree%2 == 0 {
			want = 2 / float64(degree+1)
		}
		near(t, fmt.Sprintf("∫ x^%d", degree), s, want, 8*u64)
	}
	for _, tt := range []struct {
		name string
		f    func(x float64) float64
		want float64
	}{
		{"pole at −1.1", func(x float64) float64 { return 1 / (x + 1.1) }, math.Log(2.1 / 0.1)},
		{"pole at −1.5", func(x float64) float64 { return 1 / (x + 1.5) }, math.Log(2.5 / 0.5)},
		{"√(1+x)", func(x float64) float64 { return math.Sqrt(1 + x) }, 2 * math.Pow(2, 1.5) / 3},
		{"1/√(1+x)", func(x float64) float64 { return 1 / math.Sqrt(1+x) }, 2 * math.Sqrt2},
		{"kink", func(x float64) float64 { return math.Abs(x - 0.1) }, (1.1*1.1 + 0.9*0.9) / 2},
		{"narrow", func(x float64) float64 { return math.Exp(-x * x / 0.02) }, math.Sqrt(math.Pi * 0.02)},
	} {
		var f [order]float64
		for i, x := range gauss.x {
			f[i] = tt.f(x)
		}
		size, err := gauss.integrate(&f)
		if miss := math.Abs(size - tt.want); !(miss <= err+8*u64 && err <= tt.want) {
			t.Errorf("%s: off by %.2g, estimated at %.2g", tt.name, miss, err)
		}
	}
}

// What a point gets does not depend on which points were asked before, nor on
// how many ask at once: panels kept for the next point are those it would make.
func TestAtomsAreDeterministic(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	var points [][]float64
	for i := range 40 {
		r := math.Exp2(-float64(i))
		points = append(points, []float64{0.7 + r*math.Cos(float64(i)), -0.4 + r*math.Sin(float64(i))})
	}
	shared := mustAtoms(t, p, triangle)
	got := make([]Posterior, len(points))
	var group sync.WaitGroup
	for i := range points {
		group.Go(func() {
			got[i], _ = shared.At(points[i])
		})
	}
	group.Wait()
	for i, u := range points {
		want := mustAt(t, mustAtoms(t, p, triangle), u)
		if got[i].Energy != want.Energy || got[i].Var != want.Var || !slices.Equal(got[i].Field, want.Field) {
			t.Errorf("point %d: %+v among others, %+v alone", i, got[i], want)
		}
	}
}

// Whatever the numbers of a process, a point gets finite answers or an error.
func TestNoProcessGivesNaN(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1, 5e-324, 1e-300, 1e300,
		math.MaxFloat64, 1e-12, 0.5, 1 - 0x1p-53, 80}))
	choose := func(t *rapid.T, kinds []string, params ...string) choice.Choice {
		c := choice.Choice{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Params: choice.Values{}}
		for _, p := range params {
			if rapid.IntRange(0, 2).Draw(t, p+"?") == 0 {
				c.Params[p] = number.Draw(t, p)
			}
		}
		return c
	}
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		p, err := field.Spec{
			Schedule: choose(t, field.Schedules.Names()), Target: choose(t, field.Targets.Names()),
			Prior: choose(t, field.Priors.Names(), "min", "max"), Weight: choose(t, field.Weights.Names()),
		}.Process()
		if err != nil {
			return
		}
		a, err := New(p, Mixture{Points: [][]float64{{1, 0}, {0, 0}, {number.Draw(t, "x"), 1}}})
		if err != nil {
			return
		}
		q, err := a.At([]float64{number.Draw(t, "u"), number.Draw(t, "u")})
		if err != nil {
			return
		}
		answered++
		all := slices.Concat(q.Field, q.Grad, []float64{q.Energy, q.Mean, q.Var, q.Err})
		if i := notFinite(all); i >= 0 || math.IsNaN(q.EdgeLo) || math.IsNaN(q.EdgeHi) {
			t.Fatalf("%v: %+v", p, q)
		}
	})
	if answered == 0 {
		t.Error("no draw was answered")
	}
}

// radius2 is where mostGauss falls to a level, whichever variance is the best there.
func TestRadiusIsThatOfTheLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 1000).Draw(t, "dim")
		least := math.Exp(rapid.Float64Range(-20, 2).Draw(t, "log least"))
		most := least * math.Exp(rapid.Float64Range(0, 5).Draw(t, "log most/least"))
		at := least * math.Exp(rapid.Float64Range(-4, 8).Draw(t, "log r²/D least")) * float64(dim)
		level := mostGauss(dim, at, least, most)
		r2 := radius2(dim, level, least, most)
		near(t, "r² of the level of r², over it", r2/at, 1, 1e-6)
		if mostGauss(dim, r2*(1+0x1p-38), least, most) > level {
			t.Errorf("r² = %v is short of %v", r2, at)
		}
	})
}
