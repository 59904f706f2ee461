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

// panels finds the posterior over the crowd as Blind does, by bounds and halved panels: for
// points whose posterior no Gauss rule resolves. It is not ok where the largest log-weight is
// below guess.
func (g *crowdSight) panels(guess, cut float64, obs []observable) (*crowdPosterior, bool, error) {
	s := g.s
	s.query = query{a: g.d.Blind, s: s, u: g.u, all: g.d.single, sight: g, frame: frame{dim: g.dim},
		best: math.Inf(-1), guess: math.Inf(-1)}
	last := g.d.near(g.d.Process.Prior.Max)
	most := last.at(last.distance(g.d.Process.Prior.Max))
	s.query.lost = g.lost(most.variance(g.jitter2)) / 8 // it is more at every other time
	j, err := s.query.join(cut, obs)
	if err != nil || guess > s.query.best {
		return nil, false, err
	}
	p := &crowdPosterior{g: g, log: j.log, err: j.err, nodes: s.crowd[:0]}
	for _, l := range j.leaves {
		for i := range l.nodes {
			if mu := l.mass[i] * l.scale * l.rule[i]; mu > 0x1p-70 {
				n := &l.nodes[i]
				p.nodes = append(p.nodes, crowdNode{*n, mu, math.Log(l.mass[i]) + l.top - n.logPrior -
					g.d.points.logPi[0] - logGauss(g.dim, g.u2, n.variance(g.jitter2))})
			}
		}
	}
	s.crowd = p.nodes
	return p, true, nil
}

// narrow bounds the likelihood of the crowd on sp.
func (g *crowdSight) narrow(sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	most, least := g.bound(sp)
	if !(most < math.Inf(1)) {
		return most, math.Inf(-1), append(kept, list...)
	}
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

// bound is at least the log-likelihood of the crowd on sp, and the least r² there. Of
// N(u; a x, v I) as a function of y = 1/v the logarithm is concave, (D/2) log y − r² y/2 +
// const, so that it lies below its tangent at any y₀ with the least r² there is on sp; a
// tangent is largest at an end:
//
//	(D/2)(log y₀ − 1 − log 2π) + max over both ends y of (D/2y₀ − r²/2) y
//
// Beyond y = D/r² of the nearest datum all fall.
func (g *crowdSight) bound(sp *span) (most, least float64) {
	v0, v1 := sp.variance(g.jitter2)
	least = max(0, nearest(g.r2, g.ux, g.norms, g.u2, sp.a[0], sp.a[1])-g.doubt)
	dim := float64(g.dim)
	y0, y1 := 1/v1, 1/v0
	y1 = min(y1, max(y0, dim/least))
	if !(y1 < math.Inf(1)) {
		return math.Inf(1), least
	}
	y := math.Sqrt(y0) * math.Sqrt(y1)
	base := dim / 2 * (math.Log(y) - 1 - math.Log(2*math.Pi))
	line := func(r2, end float64) float64 { return (dim/y - r2) / 2 * end }
	top := max(line(least, y0), line(least, y1))
	sum := bound(g.r2, line(-g.doubt, y0)-top, -y0/2, line(-g.doubt, y1)-top, -y1/2)
	return base + top + math.Log(sum) + g.d.points.logPi[0], least
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
	for i := range nodes {
		out[i] = (g.u2 - least) / (2 * nodes[i].variance(g.jitter2))
	}
	g.partition(nodes, out)
	for i := range nodes {
		out[i] += g.normal(&nodes[i])
	}
}

// normal is log π + log N(u; 0, v I).
func (g *seen) normal(n *instant) float64 {
	return g.d.points.logPi[0] + logGauss(g.dim, g.u2, n.variance(g.jitter2))
}

// partition sets ell to ℓ = log Σ_k exp(p u·x_k − q ‖x_k‖²) at nodes, so that p(u|t) = π
// N(u; 0, v I) exp ℓ. It is given with numbers that are within 700 of the largest term's.

func (g *crowdSight) partition(nodes []instant, ell []float64) {
	sum := g.s.floats.take(len(nodes))
	for k := 0; k < len(g.ux); k += crowdPart {
		end := min(k+crowdPart, len(g.ux))
		for i := range nodes {
			p, q := g.slopes(&nodes[i])
			sum[i] += expSum(g.ux[k:end], g.norms[k:end], -ell[i], p, q)
		}
	}
	for i := range nodes {
		ell[i] += math.Log(sum[i])
	}
}

// slopes are p and q at n.
func (g *seen) slopes(n *instant) (p, q float64) {
	v := n.variance(g.jitter2)
	return n.a / v, n.a * n.a / (2 * v)
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
