package exact

import (
	"fmt"
	"math"
	"slices"
)

// query is one point u with what its likelihoods are made of. With a near 1 and
// b small, ‖u − a x‖² is formed from u − x, whose length may be far below that
// of u:
//
//	‖u − a x‖² = ‖u−x‖² + 2(1−a)(u−x)·x + (1−a)²‖x‖²
type query struct {
	a     *Atoms
	u     []float64
	far2  []float64 // ‖u − x_k‖²
	along []float64 // (u − x_k)·x_k
}

func (a *Atoms) query(u []float64) (*query, error) {
	if len(u) != a.Dim() {
		return nil, fmt.Errorf("exact: got a point of dimension %d, want %d, that of the data", len(u), a.Dim())
	}
	if i := notFinite(u); i >= 0 {
		return nil, fmt.Errorf("exact: coordinate %d of the point is %v, want a finite number", i, u[i])
	}
	k := len(a.data.Points)
	q := &query{a: a, u: u, far2: make([]float64, k), along: make([]float64, k)}
	for p, x := range a.data.Points {
		for i, v := range x {
			d := u[i] - v
			q.far2[p] += d * d
			q.along[p] += d * v
		}
		if !(q.far2[p] <= math.MaxFloat64 && math.Abs(q.along[p]) <= math.MaxFloat64) {
			return nil, fmt.Errorf("exact: the squared distance of the point to datum %d is %v, want a finite number",
				p, q.far2[p])
		}
	}
	return q, nil
}

// distance2 is ‖u − a x_k‖² where rest = 1 − a.
func (q *query) distance2(k int, rest float64) float64 {
	return max(0, q.far2[k]+rest*(2*q.along[k]+rest*q.a.norm2[k]))
}

// logGauss is log N(u; a x, v I) at squared distance r2.
func (q *query) logGauss(r2, v float64) float64 {
	return -0.5*float64(len(q.u))*math.Log(2*math.Pi*v) - 0.5*r2/v
}

// logLikelihood is log p(u|t).
func (q *query) logLikelihood(n *instant) float64 {
	top, sum := math.Inf(-1), 0.0
	for k := range q.far2 {
		l := q.a.logPi[k] + q.logGauss(q.distance2(k, n.rest), n.variance)
		if l > top {
			top, sum = l, sum*math.Exp(top-l)+1
		} else if l > math.Inf(-1) {
			sum += math.Exp(l - top)
		}
	}
	return top + math.Log(sum)
}

// bound is at least log p(u|t) everywhere on sp. For each datum it takes the
// smallest ‖u − a x‖ for the values 1 − a has on sp and then the best variance
// v = r²/D, or the end of sp's range nearest to that; the sum over data is at
// most the largest.
func (q *query) bound(sp *span) float64 {
	best := math.Inf(-1)
	dim := float64(len(q.u))
	for k, far2 := range q.far2 {
		rest := sp.rest[0]
		if n2 := q.a.norm2[k]; n2 > 0 {
			rest = min(max(-q.along[k]/n2, sp.rest[0]), sp.rest[1])
		}
		// Rounding may have made the square too large by a few units of its terms.
		slack := 0x1p-50 * (far2 + rest*rest*q.a.norm2[k])
		if rest == 0 {
			slack = 0
		}
		r2 := max(0, q.distance2(k, rest)-slack)
		v := min(max(r2/dim, sp.noise[0]), sp.noise[1])
		if v == 0 {
			return math.Inf(1)
		}
		best = max(best, q.logGauss(r2, v))
	}
	return best
}

// leaf holds the weights of every datum at the nodes of one panel.
type leaf struct {
	sp     *span // nil where t is given
	nodes  []instant
	rule   []float64 // the weights of the quadrature
	w      []float64 // exp(log weight − top), nodes × K, without the rule's
	mass   []float64 // Σ_k w, by node
	top    float64
	likely float64 // the largest log π_k N(u; a x_k, v I)
}

// weigh weighs every datum at every node.
func (q *query) weigh(sp *span, nodes []instant, rule []float64) *leaf {
	points := len(q.far2)
	l := &leaf{sp: sp, nodes: nodes, rule: rule, w: make([]float64, len(nodes)*points),
		mass: make([]float64, len(nodes)), top: math.Inf(-1), likely: math.Inf(-1)}
	for i := range nodes {
		n := &nodes[i]
		for k := range points {
			g := q.a.logPi[k] + q.logGauss(q.distance2(k, n.rest), n.variance)
			l.likely = max(l.likely, g)
			g += n.logPrior
			l.w[i*points+k] = g
			l.top = max(l.top, g)
		}
	}
	for i, g := range l.w {
		var e float64
		if l.top > math.Inf(-1) {
			e = math.Exp(g - l.top)
		}
		l.w[i] = e
		l.mass[i/points] += e
	}
	return l
}

func (q *query) leaf(sp *span) *leaf { return q.weigh(sp, sp.instants()[:], gauss.w[:]) }

const (
	// explained is how far the bound of a span may lie above its nodes: a narrow
	// peak between two nodes shows as a bound that no node explains.
	explained = 20
	// tolerance is the error of a span, of the sum over all, at which it is halved.
	tolerance = 0x1p-47
	// mostLeaves is where refinement gives up.
	mostLeaves = 1 << 13
)

