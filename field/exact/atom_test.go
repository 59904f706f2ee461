package exact

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// One atom at 0, a = 1, b = t uniform on [lo, hi]: every average is an
// incomplete gamma function and needs no quadrature (theory.md §4.2.8). The
// values are printed by testdata/golden.py. An exponent of size D log(1/t) is
// rounded by as much of 2⁻⁵³, which is the tolerance, and each result holds to
// ten times the error it reports.
func TestIncompleteGammaOracle(t *testing.T) {
	s := field.EDM()
	for _, tt := range []struct {
		dim                                 int
		r, lo, hi                           float64
		energy, mean, variance, speed, grad float64
	}{
		{3, 0.3, 0, 1, 0.39386999096214624, 0.300551220297646722, 0.0305656372893626696,
			1.30183740099215574, 6.96666666666666667},
		{8, 0.7, 0, 2, 2.61409394679552592, 0.297867394902483278, 0.00924926272053471855,
			2.5532410717836901, 10.0000459863097739},
		{16, 2, 0, 1, 13.0626685487962611, 0.542906410997104047, 0.010926228113685405,
			3.81346648207935622, 7.51312160509962789},
		// The prior cuts the posterior off at 0.002, of which it keeps 1/D.
		{512, 1e-3, 0.002, 1, -2698.8093291527096, 0.00200392347691159862, 1.54541276095486377e-11,
			0.499022964142467495, 249.024869613585527},
		{3072, 1e-3, 0.002, 1, -16253.9296210890571, 0.00200065151878426692, 4.24753325931738156e-13,
			0.4998372263540156, 249.837279327287149},
		// So near the atom that the peak lies far below the spacing of numbers near 1.
		{100, 1e-12, 0, 1, -2819.81215823476233, 1.01273270916473966e-13, 5.30029483939322683e-29,
			9.92478054981444867, 99e12},
		{3072, 1e-100, 0, 1, -715091.6546325574, 1.80495416646229903e-102, 5.30812134936028734e-208,
			55.4120929103925803, 3.071e+103},
		{3072, 3, 0, 1, -4593.93423558620535, 0.054148624993868971, 4.77730921442425861e-7,
			55.4120929103925803, 1023.66666666666667},
	} {
		p := field.NewProcess(s, field.Noise(s), field.Uniform(tt.lo, tt.hi)) // f* = E[u/t | u]
		got := mustAt(t, mustAtoms(t, p, atOrigin(tt.dim)), along(tt.dim, tt.r))
		name := fmt.Sprintf("D=%d r=%g [%g, %g]: ", tt.dim, tt.r, tt.lo, tt.hi)
		if !(got.Err < 2e-10) {
			t.Errorf("%sreports an error of %.2g, want less than 2e-10", name, got.Err)
		}
		tol := min(10*got.Err, 1e-10)
		near(t, name+"E_marg", got.Energy, tt.energy, tol*(1+math.Abs(tt.energy)))
		near(t, name+"E[t]", got.Mean, tt.mean, tol*tt.mean)
		near(t, name+"Var[t]", got.Var, tt.variance, tol*tt.variance)
		near(t, name+"r E[1/t]", got.Field[0], tt.speed, tol*tt.speed)
		near(t, name+"|∇E|", got.Grad[0], tt.grad, tol*tt.grad)
	}
}

// One atom at x ≠ 0 on the linear schedule and u = x + r e with e ⟂ x: the shift
// of a x is of the order of b, and 1 − a must be t and not 1 − (1 − t). The
// values are printed by testdata/golden.py.
func TestAtomOffTheOrigin(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	for _, tt := range []struct {
		dim         int
		r, size     float64
		speed, mean float64
	}{
		{dim: 6, r: 1e-6, size: 1.5, speed: 2.12769216214097428, mean: 5.31923040535243571e-7},
		{dim: 6, r: 1e-12, size: 1.5, speed: 2.12769216214097428, mean: 5.31923040535243571e-13},
		{dim: 100, r: 1e-6, size: 8, speed: 9.92478054981444867, mean: 1.01273270916473966e-7},
	} {
		x := along(tt.dim, tt.size)
		u := along(tt.dim, tt.size)
		u[1] = tt.r
		got := mustAt(t, mustAtoms(t, p, Mixture{Points: [][]float64{x}}), u)
		name := fmt.Sprintf("D=%d r=%g: ", tt.dim, tt.r)
		near(t, name+"E[r/t]", got.Field[1], tt.speed, 1e-13*tt.speed)
		near(t, name+"E[t]", got.Mean, tt.mean, 1e-13*tt.mean)
	}
}
