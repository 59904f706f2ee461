package exact

import (
	"fmt"
	"math"
)

// points is a Mixture made ready.
type points struct {
	Mixture
	logPi  []float64
	norm2  []float64 // ‖x_k‖²
	uneven bool      // weights differ
}

// Dim is the dimension of the points.
func (m Mixture) Dim() int {
	if len(m.Points) == 0 {
		return 0
	}
	return len(m.Points[0])
}

func (m Mixture) prepare() (model, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	p := &points{Mixture: m, logPi: m.logWeights()}
	for k, x := range m.Points {
		p.norm2 = append(p.norm2, dot(x, x))
		p.uneven = p.uneven || p.logPi[k] != p.logPi[0]
	}
	return p, nil
}

func (p *points) components() int  { return len(p.Points) }
func (p *points) dim() int         { return p.Dim() }
func (p *points) blurs() []float64 { return []float64{p.Jitter * p.Jitter} }
func (p *points) flat() bool       { return false }

// pointSight is a Mixture as u sees it. The segment of points a x, 0 ≤ a ≤ 1, is
// nearest to u at some a°, from where the squared distance is a sum of terms that
// do not cancel. With δ = a° − a,
//
//	‖u − a x‖² = ‖u − a° x‖² + 2 δ (u − a° x)·x + δ² ‖x‖²
//
// Near a datum a° ≈ 1 and u − a° x = (u − x) + (1 − a°) x is formed so, from a
// length that may be far below that of u.
type pointSight struct {
	*points
	s    *scratch
	u    []float64
	foot []float64 // 1 − a° for each datum
	near []float64 // ‖u − a° x‖²
	lean []float64 // (u − a° x)·x
	r2   []float64 // working memory of narrow
	off  off
}

func (p *points) see(u []float64, list []int32, s *scratch) (sight, frame, error) {
	k := len(p.Points)
	g := s.sights.one()
	*g = pointSight{points: p, s: s, u: u, foot: s.floats.take(k), near: s.floats.take(k),
		lean: s.floats.take(k), r2: s.floats.take(k)}
	for _, i := range list {
		x := p.Points[i]
		if n2 := p.norm2[i]; n2 > 0 {
			_, along := separation(u, x, 0)
			g.foot[i] = min(max(-along/n2, 0), 1)
		}
		g.near[i], g.lean[i] = separation(u, x, g.foot[i])
		if !(g.near[i] <= math.MaxFloat64 && math.Abs(g.lean[i]) <= math.MaxFloat64) {
			return nil, frame{}, fmt.Errorf("exact: the squared distance of the point to datum %d is %v, "+
				"want a finite number", i, g.near[i])
		}
	}
	return g, frame{dim: len(u)}, nil
}

// separation is ‖y‖² and y·x for y = u − a x, rest = 1 − a.
func separation(u, x []float64, rest float64) (square, along float64) {
	u = u[:len(x)]
	for i, v := range x {
		y := (u[i] - v) + rest*v
		square += y * y
		along += y * v
	}
	return square, along
}

// distance2 is ‖u − a x_k‖² where rest = 1 − a.
func (g *pointSight) distance2(k int32, rest float64) float64 {
	d := rest - g.foot[k]
	return max(0, g.near[k]+d*(2*g.lean[k]+d*g.norm2[k]))
}

func (g *pointSight) beside(o off) bool {
	if g.Jitter == 0 {
		g.off = o
	}
	return g.Jitter == 0
}

// narrow takes for each datum the smallest ‖u − a x‖ for the values 1 − a has on
// sp and then the best variance v = r²/D, or the end of sp's range nearest to
// that. This bound falls with r², so that a logarithm is taken only for data that
// may have the largest, and those kept are told by their r².
func (g *pointSight) narrow(sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	lo, hi := sp.rest[0], sp.rest[1]
	v0, v1 := sp.variance(g.Jitter * g.Jitter)
	dim := len(g.u) + g.off.dim
	first, r2 := -1, g.r2[:len(list)]
	for i, k := range list {
		r2[i] = g.off.r2 + g.distance2(k, min(max(g.foot[k], lo), hi))
		if first < 0 || r2[i] < r2[first] {
			first = i
		}
	}
	if first < 0 {
		return math.Inf(-1), math.Inf(-1), kept
	}
	bound := g.logPi[list[first]] + mostGauss(dim, r2[first], v0, v1)
	if g.uneven {
		for i, k := range list {
			if g.logPi[k] > g.logPi[list[first]] {
				bound = max(bound, g.logPi[k]+mostGauss(dim, r2[i], v0, v1))
			}
		}
	}
	reach := radius2(dim, floor-g.logPi[list[first]], v0, v1)
	for i, k := range list {
		if !g.uneven && r2[i] <= reach || g.uneven && g.logPi[k]+mostGauss(dim, r2[i], v0, v1) >= floor {
			kept = append(kept, k)
		}
	}
	m := sp.middle()
	k := list[first]
	d2 := g.off.r2 + g.distance2(k, m.rest)
	least := g.logPi[k] + logGauss(dim, d2, m.variance(g.Jitter*g.Jitter))
	return bound, least, kept
}

