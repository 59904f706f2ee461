package exact

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
)

// Blind is the exact blind field of a Law under a process. Every average over
// (t, component) given u is an integral over t of a sum over components with weights
//
//	W_k(t) ∝ w(t) p(t) π_k p(u | t, k)
//
// taken by Gauss–Legendre rules on panels that are chosen for each u: they end
// at the kinks and poles of the process, are bounded to hold all of the
// posterior but e⁻⁵⁰ of it, and are halved until an estimate of the error is at
// rounding. A Blind may be used concurrently. For a Mixture of K points a point
// costs O(K·dim) and, for each panel, 16 exponentials for each datum that matters
// there; the processes known by name take 10 to 20 panels from D = 2 to 3072.
type Blind struct {
	Process  *field.Process
	law      Law
	model    model
	branches []*branch
	spans    []*span // over the prior's range, kink to kink
	all      []int32 // the list of all components
	logMass  float64 // log ∫ w p
	cut      float64 // the log-weight, below the best, at which the field ends
	parts    parts
	weight   string // w(t) in words
}

// New prepares the exact field of a law under p. The prior must lie within
// the schedule, w p must have a finite integral, and a must fall and b rise over
// the prior's range.
func New(p *field.Process, law Law) (*Blind, error) {
	m, err := law.prepare()
	if err != nil {
		return nil, err
	}
	if q := p.Prior; !(0 <= q.Min && q.Min < q.Max && q.Max <= p.Schedule.End && q.Max <= math.MaxFloat64) {
		return nil, fmt.Errorf("exact: New: got a prior on [%v, %v], want a range within [0, %v]",
			q.Min, q.Max, p.Schedule.End)
	}
	if v := p.Finiteness().Energy; !v.Finite {
		return nil, fmt.Errorf("exact: New: want w·p of finite mass: %s", v.Why)
	}
	if err := monotone(p); err != nil {
		return nil, err
	}
	if a := p.At(p.Prior.Max).A; m.flat() && !(a > 0) {
		return nil, fmt.Errorf("exact: New: a flat law has no p(u|t) where a = 0, and the prior [%v, %v] "+
			"reaches a = %v, want a smaller maximum", p.Prior.Min, p.Prior.Max, a)
	}
	a := &Blind{Process: p, law: law, model: m, branches: branches(p), cut: cutFor(p, "c", "d"),
		all: everyComponent(m.components()), parts: partsFor(m.blurs()),
		weight: p.Prior.Weight.String()}
	a.spans = a.segments()
	mass, err := priorMass(a.spans)
	if err != nil {
		return nil, fmt.Errorf("exact: New: w(t)p(t) = %v on [%g, %g]: %w",
			p.Prior.Effective(), p.Prior.Min, p.Prior.Max, err)
	}
	a.logMass = math.Log(mass)
	return a, nil
}

// Dim is the dimension of the data.
func (a *Blind) Dim() int { return a.law.Dim() }

// monotone refuses a schedule whose a rises or whose b falls somewhere on a grid
// over the prior's range: the bounds on a span are those at its ends.
func monotone(p *field.Process) error {
	const cells = 256
	lo, hi := p.Prior.Min, p.Prior.Max
	was := p.At(lo)
	for i := 1; i <= cells; i++ {
		now := p.At(lo + (hi-lo)*float64(i)/cells)
		const slack = 1 + 0x1p-40
		if !(now.A <= was.A*slack && now.B*slack >= was.B && now.A >= 0 && was.B >= 0) {
			return fmt.Errorf("exact: New: schedule %s has a, b = %g, %g at t = %g and %g, %g at %g, "+
				"want a ≥ 0 that falls and b ≥ 0 that rises",
				p.Schedule.Name, was.A, was.B, was.T, now.A, now.B, now.T)
		}
		was = now
	}
	return nil
}

// cutFor is how far below its largest log-weight a posterior may be cut off
// where the named coefficients are averaged over it. A coefficient that grows
// like s^−q at an end of the prior has, below a mass m there, m^(1−q) of its
// average: q is capped at ¾.
func cutFor(p *field.Process, quantities ...string) float64 {
	var order float64
	for _, pole := range p.Poles() {
		for _, q := range quantities {
			if pole.Quantity == q && p.Prior.Min <= pole.At && pole.At <= p.Prior.Max {
				order = max(order, min(pole.Order, 0.75))
			}
		}
	}
	return 50 / (1 - order)
}

// priorMass is ∫ w p over spans, each halved until its error is negligible.
func priorMass(spans []*span) (float64, error) {
	scr := new(scratch)
	type part struct {
		sp        *span
		size, err float64
	}
	integrate := func(sp *span) part {
		var f [order]float64
		for i, n := range sp.instants(scr) {
			f[i] = math.Exp(n.logPrior)
		}
		size, err := gauss.integrate(&f)
		return part{sp, size, err}
	}
	var parts []part
	for _, sp := range spans {
		parts = append(parts, integrate(sp))
	}
	for {
		var total float64
		for _, p := range parts {
			total += p.size
		}
		if !(0 < total && total <= math.MaxFloat64) {
			return 0, fmt.Errorf("got an integral of %v, want a positive number", total)
		}
		var next []part
		for _, p := range parts {
			switch {
			case p.err <= tolerance*total:
				next = append(next, p)
			case !p.sp.halvable() || len(next) > mostLeaves:
				return 0, fmt.Errorf("its integral is not resolved between t = %g and %g",
					p.sp.br.time(p.sp.lo), p.sp.br.time(p.sp.hi))
			default:
				for _, h := range p.sp.halves(scr) {
					next = append(next, integrate(h))
				}
			}
		}
		if len(next) == len(parts) {
			return total, nil
		}
		parts = next
	}
}
