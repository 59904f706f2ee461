package exact

import (
	"fmt"
	"math"
	"slices"
)

// leaf holds the weights of every datum at the nodes of one panel.
type leaf struct {
	sp     *span // nil where t is given
	nodes  []instant
	rule   []float64 // the weights of the quadrature
	w      []float64 // exp(log weight − top), nodes × K, without the rule's
	mass   []float64 // Σ_k w, by node
	top    float64   // the largest log weight, −Inf where there is no mass
	likely float64   // the largest log π_k N(u; a x_k, v I)
}

// weigh weighs every datum at every node.
func (q *query) weigh(sp *span, nodes []instant, rule []float64) *leaf {
	points := len(q.near)
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

// leaf weighs the nodes of sp.
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
	slack := q.a.logMass + math.Log(float64(len(q.near)))
	for steps := 0; len(queue) > 0; steps++ {
		next := 0
		for i := range queue {
			if queue[i].bound > queue[next].bound {
				next = i
			}
		}
		o := queue[next]
		if math.IsInf(o.bound, -1) || o.bound+slack < best-cut {
			break
		}
		queue = slices.Delete(queue, next, next+1)
		if steps > mostLeaves {
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
			return nil, 0, fmt.Errorf("exact: no noise time in [%g, %g] explains the point: its likelihood "+
				"is 0 at all of them", q.a.Process.Prior.Min, q.a.Process.Prior.Max)
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
					return nil, 0, fmt.Errorf("exact: an average over t is %v between t = %g and %g, want a "+
						"finite one", sizes[j], l.sp.br.time(l.sp.lo), l.sp.br.time(l.sp.hi))
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
