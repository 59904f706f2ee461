package exact

import (
	"fmt"
	"math"
	"slices"
)

// Posterior is what a noise-blind observer can say about one point u. Vectors
// have the dimension of u.
type Posterior struct {
	Origin
	Energy    float64   // E_marg = −log p(u)
	Grad      []float64 // ∇E_marg = E[(u − a D_t)/b² | u], D_t = E[x | u, t]
	Field     []float64 // f* = E[f_t* | u]
	Mean, Var float64   // of t given u
	// EdgeLo and EdgeHi are the posterior density of t at the prior's Min and Max
	// in units of 1/√Var: 0 where the bound decides nothing, about 1 where the
	// posterior leans against it.
	EdgeLo, EdgeHi float64
}

// At is the posterior of u over all noise times.
func (a *Blind) At(u []float64) (Posterior, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	var p Posterior
	err := a.at(&p, u, s)
	return p, err
}

// at sets p, in whose vectors it writes where they have the room.
func (a *Blind) at(p *Posterior, u []float64, s *scratch) error {
	s.reset()
	j, err := a.join(u, s, a.cut, a.parts.posterior)
	if err != nil {
		return err
	}
	s.mean = j.average(time)
	obs := append(s.observables[:0], a.parts.posterior...)
	s.observables = append(obs, s.spread)
	if err := j.refine(s.observables); err != nil {
		return err
	}
	p.Origin = a.origin(j.err)
	p.Energy = -j.log
	p.Grad = slices.Grow(p.Grad[:0], len(u))[:len(u)]
	p.Field = slices.Grow(p.Field[:0], len(u))[:len(u)]
	j.meanTo(p.Grad, one, zero)
	j.meanTo(p.Field, noisePart, dataPart)
	s.mean = j.average(time)
	p.Mean, p.Var = s.mean, j.average(s.spread)
	p.EdgeLo = j.edge(a.Process.Prior.Min, math.Sqrt(p.Var))
	p.EdgeHi = j.edge(a.Process.Prior.Max, math.Sqrt(p.Var))
	return nil
}

// Field is the blind optimum f*(u), what a perfect network without a clock
// outputs at u.
func (a *Blind) Field(u []float64) ([]float64, error) {
	out := make([]float64, len(u))
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	return out, a.field(out, u, s)
}

func (a *Blind) field(out, u []float64, s *scratch) error {
	s.reset()
	j, err := a.join(u, s, a.cut, a.parts.field)
	if err != nil {
		return err
	}
	j.meanTo(out, noisePart, dataPart)
	return nil
}

// Denoised is D*(u) = E[x | u], the blind denoiser.
func (a *Blind) Denoised(u []float64) ([]float64, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	j, err := a.join(u, s, a.cut, a.parts.field)
	if err != nil {
		return nil, err
	}
	return j.mean(zero, one), nil
}

// Energy is E_marg(u) = −log p(u), p normalised over the prior's range.
func (a *Blind) Energy(u []float64) (float64, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	j, err := a.join(u, s, a.cut, nil)
	if err != nil {
		return 0, err
	}
	return -j.log, nil
}

// Decomposition takes the blind field apart:
//
//	f* = Natural + Transport + Drift u
type Decomposition struct {
	Origin
	Lambda    float64   // λ̄ = E[λ | u]
	Drift     float64   // c̄_scale = E[c/a | u]
	Natural   []float64 // λ̄ ∇E_marg
	Transport []float64 // E[(λ − λ̄)(∇E_t − ∇E_marg) | u]
}

// Indecomposable says why f* has no finite decomposition, as Process.Finiteness does; "" where it
// has one.
func (a *Blind) Indecomposable() string { return a.Process.Finiteness().Decomposition.Why }

// decomposable is an error where λ̄ or E[c/a | u] is infinite, as
// Process.Finiteness says, and else the log-weight at which its averages end.
func (a *Blind) decomposable(what string) (cut float64, err error) {
	if why := a.Indecomposable(); why != "" {
		return 0, fmt.Errorf("exact: %s: %s", what, why)
	}
	return max(a.cut, cutFor(a.Process, "λ", "c/a")), nil
}

// Decompose takes f*(u) apart. It is an error where λ̄ or E[c/a | u] is infinite,
// as Process.Finiteness says.
func (a *Blind) Decompose(u []float64) (Decomposition, error) {
	cut, err := a.decomposable("Decompose")
	if err != nil {
		return Decomposition{}, err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	j, err := a.join(u, s, cut, a.parts.decomposition)
	if err != nil {
		return Decomposition{}, err
	}
	d := Decomposition{Origin: a.origin(j.err), Lambda: j.average(lambda), Drift: j.average(drift),
		Natural: j.mean(one, zero)}
	// Σ(λ−λ̄)∇E_marg = 0, so the second factor needs no centring.
	d.Transport = j.mean(func(n *instant) float64 { return n.lambda - d.Lambda }, zero)
	for i := range d.Natural {
		d.Natural[i] *= d.Lambda
	}
	return d, nil
}
