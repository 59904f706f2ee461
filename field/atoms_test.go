package field

import (
	"math"
	"testing"
)

// triangle is the data, and probe the point, of the golden table.
var triangle = Mixture{Points: [][]float64{{0.7, -0.4}, {-1.1, 0.3}, {0.2, 1.0}}}
var probe = []float64{0.45, 0.25}

func mustAtoms(t testing.TB, p *Process, m Mixture) *Atoms {
	t.Helper()
	a, err := NewAtoms(p, m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// near fails unless |got − want| ≤ tol; NaN fails.
func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.15g, want %.15g ± %.2g (off by %.2g)", what, got, want, tol, got-want)
	}
}

func nearVec(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has dimension %d, want %d", what, len(got), len(want))
	}
	for i := range want {
		near(t, what, got[i], want[i], tol)
	}
}

// The golden values were computed with 25-digit arithmetic and are quoted to
// the digits given, so half a unit of the last digit is the tolerance.
func TestGoldenFields(t *testing.T) {
	const digits12, digits8 = 6e-13, 6e-9
	prior := Uniform(0.02, 0.98)
	s := Linear()
	for _, tt := range []struct {
		target             Target
		field              []float64
		lambda, drift      float64
		natural, transport []float64
		coarse             float64 // natural and transport are quoted to fewer digits
	}{
		{Noise(s), []float64{.542605161064, .214378664242}, .573160849261, 0,
			[]float64{.59507251, .25551982}, []float64{-.052467347, -.041141159}, digits8},
		{Data(s), []float64{.226321547152, .302094381067}, -2.36767491255, 3.94083576181,
			[]float64{-2.45819, -1.055529}, []float64{.91113542, .3724144}, 6e-6},
		{Velocity(s), []float64{.316283613912, -.0877157168246}, 2.94083576181, -3.94083576181,
			[]float64{3.0532625, 1.3110488}, []float64{-.96360277, -.41355556}, 6e-8},
		{Equilibrium(s, LinearGain(1)), []float64{.223678452848, -.0520943810667}, 2.36767491255,
			-2.94083576181, []float64{2.45819, 1.055529}, []float64{-.91113542, -.3724144}, 6e-6},
	} {
		t.Run(tt.target.Name, func(t *testing.T) {
			p := mustAtoms(t, NewProcess(s, tt.target, prior), triangle).At(probe)
			near(t, "E_marg", p.Energy, 1.65706819447603, 6e-15*10)
			nearVec(t, "∇E_marg", p.Grad, []float64{1.03822951085632, 0.445808228311692}, 6e-15*10)
			near(t, "E[t|u]", p.Mean, .573160849261, digits12)
			near(t, "Var[t|u]", p.Var, .0396965366928, digits12)
			nearVec(t, "f*", p.Field, tt.field, digits12)
			near(t, "λ̄", p.Lambda, tt.lambda, 10*digits12)
			near(t, "c̄", p.Drift, tt.drift, 10*digits12)
			nearVec(t, "natural", p.Natural, tt.natural, tt.coarse)
			nearVec(t, "transport", p.Transport, tt.transport, tt.coarse)
		})
	}
}
