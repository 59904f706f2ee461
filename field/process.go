package field

import "fmt"

// Process is a schedule, a target and a prior, with all that follows from them
// derived once: λ and c/a by Equation 15, μ and ν by Equation 63 of "The geometry
// of noise" (arXiv 2602.18428). It is immutable and safe for concurrent use.
type Process struct {
	Schedule Schedule
	Target   Target
	Prior    Prior
	Spec     Spec // what it was built from, with every parameter; empty if by hand

	DA, DB Expr // ȧ, ḃ
	Det    Expr // a d − b c
	Lambda Expr // λ = (b/a)(d a − c b), the gain on ∇E_t
	Drift  Expr // c/a, the gain on u
	Mu, Nu Expr // u̇ = μ u + ν f

	poles  []Pole
	finite Finiteness
}

// NewProcess derives a process. The target must have been built for s, and the
// range of the prior must lie in [0, s.End]; a Spec checks what this does not.
func NewProcess(s Schedule, target Target, prior Prior) *Process {
	a, b, c, d := s.A, s.B, target.C, target.D
	p := &Process{Schedule: s, Target: target, Prior: prior, DA: s.DA(), DB: s.DB()}
	wronskian := p.DB.Mul(a).Sub(p.DA.Mul(b))
	if g := target.Gain; g != nil { // (c, d) = κ(ȧ, ḃ): every form has κ as a factor
		p.Det = g.Mul(wronskian)
		p.Lambda = b.Div(a).Mul(p.Det)
		p.Mu, p.Nu = Zero, One.Div(*g)
	} else {
		p.Det = a.Mul(d).Sub(b.Mul(c))
		p.Lambda = b.Div(a).Mul(p.Det)
		p.Mu = p.DA.Mul(d).Sub(p.DB.Mul(c)).Div(p.Det)
		p.Nu = wronskian.Div(p.Det)
	}
	p.Drift = c.Div(a)
	p.poles = findPoles(p)
	p.finite = finiteness(p)
	return p
}

// String is the process in one line of mathematics.
func (p *Process) String() string {
	return fmt.Sprintf("%s/%s: a=%v b=%v c=%v d=%v, t~%s[%g, %g] w=%v",
		p.Schedule.Name, p.Target.Name, p.Schedule.A, p.Schedule.B, p.Target.C, p.Target.D,
		p.Prior.Name, p.Prior.Min, p.Prior.Max, p.Prior.Weight)
}

// Coefficients are the numbers of a process at one time.
type Coefficients struct {
	T          float64
	A, B, C, D float64 // u = a x + b ε,  r = c x + d ε
}

// At evaluates a, b, c, d at t.
func (p *Process) At(t float64) Coefficients {
	return Coefficients{t, p.Schedule.A.Eval(t), p.Schedule.B.Eval(t), p.Target.C.Eval(t), p.Target.D.Eval(t)}
}

// Det is a d − b c.
func (k Coefficients) Det() float64 { return k.A*k.D - k.B*k.C }

// Split solves u = a x + b ε, f = c x + d ε for the datum and the noise that a
// field value f at u stands for. x, eps, u, f have one length; x may be u and
// eps may be f. Where det = 0 the results are not finite.
func (k Coefficients) Split(x, eps, u, f []float64) {
	det := k.Det()
	for i := range u {
		ui, fi := u[i], f[i]
		x[i] = (k.D*ui - k.B*fi) / det
		eps[i] = (k.A*fi - k.C*ui) / det
	}
}

// Step gives the exact move from t to t1 for the (x, ε) that (u, f) stand for:
// u(t1) = κ u + η f(u). It is Euler for velocity on the linear schedule, DDIM
// (Song et al., arXiv 2010.02502) for noise prediction and EDM's Euler step for
// data prediction. Where det(t) = 0 the results are not finite.
//
//	κ = (a' d − b' c)/det,   η = (b' a − a' b)/det
func (p *Process) Step(t, t1 float64) (kappa, eta float64) {
	return p.At(t).Move(p.Schedule.A.Eval(t1), p.Schedule.B.Eval(t1))
}

// Move gives κ and η of a' x + b' ε = κ u + η f for the (x, ε) that (u, f) stand for.
func (k Coefficients) Move(a1, b1 float64) (kappa, eta float64) {
	det := k.Det()
	return (a1*k.D - b1*k.C) / det, (b1*k.A - a1*k.B) / det
}
