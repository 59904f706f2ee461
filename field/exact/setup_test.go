package exact

import (
	"math"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

const u64 = 0x1p-53

// triangle is the data, and probe the point, of the golden table.
var triangle = Mixture{Points: [][]float64{{0.7, -0.4}, {-1.1, 0.3}, {0.2, 1.0}}}
var probe = []float64{0.45, 0.25}

// tester is a test or one trial of a property.
type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

func must[V any](t tester) func(V, error) V {
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func mustAtoms(t tester, p *field.Process, m Mixture) *Blind {
	t.Helper()
	return must[*Blind](t)(New(p, m))
}

func mustAt(t tester, a *Blind, u []float64) Posterior {
	t.Helper()
	return must[Posterior](t)(a.At(u))
}

func mustField(t tester, a *Blind, u []float64) []float64 {
	t.Helper()
	return must[[]float64](t)(a.Field(u))
}

func mustEnergy(t tester, a *Blind, u []float64) float64 {
	t.Helper()
	return must[float64](t)(a.Energy(u))
}

func mustDecompose(t tester, a *Blind, u []float64) Decomposition {
	t.Helper()
	return must[Decomposition](t)(a.Decompose(u))
}

func mustGiven(t tester, a *Blind, u []float64, at float64) Conditional {
	t.Helper()
	return must[Conditional](t)(a.Given(u, at))
}

// everyProcess is every schedule with every target of the tables, at default
// parameters, with the uniform prior on [lo, hi] of the unit interval.
func everyProcess(t tester, lo, hi float64) []*field.Process {
	var all []*field.Process
	for _, s := range field.Schedules.Names() {
		for _, tg := range field.Targets.Names() {
			all = append(all, must[*field.Process](t)(field.Spec{
				Schedule: choice.Choice{Kind: s}, Target: choice.Choice{Kind: tg},
				Prior: choice.Choice{Kind: "uniform", Params: choice.Values{"min": lo,
					"max": hi}}}.Process()))
		}
	}
	return all
}

// aPoint draws a vector of dimension n, of coordinates on a grid fine enough to
// be generic and coarse enough that their squares do not underflow.
func aPoint(t *rapid.T, n int, name string) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(rapid.IntRange(-2<<20, 2<<20).Draw(t, name)) * 0x1p-20
	}
	return v
}

func aMixture(t *rapid.T) Mixture {
	n, k := rapid.IntRange(1, 6).Draw(t, "dim"), rapid.IntRange(1, 5).Draw(t, "points")
	m := Mixture{Jitter: rapid.SampledFrom([]float64{0, 0.05, 0.5}).Draw(t, "jitter")}
	for range k {
		m.Points = append(m.Points, aPoint(t, n, "x"))
		m.Weights = append(m.Weights, rapid.Float64Range(0.1, 2).Draw(t, "π"))
	}
	return m
}

func norm(v []float64) float64 { return math.Sqrt(dot(v, v)) }

// atOrigin is one atom at 0 in dim dimensions.
func atOrigin(dim int) Mixture { return Mixture{Points: [][]float64{make([]float64, dim)}} }

// along is the point r e₁ of dim dimensions.
func along(dim int, r float64) []float64 {
	u := make([]float64, dim)
	u[0] = r
	return u
}

// near fails unless |got − want| ≤ tol; NaN fails.
func near(t tester, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.17g, want %.17g ± %.2g (off by %.2g)", what, got, want, tol, got-want)
	}
}

func nearVec(t tester, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has dimension %d, want %d", what, len(got), len(want))
	}
	for i := range want {
		near(t, what, got[i], want[i], tol)
	}
}
