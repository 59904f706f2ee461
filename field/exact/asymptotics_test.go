package exact

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// power is a = 1, b = t^k.
func power(k float64) field.Schedule {
	b := map[float64]field.Expr{0.5: field.T.Sqrt(), 1: field.T, 2: field.T.Square()}[k]
	return field.Schedule{Name: fmt.Sprintf("t^%g", k), A: field.One, B: b, End: 1, Lo: 0, Hi: 1}
}

// Near data of codimension κ under b = t^k and p(t) ∝ t^m the posterior of b² is an
// inverse gamma of shape α = κ/2 − (m+1)/2k (theory.md §4.2), so that r‖∇E_marg‖ → 2α
// and transport over natural is −1/2α where λ ∝ b and −1/α where λ ∝ b². Atoms have
// κ = D, points beside a ring in R^D have κ = D − 1 and beside a subspace D − d.
func TestInverseGammaLimits(t *testing.T) {
	const dim = 8
	ring := func(r float64) []float64 { u := along(dim, 0.5); u[dim-1] = r; return u }
	beside := func(r float64) []float64 { u := along(dim, 0); u[dim-1] = r; return u }
	for _, tt := range []struct {
		name  string
		law   Law
		at    func(r float64) []float64
		kappa float64
		bend  float64 // how the limit is approached: this many powers of r²
	}{
		{"atom", atOrigin(dim), beside, dim, 0},
		{"ring", Lifted{Law: Rings{Radii: []float64{0.5}}, Ambient: dim}, ring, dim - 1, 10},
		{"subspace", Lifted{Law: Flat(3), Ambient: dim}, beside, dim - 3, 0},
	} {
		for _, k := range []float64{0.5, 1, 2} {
			for _, m := range []float64{0, 0.5, 1} {
				alpha := tt.kappa/2 - (m+1)/(2*k)
				const r = 1e-4
				s := power(k)
				prior := field.Uniform(0, 1)
				if m > 0 {
					prior = field.Power(m, 0, 1)
				}
				tol := 1e-10 + tt.bend*r*r + 100*math.Pow(r, 2*alpha-2) // the prior's end at 1
				for target, want := range map[string]float64{"noise": -1 / (2 * alpha), "data": -1 / alpha} {
					tg := field.Noise(s)
					if target == "data" {
						tg = field.Data(s)
					}
					a := must[*Blind](t)(New(field.NewProcess(s, tg, prior), tt.law))
					u := tt.at(r)
					name := fmt.Sprintf("%s k=%g m=%g %s: ", tt.name, k, m, target)
					p, q := mustAt(t, a, u), mustDecompose(t, a, u)
					near(t, name+"r‖∇E‖", r*p.Grad[dim-1], 2*alpha, 2*alpha*tol)
					near(t, name+"transport/natural", q.Transport[dim-1]/q.Natural[dim-1], want, tol)
				}
			}
		}
	}
}

// The posterior of the noise time agrees with the incomplete gamma functions: its
// moments are sums over it, its quantiles are where its mass is.
func TestTimes(t *testing.T) {
	s := field.EDM()
	p := field.NewProcess(s, field.Noise(s), field.Uniform(0, 1))
	a := mustAtoms(t, p, atOrigin(3))
	ts := must[*Times](t)(a.Times(along(3, 0.3)))
	near(t, "E[t]", ts.Mean, 0.300551220297646722, 1e-14)
	near(t, "mass of all", ts.Mass(0, 1), 1, 1e-14)
	// D = 3: p(t|u) ∝ t^−3 e^(−r²/2t²), whose mass below t is e^(−r²/2t² + r²/2).
	for _, at := range []float64{0.05, 0.1, 0.2, 0.5, 0.9} {
		want := math.Exp(-0.045/(at*at) + 0.045)
		near(t, fmt.Sprint("mass below ", at), ts.Mass(0, at), want, 1e-13)
		quantile := must[float64](t)(ts.Quantile(want))
		near(t, fmt.Sprint("quantile of ", want), quantile, at, 1e-12*(1+0.01/want))
	}
	for _, q := range []float64{-1, 1.5, math.NaN()} {
		if v, err := ts.Quantile(q); err == nil {
			t.Errorf("the quantile of %v is %v, want an error", q, v)
		}
	}
	linear := field.Linear() // has a branch on which time runs backwards
	b := mustAtoms(t, field.NewProcess(linear, field.Velocity(linear), field.Uniform(0.02, 0.98)), triangle)
	both := must[*Times](t)(b.Times(probe))
	last := 0.0
	for _, q := range []float64{0, 0.01, 0.3, 0.5, 0.7, 0.99, 1} {
		at := must[float64](t)(both.Quantile(q))
		near(t, fmt.Sprint("mass below the quantile of ", q), both.Mass(0, at), q, 1e-13)
		if !(at >= last) {
			t.Errorf("the quantile of %v is %v, below %v of less", q, at, last)
		}
		last = at
	}
}

