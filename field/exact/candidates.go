package exact

import "math"

const (
	// levels is how often the prior's range is halved to see which data matter, and after
	// how many they are a crowd if half of them matter on one span.
	levels, early = 7, 4
	// guessed is how far the log-weight of a datum in the middle of a span may lie above
	// the largest there will be. Where it lies further the guess is found out.
	guessed = 10
	// crowded is the share of the data from which on all of them are a crowd, and fewest
	// how many are one of their own.
	crowded, fewest = 8, 32
)

// field sets out to the field at u, given its products with all data, or, where many
// data matter, sets weight to what each has in it and returns the weight of u.
func (d *Dataset) field(out, u, ux, weight []float64, s *scratch) (many bool, own float64, err error) {
	s.reset()
	if notFinite(u) >= 0 {
		return false, 0, d.Blind.field(out, u, s) // which says so
	}
	list, many, guess := d.candidates(u, ux, s)
	var ok bool
	switch {
	case many:
		own, ok, err = d.together(d.seen(u, ux, d.norms, s), weight, math.Inf(-1), s)
	case len(list) >= fewest:
		ok, err = d.gathered(out, u, ux, list, guess, s)
	default:
		ok, err = d.apart(out, u, list, guess, s)
	}
	if ok || err != nil {
		return many, own, err
	}
	s.reset()
	return false, 0, d.Blind.field(out, u, s)
}

// apart sets out to the field at u of the listed data, looked at as Blind looks at all. It
// is not ok where data may have been left out by a wrong guess.
func (d *Dataset) apart(out, u []float64, list []int32, guess float64, s *scratch) (ok bool, err error) {
	q, err := d.query(u, s, list)
	if err != nil {
		return false, err
	}
	j, err := q.join(d.cut, d.parts.field)
	if err != nil || guess > q.best {
		return false, err
	}
	j.meanTo(out, noisePart, dataPart)
	return true, nil
}

// gathered is apart for so many data that they are a crowd of their own, or, where that
// would lose too much to rounding, apart.
func (d *Dataset) gathered(out, u, ux []float64, list []int32, guess float64, s *scratch) (bool, error) {
	near, norms, weight := s.floats.take(len(list)), s.floats.take(len(list)), s.floats.take(len(list))
	for i, k := range list {
		near[i], norms[i] = ux[k], d.norms[k]
	}
	own, ok, err := d.together(d.seen(u, near, norms, s), weight, guess, s)
	if err != nil {
		return false, err
	}
	if !ok {
		return d.apart(out, u, list, guess, s)
	}
	for i, v := range u {
		out[i] = own * v
	}
	for i, k := range list {
		addScaled(out, weight[i], d.points.Points[k])
	}
	return true, nil
}

// seen is one point as it is seen by its products with data alone: ‖u − a x‖² = u2 − 2 a u·x
// + a² ‖x‖² to within doubt, which products of D terms in float64 make of it.
type seen struct {
	d         *Dataset
	u         []float64
	ux, norms []float64 // u·x and ‖x‖²
	u2        float64
	doubt     float64
	r2        []float64 // working memory, of as many
	dim       int
	jitter2   float64
}

func (d *Dataset) seen(u, ux, norms []float64, s *scratch) *seen {
	u2 := dot(u, u)
	return &seen{d: d, u: u, ux: ux, norms: norms, u2: u2, r2: s.floats.take(len(ux)), dim: len(u),
		doubt: 0x1p-51 * float64(len(u)+4) * (u2 + d.farthest), jitter2: d.points.Jitter * d.points.Jitter}
}

// distances sets g.r2 to the least ‖u − a x‖² on sp, of the listed data or, for nil, all,
// and returns the place of the least of them, −1 where there is none.
func (g *seen) distances(sp *span, list []int32) (first int) {
	if list == nil {
		least := nearest(g.r2, g.ux, g.norms, g.u2, sp.a[0], sp.a[1])
		for i, v := range g.r2 {
			if v == least {
				return i
			}
		}
		return -1
	}
	first = -1
	for i, k := range list {
		x2, ux := g.norms[k], g.ux[k]
		a := min(max(ux/x2, sp.a[0]), sp.a[1])
		g.r2[i] = g.u2 + a*(a*x2-2*ux)
		if first < 0 || g.r2[i] < g.r2[first] {
			first = i
		}
	}
	return first
}

// weight is at most log π_k p(u|t,k) + log w p at n.
func (g *seen) weight(n *instant, k int) float64 {
	r2 := max(0, g.u2+n.a*(n.a*g.norms[k]-2*g.ux[k])) + g.doubt
	return g.d.points.logPi[0] + logGauss(g.dim, r2, n.variance(g.jitter2)) + n.logPrior
}

// candidates lists the data that may matter to u, provided that the largest log-weight is
// at least guess. Every list of a span that is left has what may have a weight of guess −
// cut there; halving tells more and more data off, or shows that they are many.
func (d *Dataset) candidates(u, ux []float64, s *scratch) (list []int32, many bool, guess float64) {
	g := d.seen(u, ux, d.norms, s)
	guess = d.guess(g)
	type part struct {
		sp   *span
		list []int32 // nil for all data
	}
	slack := d.logMass + math.Log(float64(len(ux)))
	level, next := make([]part, 0, len(d.spans)), []part(nil)
	for _, sp := range d.spans {
		level = append(level, part{sp, nil})
	}
	for depth := range levels + 1 {
		next = next[:0]
		for _, p := range level {
			kept, best := g.narrow(p.sp, p.list, guess-d.cut-slack, s)
			guess = max(guess, best-guessed)
			if len(kept) == 0 {
				continue
			}
			if 2*len(kept) > len(ux) {
				if kept = nil; depth >= early {
					return nil, true, guess
				}
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
	list = s.ints.take(len(ux))[:0]
	for i, m := range mark {
		if m == 1 {
			list = append(list, int32(i))
		}
	}
	return list, crowded*len(list) > len(ux), guess
}

// guess is a log-weight that the largest is hardly below: that of the datum nearest to the
// segment from 0 to it, at the best of a grid of times.
func (d *Dataset) guess(g *seen) float64 {
	lo, hi := 1., 0.
	for _, sp := range d.spans {
		lo, hi = min(lo, sp.a[0]), max(hi, sp.a[1])
	}
	k := g.distances(&span{a: [2]float64{lo, hi}}, nil)
	best := math.Inf(-1)
	if k < 0 {
		return best
	}
	for i := range d.grid {
		best = max(best, g.weight(&d.grid[i], k))
	}
	return best - guessed
}

// narrow lists those of list whose log π p(u|t,k) may exceed floor on sp, as
// pointSight.narrow does. best is a log-weight in the middle of sp.
func (g *seen) narrow(sp *span, list []int32, floor float64, s *scratch) (kept []int32, best float64) {
	first := g.distances(sp, list)
	if first < 0 {
		return nil, math.Inf(-1)
	}
	v0, v1 := sp.variance(g.jitter2)
	reach := radius2(g.dim, floor-g.d.points.logPi[0], v0, v1) + g.doubt
	n := len(list)
	if list == nil {
		n = len(g.ux)
	}
	kept = s.ints.take(n)[:0]
	for i, r2 := range g.r2[:n] {
		if r2 <= reach {
			if list == nil {
				kept = append(kept, int32(i))
			} else {
				kept = append(kept, list[i])
			}
		}
	}
	if list != nil {
		first = int(list[first])
	}
	m := sp.middle()
	return kept, g.weight(&m, first)
}
