package exact

import (
	"fmt"
	"math"
	"slices"
)

// Posterior is what a noise-blind observer can say about one point u. Vectors
// have the dimension of u.
type Posterior struct {
	Energy    float64   // E_marg = −log p(u)
	Grad      []float64 // ∇E_marg = E[(u − a D_t)/v | u], D_t = E[x | u, t]
	Field     []float64 // f* = E[f_t* | u]
	Mean, Var float64   // of t given u
	// EdgeLo and EdgeHi are the posterior density of t at the prior's Min and Max
	// in units of 1/√Var: 0 where the bound decides nothing, about 1 where the
	// posterior leans against it.
	EdgeLo, EdgeHi float64
	// Err estimates the largest error of these averages, each relative to the
	// average of the absolute value of what it adds up: what the quadrature left,
	// and the rounding of the exponents. It is not a bound.
	Err float64
}

// At is the posterior of u over all noise times.
func (a *Atoms) At(u []float64) (Posterior, error) {
	obs := slices.Concat(fieldParts, gradientParts, []observable{time})
	j, err := a.join(u, a.cut, obs...)
	if err != nil {
		return Posterior{}, err
	}
	mean := j.average(time)
	spread := func(n *instant) float64 { return (n.t - mean) * (n.t - mean) }
	if err := j.refine(append(obs, spread)...); err != nil {
		return Posterior{}, err
	}
	p := Posterior{Energy: -j.log, Grad: j.mean(gradient), Field: j.mean(target), Mean: j.average(time),
		Err: j.err}
	mean = p.Mean
	p.Var = j.average(spread)
	p.EdgeLo = j.edge(a.Process.Prior.Min, math.Sqrt(p.Var))
	p.EdgeHi = j.edge(a.Process.Prior.Max, math.Sqrt(p.Var))
	return p, nil
}

// Field is the blind optimum f*(u), what a perfect network without a clock
// outputs at u.
func (a *Atoms) Field(u []float64) ([]float64, error) {
	j, err := a.join(u, a.cut, fieldParts...)
	if err != nil {
		return nil, err
	}
	return j.mean(target), nil
}

// Energy is E_marg(u) = −log p(u), p normalised over the prior's range.
func (a *Atoms) Energy(u []float64) (float64, error) {
	j, err := a.join(u, a.cut)
	if err != nil {
		return 0, err
	}
	return -j.log, nil
}

// Decomposition takes the blind field apart:
//
//	f* = Natural + Transport + Drift u
type Decomposition struct {
	Lambda    float64   // λ̄ = E[λ | u]
	Drift     float64   // E[c/a | u]
	Natural   []float64 // λ̄ ∇E_marg
	Transport []float64 // E[(λ − λ̄)(∇E_t − ∇E_marg) | u]
	Err       float64   // as in Posterior
}

// Decompose takes f*(u) apart. It is an error where λ̄ or E[c/a | u] is infinite,
// as Process.Finiteness says.
func (a *Atoms) Decompose(u []float64) (Decomposition, error) {
	if v := a.Process.Finiteness().Decomposition; !v.Finite {
		return Decomposition{}, fmt.Errorf("exact: Decompose: %s", v.Why)
	}
	cut := max(a.cut, cutFor(a.Process, "λ", "c/a"))
	j, err := a.join(u, cut, decompositionParts...)
	if err != nil {
		return Decomposition{}, err
	}
	d := Decomposition{Lambda: j.average(lambda), Drift: j.average(drift), Natural: j.mean(gradient),
		Err: j.err}
	// Σ(λ−λ̄)∇E_marg = 0, so the second factor needs no centring.
	d.Transport = j.mean(func(n *instant) (s, x float64) {
		s, x = gradient(n)
		return (n.lambda - d.Lambda) * s, (n.lambda - d.Lambda) * x
	})
	for i := range d.Natural {
		d.Natural[i] *= d.Lambda
	}
	return d, nil
}

// Conditional is what an observer told t can say about one point u.
type Conditional struct {
	Energy   float64   // E_t = −log p(u|t)
	Grad     []float64 // ∇E_t
	Denoised []float64 // D_t = E[x | u, t]
	Field    []float64 // f_t* = c D_t + d ε̂_t
}

// Given is the posterior of u when the noise time is known to be t, within the
// schedule. It is an error where a² jitter² + b² is 0 or a coefficient is not
// finite.
func (a *Atoms) Given(u []float64, t float64) (Conditional, error) {
	q, err := a.query(u)
	if err != nil {
		return Conditional{}, err
	}
	if end := a.Process.Schedule.End; !(0 <= t && t <= end) {
		return Conditional{}, fmt.Errorf("exact: Given: got t = %v, want a time in [0, %v]", t, end)
	}
	br := a.near(t)
	n := br.at(br.distance(t), a.data.Jitter)
	n.logPrior = 0
	if !(n.variance > 0) || notFinite([]float64{n.a, n.b, n.c, n.d}) >= 0 {
		return Conditional{}, fmt.Errorf("exact: Given: a, b, c, d = %v, %v, %v, %v at t = %v, want finite "+
			"numbers and noise or jitter", n.a, n.b, n.c, n.d, t)
	}
	j := q.given(n)
	return Conditional{Energy: -j.log, Grad: j.mean(gradient), Field: j.mean(target),
		Denoised: j.mean(denoised)}, nil
}