// The metric cancels the singularity of the energy: beside an atom λ̄‖∇E_marg‖ is
// bounded, and for λ = b the metric g = I/λ̄ ~ I/r has the scalar curvature of
// r^−1 I, R = λ̄(D−1)(ΔL − (D−2)/4 ‖∇L‖²) with L = log r + const.
func TestMetricBesideAnAtom(t *testing.T) {
	const dim = 8
	s := field.EDM()
	a := mustAtoms(t, field.NewProcess(s, field.Noise(s), field.Uniform(0, 1)), atOrigin(dim))
	gain := math.Gamma(3) / (math.Sqrt2 * math.Gamma(3.5)) // λ̄/r = Γ(α−½)/(√2 Γ(α)), α = (D−1)/2
	for _, r := range []float64{1e-2, 1e-3, 1e-5} {
		m := must[Metric](t)(a.Metric(along(dim, r)))
		near(t, "λ̄/r", m.Lambda/r, gain, 1e-8)
		near(t, "r ∂ log λ̄", r*m.Grad[0], 1, 1e-8)
		want := gain * r * (dim - 1) * ((dim-2)/(r*r) - (dim-2)/4.*1/(r*r))
		near(t, "R", m.Curvature(), want, 1e-7*want)
		// Γ(v, v) of a radial unit vector v is −½ ∂L v: geodesics speed up outwards.
		v, out := along(dim, 1), make([]float64, dim)
		m.Contract(out, v, v)
		near(t, "Γ(e, e)", out[0]*r, -0.5, 1e-8)
		for i := range dim {
			for j := range dim {
				near(t, "Γ^0", m.Christoffel(0, i, j), symbol(m.Grad, 0, i, j), 0)
			}
		}
	}
}

// symbol is ½ g^kl (∂_i g_lj + ∂_j g_li − ∂_l g_ij) for g = I/λ̄.
func symbol(slope []float64, k, i, j int) float64 {
	at := func(p, q, d int) float64 { // λ̄ ∂_d g_pq
		if p == q {
			return -slope[d]
		}
		return 0
	}
	return (at(k, j, i) + at(k, i, j) - at(i, j, k)) / 2
}

// One atom in the plane under a truncated prior: at it the Hessian is
// (D−1)/(D+1) t_min⁻² I (theory.md §4.2.6).
func TestHessianAtAnAtom(t *testing.T) {
	const least = 1e-4
	s := field.EDM()
	for _, dim := range []int{3, 8} {
		a := mustAtoms(t, field.NewProcess(s, field.Noise(s), field.Uniform(least, 1)), atOrigin(dim))
		h := must[Hessian](t)(a.Hessian(make([]float64, dim)))
		want := float64(dim-1) / float64(dim+1) / (least * least)
		for i, row := range h.Dense() {
			unit := make([]float64, dim)
			unit[i] = want
			nearVec(t, "∇²E", row, unit, want*(1e-13+10*math.Pow(least, float64(dim-1))))
			if !slices.Equal(row, h.Apply(axes(dim, dim)[i])) {
				t.Errorf("row %d and the product with its axis differ", i)
			}
		}
	}
}
