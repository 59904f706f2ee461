package exact

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/field"
)

// differ is the derivative of f along dir by the central difference of fourth
// order, whose error is h⁴/30 of a fifth derivative.
func differ(u, dir []float64, h float64, f func([]float64) []float64) []float64 {
	at := func(s float64) []float64 {
		v := slices.Clone(u)
		addScaled(v, s*h, dir)
		return f(v)
	}
	out := at(1)
	for i, v := range at(-1) {
		out[i] = 8 * (out[i] - v)
	}
	addScaled(out, -1, at(2))
	addScaled(out, 1, at(-2))
	for i := range out {
		out[i] /= 12 * h
	}
	return out
}

// nearTo fails unless ‖got − want‖ ≤ tol·(1 + ‖want‖).
func nearTo(t tester, what string, got, want []float64, tol float64) {
	t.Helper()
	d := slices.Clone(got)
	addScaled(d, -1, want)
	if !(norm(d) <= tol*(1+norm(want))) {
		t.Fatalf("%s = %v, want %v (off by %.2g)", what, got, want, norm(d))
	}
}

// Each derivative is the difference quotient of what it derives, for every law and
// for processes that have every coefficient; and the antisymmetric part of the
// Jacobian is what the curl law makes of first derivatives.
func TestDerivatives(t *testing.T) {
	s, vp := field.Linear(), field.VP()
	prior := field.Uniform(0.2, 0.9)
	procs := []*field.Process{field.NewProcess(s, field.Velocity(s), prior),
		field.NewProcess(s, field.Equilibrium(s, field.TruncatedGain(0.8, 4)), prior),
		field.NewProcess(vp, field.Noise(vp), prior), field.NewProcess(vp, field.Data(vp), prior)}
	for _, lc := range everyLaw {
		var blind []*Blind
		for _, p := range procs {
			blind = append(blind, must[*Blind](t)(New(p, lc.law)))
		}
		t.Run(lc.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				checkDerivatives(t, rapid.SampledFrom(blind).Draw(t, "process"))
			})
		})
	}
}

func checkDerivatives(t *rapid.T, a *Blind) {
	u, dir := aPoint(t, a.Dim(), "u"), aPoint(t, a.Dim(), "direction")
	if norm(dir) == 0 || norm(u) < 1e-3 {
		t.Skip("no direction")
	}
	addScaled(dir, 1/norm(dir)-1, dir)
	const h, tol = 0x1p-10, 1e-6
	grad := func(v []float64) []float64 { return mustAt(t, a, v).Grad }
	energy := func(v []float64) []float64 { return []float64{mustEnergy(t, a, v)} }
	nearTo(t, "∇E_marg·d", []float64{dot(grad(u), dir)}, differ(u, dir, h, energy), tol)
	hess := must[Hessian](t)(a.Hessian(u))
	nearTo(t, "∇²E_marg d", hess.Apply(dir), differ(u, dir, h, grad), tol)
	blind := func(v []float64) []float64 { return mustField(t, a, v) }
	jac := must[Jacobian](t)(a.Jacobian(u))
	nearTo(t, "∂f* d", jac.Apply(dir), differ(u, dir, h, blind), tol)
	law, _ := jac.CurlLaw(u)
	curl := jac.Antisymmetric().Dense()
	for i := range law {
		nearTo(t, "curl", curl[i], law[i], 1e-11*(1+jac.Norm()))
	}
	var trace float64
	for i, row := range jac.Dense() {
		trace += row[i]
	}
	near(t, "divergence", jac.Divergence(), trace, 1e-12*(1+jac.Norm()*float64(a.Dim())))
	logGain := func(v []float64) []float64 {
		return []float64{math.Log(math.Abs(mustDecompose(t, a, v).Lambda))}
	}
	slope := func(v []float64) []float64 { return must[Metric](t)(a.Metric(v)).Grad }
	m := must[Metric](t)(a.Metric(u))
	nearTo(t, "∇log λ̄·d", []float64{dot(m.Grad, dir)}, differ(u, dir, h, logGain), tol)
	nearTo(t, "∇²log λ̄ d", m.Hessian.Apply(dir), differ(u, dir, h, slope), tol)
	checkGiven(t, a, u, dir, rapid.Float64Range(0.2, 0.9).Draw(t, "t"))
}

// checkGiven holds what is known at one time to difference quotients, Tweedie's
// formula and ∂D_t/∂u = (a/b²) Cov(x|u,t).
func checkGiven(t *rapid.T, a *Blind, u, dir []float64, at float64) {
	const h, tol = 0x1p-10, 1e-6
	c, k := mustGiven(t, a, u, at), a.Process.At(at)
	nearTo(t, "∇E_t·d", []float64{dot(c.Grad, dir)}, differ(u, dir, h, func(v []float64) []float64 {
		return []float64{mustGiven(t, a, v, at).Energy}
	}), tol)
	nearTo(t, "∇²E_t d", c.Hessian.Apply(dir), differ(u, dir, h, func(v []float64) []float64 {
		return mustGiven(t, a, v, at).Grad
	}), tol)
	moved := differ(u, dir, h, func(v []float64) []float64 { return mustGiven(t, a, v, at).Denoised })
	spread := c.Cov.Apply(dir)
	addScaled(spread, k.A/(k.B*k.B)-1, spread)
	nearTo(t, "∂D_t d", spread, moved, tol)
	left := slices.Clone(u)
	addScaled(left, -k.B*k.B, c.Grad)
	addScaled(left, -k.A, c.Denoised)
	nearTo(t, "u − b²∇E_t − a D_t", left, make([]float64, len(u)), 1e-13)
}
