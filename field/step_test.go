package field

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A two-point step lands on a(t')x + b(t')ε, and its slope at t' = t is the
// field's ODE: κ → 1 + μ(t'−t), η → ν(t'−t).
func TestStepIsExactAndConsistent(t *testing.T) {
	procs := everyProcess(0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		at := rapid.Float64Range(0.1, 0.9).Draw(t, "t")
		to := rapid.Float64Range(0.1, 0.9).Draw(t, "t'")
		k, k1 := p.At(at), p.At(to)
		x, eps := rapid.Float64Range(-3, 3).Draw(t, "x"), rapid.Float64Range(-3, 3).Draw(t, "ε")
		kappa, eta := p.Step(at, to)
		got := kappa*(k.A*x+k.B*eps) + eta*(k.C*x+k.D*eps)
		want := k1.A*x + k1.B*eps
		size := 3 * (1 + math.Abs(k.C) + math.Abs(k.D)) * (1 + math.Abs(kappa) + math.Abs(eta))
		if tol := 32 * u64 * size * (1 + 1/math.Abs(k.Det())); !(math.Abs(got-want) <= tol) {
			t.Fatalf("%v: step %v→%v lands at %v, want %v ± %.2g", p, at, to, got, want, tol)
		}
		// Central differences: error h²·third derivative and rounding/h. a and b
		// have third derivatives below 2000 on [0.1, 0.9] (√t: 3/8·t^−5/2 = 119).
		const h = 0x1p-16
		kp, ep := p.Step(at, at+h)
		km, em := p.Step(at, at-h)
		scale := (1 + math.Abs(k.C) + math.Abs(k.D)) / math.Abs(k.Det())
		tol := scale * (2000*h*h + 16*u64/h)
		mu, nu := (kp-km)/(2*h), (ep-em)/(2*h)
		if !(math.Abs(mu-p.Mu.Eval(at)) <= tol && math.Abs(nu-p.Nu.Eval(at)) <= tol) {
			t.Fatalf("%v at %v: slopes %v, %v, want μ, ν = %v, %v ± %.2g",
				p, at, mu, nu, p.Mu.Eval(at), p.Nu.Eval(at), tol)
		}
	})
}

// The two-point step is Euler for velocity on the linear schedule, DDIM for
// noise prediction on any, and EDM's Euler step for a denoiser.
func TestStepNames(t *testing.T) {
	const at, to = 0.7, 0.4
	check := func(name string, p *Process, kappa, eta float64) {
		k, e := p.Step(at, to)
		near(t, name+": κ", k, kappa, 16*u64)
		near(t, name+": η", e, eta, 16*u64)
	}
	lin, edm := Linear(), EDM()
	check("Euler", NewProcess(lin, Velocity(lin), Uniform(0, 1)), 1, to-at)
	check("EDM", NewProcess(edm, Data(edm), Uniform(0, 1)), to/at, 1-to/at)
	check("x = EqM on u−D", NewProcess(lin, Data(lin), Uniform(0, 1)), to/at, (1-to)-(1-at)*to/at)
	// EqM with κ = t through the unified ODE is x-prediction: f = u − D.
	q := NewProcess(lin, Equilibrium(lin, LinearGain(1)), Uniform(0, 1))
	check("EqM", q, 1, (to-at)/at)
	for _, s := range []Schedule{lin, VP(), Trig(), VPSDE(0.1, 20), Cosine(0.008)} {
		a, b, a1, b1 := s.A.Eval(at), s.B.Eval(at), s.A.Eval(to), s.B.Eval(to)
		k, e := NewProcess(s, Noise(s), Uniform(0, 1)).Step(at, to)
		near(t, "DDIM κ on "+s.Name, k, a1/a, 16*u64*a1/a)
		near(t, "DDIM η on "+s.Name, e, b1-a1*b/a, 16*u64*(b1+a1*b/a))
	}
}

// Along the straight path of one datum EqM's field is κ(t)(ε − x), so gradient
// descent is dt/ds = −κ(t): what noise the published recipes leave behind.
// NAG is t' = t − ηκ(t + μ(t − t_prev)).
func TestResidualNoiseOfEqMRecipes(t *testing.T) {
	kappa := TruncatedGain(0.8, 4)
	run := func(eta, mu float64, updates int) (end, factor float64) {
		now, prev := 1.0, 1.0
		for range updates {
			now, prev = now-eta*kappa.Eval(now+mu*(now-prev)), now
		}
		return now, now / prev
	}
	for _, tt := range []struct {
		eta, mu, want, digit float64
	}{
		{0.003, 0, 2.5e-6, 0.05e-6},
		{0.0017, 0.3, 2.2e-3, 0.05e-3},
		{0.0017, 0, 2.1e-3, 0.05e-3},
	} {
		end, _ := run(tt.eta, tt.mu, 249)
		near(t, fmt.Sprintf("residual at η=%g μ=%g", tt.eta, tt.mu), end, tt.want, tt.digit)
	}
	// Once straight, NAG contracts by the root r of r = 1 − 20η(1 + μ(1 − 1/r)),
	// that is r² = (1 − s(1+μ)) r + sμ with s = 20η: slower than descent.
	const s, mu = 20 * 0.0017, 0.3
	lin := 1 - s*(1+mu)
	root := (lin + math.Sqrt(lin*lin+4*s*mu)) / 2
	_, nag := run(0.0017, 0.3, 249)
	_, gd := run(0.0017, 0, 249)
	near(t, "NAG tail", nag, root, 1e-12)
	near(t, "NAG tail as published", root, 0.96635, 1e-5)
	near(t, "GD tail", gd, 0.966, 1e-12)
	// Above η = 2/20 the tail no longer contracts.
	if end, _ := run(0.101, 0, 2000); math.Abs(end) < 1e-3 {
		t.Errorf("η = 0.101 converged to %v, want no convergence above 2/20", end)
	}
}