// cover finds the spans that hold all of the posterior but exp(−cut) of it:
// best bound first, halving those whose bound their nodes do not explain.
func (q *query) cover(cut float64) (leaves []*leaf, err error) {
	type open struct {
		sp    *span
		bound float64
	}
	var queue []open
	for _, sp := range q.a.spans {
		queue = append(queue, open{sp, q.bound(sp)})
	}
	best := math.Inf(-1)
	for steps := 0; len(queue) > 0; steps++ {
		next := 0
		for i := range queue {
			if queue[i].bound > queue[next].bound {
				next = i
			}
		}
		o := queue[next]
		if math.IsInf(o.bound, -1) || o.bound+q.a.logMass < best-cut {
			break
		}
		queue = slices.Delete(queue, next, next+1)
		if steps > mostLeaves || math.IsInf(o.bound, 1) {
			return nil, q.unresolved(o.sp)
		}
		m := o.sp.middle()
		if o.bound-q.logLikelihood(&m) <= 2*explained || !o.sp.halvable() {
			l := q.leaf(o.sp)
			if o.bound-l.likely <= explained {
				leaves = append(leaves, l)
				best = max(best, l.top)
				continue
			}
			if !o.sp.halvable() {
				return nil, q.unresolved(o.sp)
			}
		}
		for _, h := range o.sp.halves() {
			queue = append(queue, open{h, q.bound(h)})
		}
	}
	return leaves, nil
}

// unresolved is the error of a point whose posterior needs a finer rule on sp
// than float64 has.
func (q *query) unresolved(sp *span) error {
	t0, t1 := sp.br.time(sp.lo), sp.br.time(sp.hi)
	nearest := math.Inf(1)
	for _, r2 := range q.far2 {
		nearest = min(nearest, math.Sqrt(r2))
	}
	return fmt.Errorf("exact: the posterior of a point at distance %.3g from the data is not resolved between "+
		"t = %g and %g, want a point off the data or a prior [%g, %g] that starts above 0",
		nearest, min(t0, t1), max(t0, t1), q.a.Process.Prior.Min, q.a.Process.Prior.Max)
}

// observable is a function of the instant whose average is wanted.
type observable func(*instant) float64

// refine halves leaves until the integral of the mass times each observable is
// known to tolerance of its absolute value, and returns the largest estimate of
// an error that is left, relative to that value. The mass itself is always one
// of the observables.
func (q *query) refine(leaves []*leaf, obs []observable) ([]*leaf, float64, error) {
	sizes := make([]float64, len(obs)+1)
	for {
		best := math.Inf(-1)
		for _, l := range leaves {
			best = max(best, l.top)
		}
		if math.IsInf(best, -1) {
			return nil, 0, fmt.Errorf("exact: no noise time in [%g, %g] explains the point: its likelihood is 0 "+
				"at all of them", q.a.Process.Prior.Min, q.a.Process.Prior.Max)
		}
		tol := max(tolerance, q.rounding(best))
		clear(sizes)
		errs := make([][]float64, len(leaves))
		for i, l := range leaves {
			errs[i] = l.errors(obs, best, sizes)
		}
		var kept []*leaf
		total := make([]float64, len(sizes))
		split := false
		for i, l := range leaves {
			coarse := false
			for j, e := range errs[i] {
				if !(sizes[j] <= math.MaxFloat64) {
					return nil, 0, fmt.Errorf("exact: an average over t is %v between t = %g and %g, want a finite one",
						sizes[j], l.sp.br.time(l.sp.lo), l.sp.br.time(l.sp.hi))
				}
				coarse = coarse || e > tol*sizes[j]
			}
			if coarse {
				if !l.sp.halvable() || len(kept) > mostLeaves {
					return nil, 0, q.unresolved(l.sp)
				}
				split = true
				for _, h := range l.sp.halves() {
					kept = append(kept, q.leaf(h))
				}
				continue
			}
			kept = append(kept, l)
			for j, e := range errs[i] {
				total[j] += e
			}
		}
		leaves = kept
		if !split {
			var worst float64
			for j, e := range total {
				if sizes[j] > 0 {
					worst = max(worst, e/sizes[j])
				}
			}
			return leaves, worst, nil
		}
	}
}

// rounding is the relative error of exp(e) for a log-weight e, whose terms are
// rounded at 2⁻⁵³ of their size.
func (q *query) rounding(e float64) float64 { return 0x1p-53 * (math.Abs(e) + float64(len(q.u))) }

// errors estimates the error of ∫ mass and of ∫ mass·observable over l, in
// units of exp(best), and adds their absolute values to sizes.
func (l *leaf) errors(obs []observable, best float64, sizes []float64) []float64 {
	scale := math.Exp(l.top - best)
	errs := make([]float64, len(sizes))
	var f [order]float64
	for j := range sizes {
		for i := range f {
			f[i] = scale * l.mass[i]
			if j > 0 && f[i] != 0 {
				f[i] *= obs[j-1](&l.nodes[i])
			}
		}
		size, err := gauss.integrate(&f)
		sizes[j] += size
		errs[j] = err
	}
	return errs
}
