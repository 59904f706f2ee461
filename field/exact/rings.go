package exact

import (
	"fmt"
	"math"
)

// Rings is a mixture of uniform distributions on concentric spheres about the
// origin of R^d, blurred by a normal of deviation Jitter in every direction of R^d:
// rings for d = 2. Lifted puts them into more dimensions.
type Rings struct {
	Radii   []float64 // positive
	Weights []float64 // positive numbers, normalised here; nil for equal ones
	Jitter  float64
	Space   int // d ≥ 2; 0 stands for 2
}

// Dim is d.
func (r Rings) Dim() int {
	if r.Space == 0 {
		return 2
	}
	return r.Space
}

// spheres is a Rings made ready.
type spheres struct {
	Rings
	logPi []float64
}

func (r Rings) prepare() (model, error) {
	if r.Space < 0 || r.Space == 1 {
		return nil, fmt.Errorf("exact: Rings: got a space of dimension %d, want at least 2", r.Space)
	}
	m := Mixture{Weights: r.Weights, Jitter: r.Jitter}
	for k, radius := range r.Radii {
		if !(0 < radius && radius <= math.Sqrt(math.MaxFloat64)) {
			return nil, fmt.Errorf("exact: Rings: radius %d is %v, want a positive number", k, radius)
		}
		m.Points = append(m.Points, []float64{radius})
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return &spheres{Rings: r, logPi: m.logWeights()}, nil
}

func (p *spheres) components() int  { return len(p.Radii) }
func (p *spheres) dim() int         { return p.Dim() }
func (p *spheres) blurs() []float64 { return []float64{p.Jitter * p.Jitter} }
func (p *spheres) flat() bool       { return false }

// sphereSight is a Rings as u sees it: with s = ‖u‖, e = u/s, v = a² j² + b² and
// z = a R s/v (theory.md §10, for d = 2)
//
//	log p(u|t) = log N(s − a R; 0, v) in d dimensions + log E exp(z (n·e − 1))
//	∇E_t = (s − a R A(z))/v e,   E[x|u,t] = (b²/v) R A(z) e + (a j²/v) u
type sphereSight struct {
	*spheres
	u, e []float64
	s    float64
	off  off
}

func (p *spheres) see(u []float64, _ []int32, s *scratch) (sight, frame, error) {
	n2 := dot(u, u)
	if !(n2 <= math.MaxFloat64) {
		return nil, frame{}, fmt.Errorf("exact: the squared length of the point is %v, want a finite number",
			n2)
	}
	g := &sphereSight{spheres: p, u: u, e: s.floats.take(len(u)), s: math.Sqrt(n2)}
	if g.s > 0 {
		addScaled(g.e, 1/g.s, u)
	}
	return g, frame{dim: len(u)}, nil
}

func (g *sphereSight) beside(o off) bool {
	if g.Jitter == 0 {
		g.off = o
	}
	return g.Jitter == 0
}

func (g *sphereSight) narrow(
	sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	bound, least := math.Inf(-1), math.Inf(-1)
	v0, v1 := sp.variance(g.Jitter * g.Jitter)
	m := sp.middle()
	for _, k := range list {
		radius := g.Radii[k]
		r2 := g.off.r2 + leastSquare(g.s-radius, radius, sp.rest)
		b := g.logPi[k] + mostGauss(len(g.u)+g.off.dim, r2, v0, v1) +
			logMeanExp(len(g.u), sp.a[0]*radius*g.s/v1)
		bound = max(bound, b)
		if b >= floor {
			kept = append(kept, k)
		}
		least = max(least, g.logWeight(&m, k)+g.off.log(m.variance(g.Jitter*g.Jitter)))
	}
	return bound, least, kept
}

func (g *sphereSight) logWeight(n *instant, k int32) float64 {
	v, radius := n.variance(g.Jitter*g.Jitter), g.Radii[k]
	r := (g.s - radius) + n.rest*radius
	return g.logPi[k] + logGauss(len(g.u), r*r, v) + logMeanExp(len(g.u), n.a*radius*g.s/v)
}

func (g *sphereSight) logWeights(nodes []instant, list []int32, out []float64) {
	for p, k := range list {
		for i := range nodes {
			out[p*len(nodes)+i] = g.logWeight(&nodes[i], k)
		}
	}
}

// along is what component k has along e, with the variances of x along and across.
func (g *sphereSight) along(n *instant, k int32) (grad, mean, along, across float64) {
	j2, radius := g.Jitter*g.Jitter, g.Radii[k]
	v := n.variance(j2)
	rest, along, across := tilt(len(g.u), n.a*radius*g.s/v)
	grad = ((g.s - radius) + n.rest*radius + n.a*radius*rest) / v
	mean = radius*(1-rest)*(n.b*n.b/v) + n.a*j2*g.s/v
	return grad, mean, radius * radius * along, radius * radius * across
}

func (g *sphereSight) mean(j *joint, gr, x observable, out []float64) {
	var sum float64
	for _, l := range j.leaves {
		es, ds := l.factors(j.q.s, gr), l.factors(j.q.s, x)
		for p, k := range l.list {
			for i, w := range l.row(p) {
				if e, d := w*es[i], w*ds[i]; e != 0 || d != 0 {
					grad, mean, _, _ := g.along(&l.nodes[i], k)
					sum += e*grad + d*mean
				}
			}
		}
	}
	addScaled(out, sum, g.e)
}

// local has for each component, and between components along e,
//
//	∇²E_{t,k} = I/v − (a/v)² Cov_n,   Cov_k(x) = (j²b²/v) I + (b²/v)² Cov_n
//
// where Cov_n = R² (A' e eᵀ + (A/z)(I − e eᵀ)).
func (g *sphereSight) local(n *instant, list []int32, w []float64, c *local) {
	c.clear()
	j2, m := g.Jitter*g.Jitter, len(g.u)
	v := n.variance(j2)
	var grad, mean, radial, lateral float64
	for p, k := range list {
		gk, xk, along, across := g.along(n, k)
		grad += w[p] * gk
		mean += w[p] * xk
		radial += w[p] * along
		lateral += w[p] * across
	}
	var bend, spread float64
	for p, k := range list {
		gk, xk, _, _ := g.along(n, k)
		bend += w[p] * (gk - grad) * (gk - grad)
		spread += w[p] * (xk - mean) * (xk - mean)
	}
	av, bv := (n.a/v)*(n.a/v), (n.b*n.b/v)*(n.b*n.b/v)
	addDiagonal(c.hess, m, 1/v-av*lateral)
	addDiagonal(c.cov, m, j2*n.b*n.b/v+bv*lateral)
	addOuter(c.hess, -av*(radial-lateral)-bend, g.e, g.e)
	addOuter(c.cov, bv*(radial-lateral)+spread, g.e, g.e)
	addScaled(c.grad, grad, g.e)
	addScaled(c.mean, mean, g.e)
}

func (g *sphereSight) nearest() float64 {
	least := math.Inf(1)
	for _, r := range g.Radii {
		least = min(least, math.Abs(g.s-r))
	}
	return least
}
