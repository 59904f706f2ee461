package exact

import "math"

// seenTime is a time at which a crowd's likelihood is known: ℓ there, and the log-weight, of p(u|t) w p.
type seenTime struct {
	instant
	ell, log float64
}

// stretch is a span with what is known of a crowd's log-weight on it.
type stretch struct {
	sp     *span
	lo, hi seenTime
	most   float64 // about the largest, from above
}

// samples is at how many times the bound of a stretch is looked at.
const samples = 9

// mostStretches is how many times a crowd is located with at most.
const mostStretches = 64

// locate finds the stretches that hold all of the posterior but exp(−cut) of it, and in left the
// log of what others may hold. The log of a sum of exponentials that are linear in p and q is
// convex, so that on the chord of a stretch ℓ is at most what its ends say, and it grows by at most
// max ‖x‖² with a q that is less: an exponential for each datum bounds both halves of a stretch.
func (g *crowdSight) locate(cut float64) (found []stretch, left float64, ok bool) {
	s := g.s
	queue := s.stretches[:0]
	defer func() { s.stretches = queue[:0] }()
	left = math.Inf(-1)
	for _, sp := range g.d.spans {
		queue = append(queue, g.stretch(sp, g.at(sp.br.weighs(sp.lo)), g.at(sp.br.weighs(sp.hi))))
	}
	for range mostStretches {
		best, next := math.Inf(-1), -1
		for i := range queue {
			best = max(best, queue[i].least())
		}
		kept := queue[:0]
		for _, st := range queue {
			if mass := st.most + st.width(); mass < best-cut {
				left = max(left, mass)
				continue
			}
			kept = append(kept, st)
		}
		queue = kept
		for i := range queue {
			if !queue[i].settled() && (next < 0 || queue[i].most > queue[next].most) {
				next = i
			}
		}
		if next < 0 {
			return queue, left, len(queue) > 0
		}
		st := queue[next]
		if math.IsNaN(st.most) || !st.sp.halvable() {
			return nil, 0, false
		}
		halves := st.sp.halves(s)
		middle := g.at(halves[0].br.weighs(halves[0].hi))
		queue[next] = g.stretch(halves[0], st.lo, middle)
		queue = append(queue, g.stretch(halves[1], middle, st.hi))
	}
	return nil, 0, false
}

// at is what is known at n, where one datum is nearest at about all times, or is looked for.
func (g *crowdSight) at(n instant) seenTime {
	p, q := g.slopes(&n)
	ell := [1]float64{p*g.ux[g.first] - q*g.norms[g.first]}
	g.partition([]instant{n}, ell[:])
	if math.IsInf(ell[0], 0) || math.IsNaN(ell[0]) {
		ell[0] = (g.u2 - nearest(g.r2, g.ux, g.norms, g.u2, n.a, n.a)) / (2 * n.variance(g.jitter2))
		g.partition([]instant{n}, ell[:])
	}
	return seenTime{n, ell[0], g.normal(&n) + ell[0] + n.logPrior}
}

// width is the log of the length of st.
func (st *stretch) width() float64 { return math.Log(st.sp.hi - st.sp.lo) }

// top is the largest log-weight that is known.
func (st *stretch) top() float64 { return max(st.lo.log, st.hi.log) }

// least is about the log of the mass that st has at least: a peak may be at an end, and narrow.
func (st *stretch) least() float64 { return st.top() + st.width() - 2*explained }

// settled reports whether there is no peak that the ends of st do not tell.
func (st *stretch) settled() bool { return st.most-st.top() <= explained }

// stretch bounds the log-weight on sp.
func (g *crowdSight) stretch(sp *span, lo, hi seenTime) stretch {
	st := stretch{sp: sp, lo: lo, hi: hi, most: math.Inf(-1)}
	if v, _ := sp.variance(g.jitter2); !(g.lost(v) < mostLost) {
		// Sums over the crowd say nothing at the lower end.
		st.lo.log, st.hi.log = math.Inf(-1), math.Inf(-1)
		most, _ := g.bound(sp)
		st.most = most + g.d.logMass - st.width()
		return st
	}
	p0, q0 := g.slopes(&lo.instant)
	p1, q1 := g.slopes(&hi.instant)
	var log [samples]float64
	for i := range log {
		n := sp.br.weighs(sp.lo + (sp.hi-sp.lo)*(float64(i)+0.5)/samples)
		p, q := g.slopes(&n)
		along := 0.5
		if p1 != p0 {
			along = (p - p0) / (p1 - p0)
		}
		ell := lo.ell + along*(hi.ell-lo.ell) + max(0, q0+along*(q1-q0)-q)*g.d.farthest
		log[i] = g.normal(&n) + ell + n.logPrior
		st.most = max(st.most, log[i])
	}
	var bend float64
	for i := 2; i < samples; i++ {
		bend = max(bend, math.Abs(log[i]-2*log[i-1]+log[i-2]))
	}
	st.most = max(st.most+bend, st.top())
	return st
}
