package exact

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// The golden values of theory.md §9.2 were computed with 25-digit arithmetic and
// are quoted to the digits given, so half a unit of the last is the tolerance.
func TestGoldenFields(t *testing.T) {
	const digits12, digits8 = 6e-13, 6e-9
	prior := field.Uniform(0.02, 0.98)
	s := field.Linear()
	for _, tt := range []struct {
		target             field.Target
		field              []float64
		lambda, drift      float64
		natural, transport []float64
		coarse             float64 // natural and transport are quoted to fewer digits
	}{
		{field.Noise(s), []float64{.542605161064, .214378664242}, .573160849261, 0,
			[]float64{.59507251, .25551982}, []float64{-.052467347, -.041141159}, digits8},
		{field.Data(s), []float64{.226321547152, .302094381067}, -2.36767491255, 3.94083576181,
			[]float64{-2.45819, -1.055529}, []float64{.91113542, .3724144}, 6e-6},
		{field.Velocity(s), []float64{.316283613912, -.0877157168246}, 2.94083576181, -3.94083576181,
			[]float64{3.0532625, 1.3110488}, []float64{-.96360277, -.41355556}, 6e-8},
		{field.Equilibrium(s, field.LinearGain(1)), []float64{.223678452848, -.0520943810667}, 2.36767491255,
			-2.94083576181, []float64{2.45819, 1.055529}, []float64{-.91113542, -.3724144}, 6e-6},
	} {
		t.Run(tt.target.Name, func(t *testing.T) {
			a := mustAtoms(t, field.NewProcess(s, tt.target, prior), triangle)
			p, d := mustAt(t, a, probe), mustDecompose(t, a, probe)
			near(t, "E_marg", p.Energy, 1.65706819447603, 6e-15*10)
			nearVec(t, "∇E_marg", p.Grad, []float64{1.03822951085632, 0.445808228311692}, 6e-15*10)
			near(t, "E[t|u]", p.Mean, .573160849261, digits12)
			near(t, "Var[t|u]", p.Var, .0396965366928, digits12)
			nearVec(t, "f*", p.Field, tt.field, digits12)
			near(t, "λ̄", d.Lambda, tt.lambda, 10*digits12)
			near(t, "c̄", d.Drift, tt.drift, 10*digits12)
			nearVec(t, "natural", d.Natural, tt.natural, tt.coarse)
			nearVec(t, "transport", d.Transport, tt.transport, tt.coarse)
		})
	}
}

// What follows is printed by
//
//	python3 -m pip install mpmath && python3 field/exact/testdata/golden.py
//
// in 40-digit arithmetic and quoted to 18 digits.

// The gain of Equilibrium Matching has a kink at t = 1 − cut, where panels end:
// across it the rule would be off by 2e-5.
func TestKinkOfTruncatedGain(t *testing.T) {
	const energy, mean = 1.6825046484000357, 0.579524152651140744
	s := field.Linear()
	for _, tt := range []struct {
		cut, gain float64
		field     []float64
	}{
		{0.8, 4, []float64{1.2780551288522595, -0.349811087073153688}},
		{0.3, 1, []float64{0.294505408477017178, -0.0708423096471148126}},
		{0.999, 2, []float64{0.638773108369902361, -0.17430449322241414}},
	} {
		target := field.Equilibrium(s, field.TruncatedGain(tt.cut, tt.gain))
		p := field.NewProcess(s, target, field.Uniform(0, 1))
		got := mustAt(t, mustAtoms(t, p, triangle), probe)
		name := fmt.Sprintf("cut %g, gain %g: ", tt.cut, tt.gain)
		nearVec(t, name+"f*", got.Field, tt.field, 2e-15*tt.gain)
		near(t, name+"E_marg", got.Energy, energy, 2e-15)
		near(t, name+"E[t|u]", got.Mean, mean, 2e-15)
		near(t, name+"estimated error", got.Err, 0, 1e-13)
	}
}

// A logit-normal prior vanishes at t = 1 faster than λ = t/(1−t) grows, so that
// the decomposition of flow matching is finite under it.
func TestLogitNormalDecomposition(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.LogitNormal(0, 1, 0, 1))
	a := mustAtoms(t, p, triangle)
	d, q := mustDecompose(t, a, probe), mustAt(t, a, probe)
	near(t, "λ̄", d.Lambda, 1.60022673305528058, 1e-14)
	near(t, "E[c/a|u]", d.Drift, -2.60022673305528058, 1e-14)
	near(t, "E_marg", q.Energy, 1.45413581664468555, 2e-15)
	near(t, "E[t|u]", q.Mean, 0.52899406273613487, 2e-15)
	near(t, "density at the lower bound", q.EdgeLo, 0, 0)
	near(t, "density at the upper bound", q.EdgeHi, 0, 0)
}