// radius2 is at least the largest r² at which mostGauss reaches level.
func radius2(dim int, level, least, most float64) float64 {
	if !(level > math.Inf(-1)) || least == 0 && most == 0 {
		return math.Inf(1)
	}
	// The best variance is the largest beyond r² = D v, the least up to there, and r²/D
	// between them, where the logarithm of r² is what the bound falls with.
	at := func(v float64) float64 { return -2 * v * (level + 0.5*float64(dim)*math.Log(2*math.Pi*v)) }
	if far := at(most); far >= float64(dim)*most {
		return far
	}
	mid := float64(dim) / (2 * math.Pi) * math.Exp(-2*level/float64(dim)-1) * (1 + 0x1p-40)
	if mid >= float64(dim)*least {
		return mid
	}
	return at(least) + 0x1p-40*float64(dim)*least
}

func (g *pointSight) logWeights(nodes []instant, list []int32, out []float64) {
	n := len(nodes)
	base, scale, rest := g.s.floats.take(n), g.s.floats.take(n), g.s.floats.take(n)
	for i := range nodes {
		v := nodes[i].variance(g.Jitter * g.Jitter)
		base[i], scale[i], rest[i] = -0.5*float64(len(g.u))*math.Log(2*math.Pi*v), -0.5/v, nodes[i].rest
	}
	for p, k := range list {
		logPi, near, lean, n2, foot := g.logPi[k], g.near[k], 2*g.lean[k], g.norm2[k], g.foot[k]
		row := out[p*n : (p+1)*n]
		for i, r := range rest {
			d := r - foot
			row[i] = logPi + base[i] + scale[i]*max(0, near+d*(lean+d*n2))
		}
	}
}

// mean sums over t first: ∇E_t is of u − a x_k = (u − x_k) + (1 − a) x_k alone, and
//
//	E[x|u,t,k] = x_k + (a j²/v)(u − a x_k)
func (g *pointSight) mean(j *joint, gr, x observable, out []float64) {
	k := len(g.Points)
	sum, at := g.s.floats.take(k), g.s.floats.take(k)
	for _, l := range j.leaves {
		ss, ms := l.factors(g.s, gr), l.factors(g.s, x)
		for i := range l.nodes {
			n := &l.nodes[i]
			if ss[i] != 0 || ms[i] != 0 {
				ss[i] = (ss[i] + ms[i]*n.a*g.Jitter*g.Jitter) / n.variance(g.Jitter*g.Jitter)
				ms[i] += ss[i] * n.rest
			}
		}
		for p, k := range l.list {
			var s, m float64
			for i, w := range l.row(p) {
				s += w * ss[i]
				m += w * ms[i]
			}
			sum[k] += s
			at[k] += m
		}
	}
	for p, x := range g.Points {
		s, m := sum[p], at[p]
		if s == 0 && m == 0 {
			continue
		}
		for i, v := range x {
			out[i] += s*(g.u[i]-v) + m*v
		}
	}
}

// local takes moments of the x_k about the likeliest of them, from which those of
// a posterior that has all but collapsed do not cancel:
//
//	∇²E_t = I/v − (a/v)² C,   Cov(x|u,t) = (j²b²/v) I + (b²/v)² C,   C = Cov_k(x_k)
func (g *pointSight) local(n *instant, list []int32, w []float64, c *local) {
	c.clear()
	m, j2 := len(g.u), g.Jitter*g.Jitter
	v := n.variance(j2)
	top := 0
	for i := range w {
		if w[i] > w[top] {
			top = i
		}
	}
	// shift is E x_k − x0; it lies in c.grad, which is written last.
	x0, shift := g.Points[list[top]], c.grad
	for i, k := range list {
		if w[i] == 0 || i == top {
			continue
		}
		for p, x := range g.Points[k] {
			shift[p] += w[i] * (x - x0[p])
		}
	}
	dev := g.s.floats.take(m)
	for i, k := range list {
		if w[i] == 0 {
			continue
		}
		for p, x := range g.Points[k] {
			dev[p] = x - x0[p] - shift[p]
		}
		addOuter(c.cov, w[i], dev, dev)
	}
	bend, spread := -(n.a/v)*(n.a/v), (n.b*n.b/v)*(n.b*n.b/v)
	for i, cov := range c.cov {
		c.hess[i], c.cov[i] = bend*cov, spread*cov
	}
	addDiagonal(c.hess, m, 1/v)
	addDiagonal(c.cov, m, j2*(n.b*n.b/v))
	for p := range g.u {
		x := x0[p] + shift[p]
		y := (g.u[p] - x0[p]) + n.rest*x0[p] - n.a*shift[p]
		c.grad[p], c.mean[p] = y/v, x+n.a*j2/v*y
	}
}

func (g *pointSight) nearest() float64 {
	least := math.Inf(1)
	for _, x := range g.Points {
		r2, _ := separation(g.u, x, 0)
		least = min(least, math.Sqrt(r2))
	}
	return least
}
