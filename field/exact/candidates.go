package exact

import (
	"math"
	"slices"
)

const (
	// levels is how often the prior's range is halved to see which data matter, and early
	// after how many all are looked at: if half of them matter on one span they are a crowd.
	levels, early = 7, 4
	// guessed is how far the log-weight of a datum in the middle of a span may lie above
	// the largest there will be. Where it lies further the guess is found out.
	guessed = 10
	// crowded is the share of the data from which on all of them are a crowd, and fewest
	// how many are one of their own.
	crowded, fewest = 8, 32
)

// seen is one point as it is seen by its products with data alone: ‖u − a x‖² = u2 − 2 a u·x
// + a² ‖x‖² to within doubt, which products of D terms in float64 make of it.
type seen struct {
	d         *Dataset
	u         []float64
	ux, norms []float64 // u·x and ‖x‖²
	u2        float64
	doubt     float64
	r2        []float64 // working memory, of as many
	first     int       // the datum nearest to the segment from 0 to u
	least     float64   // and at most how near, squared
	dim       int
	jitter2   float64
}

func (d *Dataset) seen(u, ux, norms []float64, s *scratch) *seen {
	u2 := dot(u, u)
	g := &seen{d: d, u: u, ux: ux, norms: norms, u2: u2, r2: s.floats.raw(len(ux)), dim: len(u),
		doubt: 0x1p-51 * float64(len(u)+4) * (u2 + d.farthest), jitter2: d.points.Jitter * d.points.Jitter}
	g.least = nearest(g.r2, ux, norms, u2, 0, 1)
	g.first = max(0, slices.Index(g.r2, g.least))
	g.least = max(0, g.least-g.doubt)
	return g
}

// weight is at most log π_k p(u|t,k) + log w p at n.
func (g *seen) weight(n *instant, k int) float64 {
	r2 := max(0, g.u2+n.a*(n.a*g.norms[k]-2*g.ux[k])) + g.doubt
	return g.d.points.logPi[0] + logGauss(g.dim, r2, n.variance(g.jitter2)) + n.logPrior
}

// candidates lists the data that may matter to u down to cut, provided that the largest
// log-weight is at least guess. Every list of a span that is left has what may have a weight of guess −
// cut there; halving tells more and more data off.
func (g *seen) candidates(cut float64, s *scratch) (list []int32, many bool, guess float64) {
	d, ux := g.d, g.ux
	guess, at := g.guess()
	type part struct {
		sp   *span
		list []int32
	}
	slack := d.logMass + math.Log(float64(len(ux)))
	if 2*g.within(d.early[at>>(levels-early)], guess-cut-slack) > len(ux) {
		return nil, true, guess
	}
	var level, next []part
	for _, sp := range d.early {
		v0, v1 := sp.variance(g.jitter2)
		if d.points.logPi[0]+mostGauss(g.dim, g.least, v0, v1) < guess-cut-slack {
			continue
		}
		if kept := g.narrowAll(sp, guess-cut-slack, s); 2*len(kept) > len(ux) {
			return nil, true, guess
		} else if len(kept) > 0 {
			level = append(level, part{sp, kept})
		}
	}
	for depth := early; depth <= levels; depth++ {
		next = next[:0]
		for _, p := range level {
			kept, best := g.narrow(p.sp, p.list, guess-cut-slack, s)
			guess = max(guess, best-guessed)
			if len(kept) == 0 {
				continue
			}
			for _, h := range p.sp.halves(s) {
				next = append(next, part{h, kept})
			}
		}
		level, next = next, level
	}
	mark := s.ints.take(len(ux))
	for _, p := range level {
		for _, i := range p.list {
			mark[i] = 1
		}
	}
	list = s.ints.raw(len(ux))[:0]
	for i, m := range mark {
		if m == 1 {
			list = append(list, int32(i))
		}
	}
	return list, crowded*len(list) > len(ux), guess
}

// guess is a log-weight that the largest is hardly below: that of the datum nearest to the
// segment from 0 to u, at the best of a grid of times, and which of them.
func (g *seen) guess() (log float64, at int) {
	best := math.Inf(-1)
	for i := range g.d.grid {
		if w := g.weight(&g.d.grid[i], g.first); w > best {
			best, at = w, i
		}
	}
	return best - guessed, at
}

// within counts the data of which log π p(u|t,k) may exceed floor on sp.
func (g *seen) within(sp *span, floor float64) (n int) {
	nearest(g.r2, g.ux, g.norms, g.u2, sp.a[0], sp.a[1])
	reach := g.reach(sp, floor)
	for _, r2 := range g.r2 {
		if r2 <= reach {
			n++
		}
	}
	return n
}

// reach is the r² from which on log π p(u|t,k) is below floor on sp.
func (g *seen) reach(sp *span, floor float64) float64 {
	v0, v1 := sp.variance(g.jitter2)
	return radius2(g.dim, floor-g.d.points.logPi[0], v0, v1) + g.doubt
}

// narrowAll lists the data whose log π p(u|t,k) may exceed floor on sp.
func (g *seen) narrowAll(sp *span, floor float64, s *scratch) (kept []int32) {
	reach := g.reach(sp, floor)
	if !(nearest(g.r2, g.ux, g.norms, g.u2, sp.a[0], sp.a[1]) <= reach) {
		return nil
	}
	kept = s.ints.raw(len(g.ux))[:0]
	for i, r2 := range g.r2 {
		if r2 <= reach {
			kept = append(kept, int32(i))
		}
	}
	return kept
}

// narrow lists those of list whose log π p(u|t,k) may exceed floor on sp, as
// pointSight.narrow does. best is a log-weight in the middle of sp.
func (g *seen) narrow(sp *span, list []int32, floor float64, s *scratch) (kept []int32, best float64) {
	reach := g.reach(sp, floor)
	kept = s.ints.raw(len(list))[:0]
	first, least := -1, math.Inf(1)
	for _, k := range list {
		x2, ux := g.norms[k], g.ux[k]
		a := min(max(ux/x2, sp.a[0]), sp.a[1])
		r2 := g.u2 + a*(a*x2-2*ux)
		if r2 <= reach {
			kept = append(kept, k)
		}
		if r2 < least {
			first, least = int(k), r2
		}
	}
	if first < 0 {
		return nil, math.Inf(-1)
	}
	m := sp.middle()
	return kept, g.weight(&m, first)
}
