package field

import (
	"fmt"
	"math"
	"strings"
)

// Verdict says whether an average over noise times is finite, and why not.
type Verdict struct {
	Finite bool
	Why    string // one clause, empty where the average is finite
}

// Finiteness says which averages over t ~ p(t) exist for a process. Each is an
// integral over the prior's range, and it is finite where, at both ends of that
// range and at every pole inside, the integrand grows more slowly than one over
// the distance. Orders are derived from the expressions, and measured to a quarter
// where their leading terms cancel. Averages given u take p(u|t) as bounded and not
// 0 at the ends, as it is for data with a density; beside an isolated datum it
// vanishes at t = 0, and more is finite.
type Finiteness struct {
	// Loss is that of E[w ‖f − r‖²] for a bounded field f, before and during
	// training: ∫ w p (1 + c² + d²) dt. Where it is infinite a batch's loss has
	// no mean to converge to, and a few times near the pole make the gradient.
	Loss Verdict
	// Energy is that of the marginal p(u) = ∫ p(u|t) w p dt, which is a density
	// where ∫ w p dt is finite.
	Energy Verdict
	// Decomposition is that of λ̄ = E[λ | u] and E[c/a | u]: ∫ w p (|λ| + |c/a|)
	// dt. The field f* = E[f_t* | u] is finite wherever the loss is; where these
	// are not, its natural, transport and drift terms are infinite and cancel.
	// A prior's point masses (Prior.Clamped) are left out, as package
	// field/exact leaves them out.
	Decomposition Verdict
}

// Finiteness is the verdict on each average of p.
func (p *Process) Finiteness() Finiteness { return p.finite }

// Warnings has one line for each thing that whoever trains p must know: today
// that is a loss without a finite mean. What concerns only those who take the
// field apart is in Notes.
func (p *Process) Warnings() []string { return infinite(p.finite.Loss) }

// Notes has one line for each average that training and sampling do without
// and that is not finite.
func (p *Process) Notes() []string { return infinite(p.finite.Energy, p.finite.Decomposition) }

func infinite(verdicts ...Verdict) []string {
	var why []string
	for _, v := range verdicts {
		if !v.Finite {
			why = append(why, v.Why)
		}
	}
	return why
}

// place is a point at which an integrand may grow, seen from one side, with
// whether the prior has a point mass there.
type place struct {
	at, side float64
	mass     bool
}

func finiteness(p *Process) Finiteness {
	wp := p.Prior.Effective()
	c, d := p.Target.C, p.Target.D
	size := One.Add(c.Square()).Add(d.Square())
	var f Finiteness
	ends := p.ends()
	if where := p.diverges(wp.Mul(size), p.Prior.Weight.Mul(size), ends); where != "" {
		f.Loss.Why = "the training loss has no finite mean: w·p·(1+c²+d²) " + where
	}
	if where := p.diverges(wp, Zero, ends); where != "" {
		f.Energy.Why = "the marginal energy has no finite normaliser: w·p " + where
	}
	var averages []string
	var why string
	for _, q := range []struct {
		average, integrand string
		e                  Expr
	}{{"E[λ|u]", "w·p·λ", p.Lambda}, {"E[c/a|u]", "w·p·c/a", p.Drift}} {
		where := p.diverges(wp.Mul(q.e), Zero, ends)
		if where == "" {
			continue
		}
		if averages = append(averages, q.average); why == "" {
			why = q.integrand + " " + where
		}
	}
	if why != "" {
		f.Decomposition.Why = "f* has no finite decomposition (" + strings.Join(averages, ", ") + "): " + why
	}
	for _, v := range []*Verdict{&f.Loss, &f.Energy, &f.Decomposition} {
		v.Finite = v.Why == ""
	}
	return f
}

// ends lists the ends of the prior's range and the poles of p inside it.
func (p *Process) ends() []place {
	lo, hi := p.Prior.Min, p.Prior.Max
	const far = 9 // the mass of a normal beyond is 1e-19
	clamped := p.Prior.Base == NormalBase
	list := []place{
		{lo, 1, clamped && p.Prior.Quantile.Eval(-far) <= lo},
		{hi, -1, clamped && p.Prior.Quantile.Eval(far) >= hi},
	}
	for _, pole := range p.poles {
		if lo < pole.At && pole.At < hi {
			list = append(list, place{pole.At, 1, false}, place{pole.At, -1, false})
		}
	}
	return list
}

// diverges says in words where the integral of density is infinite, or the
// value of atPoint at a point mass of the prior; "" where neither is.
func (p *Process) diverges(density, atPoint Expr, ends []place) string {
	for _, e := range ends {
		g := growthAt(density, e.at, e.side)
		switch point := growthAt(atPoint, e.at, e.side); {
		case !g.known:
			return fmt.Sprintf("has an unknown order at t = %g", e.at)
		case !g.integrable():
			return fmt.Sprintf("grows like %s, and the prior [%g, %g] reaches t = %g",
				g.text(e.at), p.Prior.Min, p.Prior.Max, e.at)
		case e.mass && point.order() > 0:
			return fmt.Sprintf("grows like %s, and the prior clamps draws to t = %g", point.text(e.at), e.at)
		}
	}
	return ""
}

// text is g as a function of the distance to at, for people: |t-1|^-1.
func (g growth) text(at float64) string {
	distance := "t"
	if at != 0 {
		distance = fmt.Sprintf("|t-%g|", at)
	}
	switch {
	case g.flat > 0:
		return "no power of " + distance
	case g.log != 0:
		return fmt.Sprintf("%s^%g·log^%g", distance, g.power, g.log)
	}
	return fmt.Sprintf("%s^%g", distance, math.Min(g.power, 0))
}
