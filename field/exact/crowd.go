package exact

import (
	"math"
	"slices"
)

// crowdSight is all data, equally likely, as one component that a point u sees: its
// likelihood is the sum of theirs. With p = a/v, q = a²/2v and v = a²j² + b²,
//
//	log N(u; a x, v I) = −(D/2) log 2πv − ‖u‖²/2v + p u·x − q ‖x‖²
//
// The terms cancel where u is near a datum; lost says by how much.
type crowdSight struct {
	*seen
	s *scratch
}

// crowdPart is how many data stay in the first cache while 16 times pass over them.
const crowdPart = 512

// lost is about the error of a log-likelihood at variance v: D roundings of terms of that
// size, which are as often up as down.
func (g *seen) lost(v float64) float64 {
	return 0x1p-52 * math.Sqrt(float64(g.dim)) * (g.u2 + g.d.farthest) / v
}

// crowdCut is the part of Blind's cut at which the posterior over a crowd ends: e^−37, a
// rounding, and not e^−50 of it.
const crowdCut = 0.75

// mostLost is the error of log-likelihoods from which on a point does not see a crowd.
const mostLost = 1e-9

// together sets weight to what each datum that g sees has in the field at its point, and
// returns what the point itself has. It is not ok where the sums over the crowd would lose
// too much to rounding, or the largest log-weight is below guess.
func (d *Dataset) together(g *seen, weight []float64, guess float64, s *scratch) (own float64, ok bool,
	err error) {
	c := &crowdSight{seen: g, s: s}
	s.query = query{a: d.Blind, s: s, u: g.u, all: d.crowd, sight: c, frame: frame{dim: g.dim},
		best: math.Inf(-1), guess: math.Inf(-1)}
	last := d.near(d.Process.Prior.Max)
	most := last.at(last.distance(d.Process.Prior.Max))
	s.query.lost = g.lost(most.variance(g.jitter2)) / 8 // it is more at every other time
	j, err := s.query.join(crowdCut*d.cut, d.parts.field)
	if err != nil || guess > s.query.best {
		return 0, false, err
	}
	for _, l := range j.leaves {
		for i := range l.nodes {
			if l.w[i] > 0 && !(g.lost(l.nodes[i].variance(g.jitter2)) < mostLost) {
				return 0, false, nil
			}
		}
	}
	return c.weights(j, noisePart, dataPart, weight), true, nil
}

// narrow bounds the likelihood of the crowd on sp. Of N(u; a x, v I) as a function of y =
// 1/v the logarithm is concave, (D/2) log y − r² y/2 + const, so that it lies below its
// tangent at any y₀ with the least r² there is on sp; a tangent is largest at an end:
//
//	(D/2)(log y₀ − 1 − log 2π) + max over both ends y of (D/2y₀ − r²/2) y
//
// Beyond y = D/r² of the nearest datum all fall.
func (g *crowdSight) narrow(sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	v0, v1 := sp.variance(g.jitter2)
	least := max(0, nearest(g.r2, g.ux, g.norms, g.u2, sp.a[0], sp.a[1])-g.doubt)
	dim := float64(g.dim)
	y0, y1 := 1/v1, 1/v0
	y1 = min(y1, max(y0, dim/least))
	if !(y1 < math.Inf(1)) {
		return math.Inf(1), math.Inf(-1), append(kept, list...)
	}
	y := math.Sqrt(y0) * math.Sqrt(y1)
	base := dim / 2 * (math.Log(y) - 1 - math.Log(2*math.Pi))
	line := func(r2, end float64) float64 { return (dim/y - r2) / 2 * end }
	top := max(line(least, y0), line(least, y1))
	sum := bound(g.r2, line(-g.doubt, y0)-top, -y0/2, line(-g.doubt, y1)-top, -y1/2)
	most := base + top + math.Log(sum) + g.d.points.logPi[0]
	if most >= floor {
		kept = append(kept, list...)
	}
	// A span is weighed where its bound is nearly reached, at an end or in the middle: so
	// none is in vain.
	at := [3]instant{sp.br.at(sp.lo), sp.middle(), sp.br.at(sp.hi)}
	var is [3]float64
	g.likelihoods(at[:], least, is[:])
	return most, slices.Max(is[:]) - explained, kept
}

func (g *crowdSight) logWeights(nodes []instant, _ []int32, out []float64) {
	lo, hi := 1., 0.
	for i := range nodes {
		lo, hi = min(lo, nodes[i].a), max(hi, nodes[i].a)
	}
	g.likelihoods(nodes, nearest(g.r2, g.ux, g.norms, g.u2, lo, hi), out)
}

// likelihoods sets out to log p(u|t) at nodes at which no datum is nearer than √least.
func (g *crowdSight) likelihoods(nodes []instant, least float64, out []float64) {
	clear(out)
	for k := 0; k < len(g.ux); k += crowdPart {
		end := min(k+crowdPart, len(g.ux))
		for i := range nodes {
			n := &nodes[i]
			v := n.variance(g.jitter2)
			out[i] += expSum(g.ux[k:end], g.norms[k:end], (least-g.u2)/(2*v), n.a/v, n.a*n.a/(2*v))
		}
	}
	for i := range nodes {
		v := nodes[i].variance(g.jitter2)
		out[i] = math.Log(out[i]) + g.d.points.logPi[0] + logGauss(g.dim, least, v)
	}
}

// weights adds to weight, for each datum, its part of E[g ∇E_t + x D_t | u], and returns
// that of u:
//
//	E[x|u,t,k] = x_k + (a j²/v)(u − a x_k),   ∇E_t = Σ_k w_k (u − a x_k)/v
//
// Nodes with less than 2⁻⁵⁶ of the largest part are left out.
func (g *crowdSight) weights(j *joint, gr, x observable, weight []float64) (own float64) {
	type node struct{ b, p, q, w float64 }
	var nodes []node
	var largest float64
	for _, l := range j.leaves {
		ss, ms := l.factors(g.s, gr), l.factors(g.s, x)
		for i := range l.nodes {
			if l.w[i] == 0 {
				continue
			}
			n := &l.nodes[i]
			v := n.variance(g.jitter2)
			s, m := (ss[i]+ms[i]*n.a*g.jitter2)/v, ms[i]
			own += s * l.w[i]
			w := node{p: n.a / v, q: n.a * n.a / (2 * v), w: (m - n.a*s) * l.w[i]}
			likelihood := math.Log(l.w[i]) + l.top - n.logPrior
			w.b = g.d.points.logPi[0] - float64(g.dim)/2*math.Log(2*math.Pi*v) - g.u2/(2*v) - likelihood
			nodes, largest = append(nodes, w), max(largest, math.Abs(w.w))
		}
	}
	for k := 0; k < len(g.ux); k += crowdPart {
		end := min(k+crowdPart, len(g.ux))
		for _, n := range nodes {
			if math.Abs(n.w) > 0x1p-56*largest {
				expAdd(weight[k:end], g.ux[k:end], g.norms[k:end], n.b, n.p, n.q, n.w)
			}
		}
	}
	return own
}

// mean is not what a crowd gives: weights is, of which a product makes the means of a block.
func (g *crowdSight) mean(*joint, observable, observable, []float64) {
	panic("exact: a crowd has weights and no mean")
}

// local is not what a crowd gives: Blind has derivatives.
func (g *crowdSight) local(*instant, []int32, []float64, *local) {
	panic("exact: a crowd has no derivatives")
}

func (g *crowdSight) nearest() float64 {
	return math.Sqrt(max(0, nearest(g.r2, g.ux, g.norms, g.u2, 0, 1)))
}
