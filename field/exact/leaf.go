package exact

import "math"

// leaf holds the weights of the components that matter at the nodes of one panel.
type leaf struct {
	sp     *span // nil where t is given
	nodes  []instant
	rule   []float64 // the weights of the quadrature
	list   []int32   // the components that matter
	w      []float64 // exp(log weight − top), list × nodes, without the rule's
	mass   []float64 // Σ_k w, by node
	top    float64   // the largest log weight, −Inf where there is no mass
	likely float64   // the largest log π_k p(u|t,k)
	scale  float64   // what w and the rule's weights are multiplied by, once all are known
}

// row is the weights of the p-th component of the list at all nodes.
func (l *leaf) row(p int) []float64 { return l.w[p*len(l.nodes) : (p+1)*len(l.nodes)] }

// weigh weighs the listed components at every node. A weight that cut leaves out is 0.
func (q *query) weigh(sp *span, list []int32, nodes []instant, rule []float64, cut float64) *leaf {
	l := q.s.leaves.one()
	*l = leaf{sp: sp, nodes: nodes, rule: rule, list: list, w: q.s.floats.take(len(nodes) * len(list)),
		mass: q.s.floats.take(len(nodes)), top: math.Inf(-1), likely: math.Inf(-1)}
	q.sight.logWeights(nodes, list, l.w)
	tops := q.s.floats.take(len(nodes))
	for i := range tops {
		tops[i] = math.Inf(-1)
	}
	for p := range list {
		for i, g := range l.row(p) {
			if g > tops[i] {
				tops[i] = g
			}
		}
	}
	for i, top := range tops {
		l.likely = max(l.likely, top)
		l.top = max(l.top, top+nodes[i].logPrior)
	}
	if math.IsInf(l.top, -1) {
		clear(l.w)
		return l
	}
	shift := tops // no longer needed
	for i := range shift {
		shift[i] = nodes[i].logPrior - l.top
	}
	least := max(-700, q.best-cut-math.Log(float64(len(q.a.all)))-l.top)
	for p := range list {
		row := l.row(p)
		expAll(row, shift, least)
		for i, w := range row {
			l.mass[i] += w
		}
	}
	return l
}

// leaf weighs the nodes of sp.
func (q *query) leaf(sp *span, list []int32, cut float64) *leaf {
	return q.weigh(sp, list, sp.instants(q.s)[:], gauss.w[:], cut)
}

// factors are f·scale·rule at the nodes of l, 0 where there is no mass.
func (l *leaf) factors(s *scratch, f observable) []float64 {
	out := s.floats.take(len(l.nodes))
	for i := range out {
		if l.mass[i] != 0 {
			out[i] = f(&l.nodes[i]) * l.scale * l.rule[i]
		}
	}
	return out
}

// errors estimates the error of ∫ mass and of ∫ mass·observable over l, in
// units of exp(best), and adds their absolute values to sizes.
func (l *leaf) errors(obs []observable, best float64, errs, sizes []float64) {
	scale := math.Exp(l.top - best)
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
}
