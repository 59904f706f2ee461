package exact

import (
	"fmt"
	"math"
)

// Times is the posterior of the noise time given a point, p(t | u).
type Times struct {
	Origin
	Mean, Var float64
	// EdgeLo and EdgeHi are as in Posterior.
	EdgeLo, EdgeHi float64
	panels         []timePanel // in ascending time
}

// timePanel is p(t | u) on one panel, as a Legendre series in x, which goes from −1
// to 1 with the distance s to an end of the schedule.
type timePanel struct {
	sp   *span
	mass float64
	c    [order]float64 // of p(t|u) |dt/dx|
}

// Times is the posterior of the noise time of u.
func (a *Blind) Times(u []float64) (*Times, error) {
	s := newScratch() // the panels are kept
	var p Posterior
	s.reset()
	if err := a.at(&p, u, s); err != nil {
		return nil, err
	}
	s.reset()
	j, err := a.join(u, s, a.cut, a.parts.posterior)
	if err != nil {
		return nil, err
	}
	ts := &Times{Origin: p.Origin, Mean: p.Mean, Var: p.Var, EdgeLo: p.EdgeLo, EdgeHi: p.EdgeHi}
	for _, l := range j.leaves {
		panel := timePanel{sp: l.sp}
		for i, x := range gauss.x {
			f := l.scale * l.mass[i]
			panel.mass += gauss.w[i] * f
			was, now := 0.0, 1.0 // P_{m−1}, P_m
			for m := range panel.c {
				panel.c[m] += (float64(m) + 0.5) * gauss.w[i] * f * now
				was, now = now, legendreNext(m, x, was, now)
			}
		}
		ts.panels = append(ts.panels, panel)
	}
	return ts, nil
}

// legendreNext is P_{m+1}(x) from P_{m−1} and P_m.
func legendreNext(m int, x, was, now float64) float64 {
	k := float64(m)
	return ((2*k+1)*x*now - k*was) / (k + 1)
}

// below is the mass of the panel at distances less than that of x in [−1, 1]:
// ∫ P_m = (P_{m+1} − P_{m−1})/(2m + 1).
func (p *timePanel) below(x float64) float64 {
	sum := p.c[0] * (x + 1)
	was, now := 1.0, x
	for m := 1; m < order; m++ {
		next := legendreNext(m, x, was, now)
		sum += p.c[m] * (next - was) / float64(2*m+1)
		was, now = now, next
	}
	return sum
}

// until is the mass of the panel at times up to that of x.
func (p *timePanel) until(x float64) float64 {
	if p.sp.br.sign > 0 {
		return p.below(x)
	}
	return p.mass - p.below(x)
}

// time is that of x.
func (p *timePanel) time(x float64) float64 {
	return p.sp.br.time(p.sp.lo + (p.sp.hi-p.sp.lo)/2*(1+x))
}

// Quantile is the time below which the posterior has mass q in [0, 1].
func (ts *Times) Quantile(q float64) (float64, error) {
	if !(0 <= q && q <= 1) {
		return 0, fmt.Errorf("exact: Quantile: got %v, want a mass in [0, 1]", q)
	}
	for i := range ts.panels {
		p := &ts.panels[i]
		if q > p.mass && i < len(ts.panels)-1 {
			q -= p.mass
			continue
		}
		lo, hi := -1.0, 1.0 // in the direction of time
		for range 60 {
			mid := (lo + hi) / 2
			if p.until(p.sp.br.sign*mid) < q {
				lo = mid
			} else {
				hi = mid
			}
		}
		return p.time(p.sp.br.sign * (lo + hi) / 2), nil
	}
	return 0, fmt.Errorf("exact: Quantile: the posterior has no mass")
}

// Mass is that of the posterior at times from lo to hi.
func (ts *Times) Mass(lo, hi float64) float64 { return ts.until(hi) - ts.until(lo) }

// until is the mass up to t.
func (ts *Times) until(t float64) float64 {
	var sum float64
	for i := range ts.panels {
		p := &ts.panels[i]
		x := 2*(p.sp.br.distance(t)-p.sp.lo)/(p.sp.hi-p.sp.lo) - 1
		switch {
		case p.sp.br.sign*x >= 1:
			sum += p.mass
		case p.sp.br.sign*x > -1:
			sum += p.until(x)
		}
	}
	return math.Min(sum, 1)
}
