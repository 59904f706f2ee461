package exact

import "math"

// leaf holds the weights of the components that matter at the nodes of one panel.
type leaf struct {
	sp     *span // nil where t is given
	nodes  []instant
	rule   []float64 // the weights of the quadrature
	list   []int32   // the components that matter
	w      []float64 // exp(log weight − top), nodes × list, without the rule's
	mass   []float64 // Σ_k w, by node
	top    float64   // the largest log weight, −Inf where there is no mass
	likely float64   // the largest log π_k p(u|t,k)
	scale  float64   // what w and the rule's weights are multiplied by, once all are known
}

// row is the weights of node i.
func (l *leaf) row(i int) []float64 { return l.w[i*len(l.list) : (i+1)*len(l.list)] }

// weigh weighs the listed components at every node.
func (q *query) weigh(sp *span, list []int32, nodes []instant, rule []float64) *leaf {
	l := q.s.leaves.one()
	*l = leaf{sp: sp, nodes: nodes, rule: rule, list: list, w: q.s.floats.take(len(nodes) * len(list)),
		mass: q.s.floats.take(len(nodes)), top: math.Inf(-1), likely: math.Inf(-1)}
	for i := range nodes {
		n, row := &nodes[i], l.row(i)
		q.sight.logWeights(n, list, row)
		top := math.Inf(-1)
		for _, g := range row {
			top = max(top, g)
		}
		l.likely = max(l.likely, top)
		l.top = max(l.top, top+n.logPrior)
	}
	if math.IsInf(l.top, -1) {
		clear(l.w)
		return l
	}
	for i := range nodes {
		shift := nodes[i].logPrior - l.top
		var mass float64
		row := l.row(i)
		for k, g := range row {
			if g += shift; g > -740 {
				g = math.Exp(g)
				mass += g
			} else {
				g = 0
			}
			row[k] = g
		}
		l.mass[i] = mass
	}
	return l
}

// leaf weighs the nodes of sp.
func (q *query) leaf(sp *span, list []int32) *leaf {
	return q.weigh(sp, list, sp.instants(q.s)[:], gauss.w[:])
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
