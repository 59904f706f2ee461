package exact

import (
	"fmt"
	"math"
)

// Lifted is a law of R^d put into R^D, D ≥ d, by an orthonormal map P: the
// distribution of P x. With y = Pᵀ u and ρ = ‖u − P y‖,
//
//	p(u|t) = p_d(y|t) N(ρ; 0, b²) in D − d dimensions
//
// so that the quadrature sees d + 1 coordinates whatever D is; a point costs in
// addition the products with P.
type Lifted struct {
	Law Law
	// Basis has d orthonormal vectors of length D, the images of the axes of R^d; nil
	// stands for the first d axes of R^D.
	Basis [][]float64
	// Ambient is D.
	Ambient int
}

// Dim is D.
func (l Lifted) Dim() int { return l.Ambient }

// lifted is a Lifted made ready.
type lifted struct {
	Lifted
	inner model
	more  int // D − d
}

func (l Lifted) prepare() (model, error) {
	if _, again := l.Law.(Lifted); again || l.Law == nil {
		return nil, fmt.Errorf("exact: Lifted: got %T, want a law that is not lifted yet", l.Law)
	}
	inner, err := l.Law.prepare()
	if err != nil {
		return nil, err
	}
	d := l.Law.Dim()
	if l.Ambient < d {
		return nil, fmt.Errorf("exact: Lifted: got %d dimensions, want at least those of the law, %d",
			l.Ambient, d)
	}
	if l.Basis == nil {
		for i := range d {
			axis := make([]float64, l.Ambient)
			axis[i] = 1
			l.Basis = append(l.Basis, axis)
		}
	}
	if err := orthonormal(l.Basis, d, l.Ambient); err != nil {
		return nil, err
	}
	return &lifted{Lifted: l, inner: inner, more: l.Ambient - d}, nil
}

// orthonormal refuses a basis that is not one of d vectors of length dim.
func orthonormal(basis [][]float64, d, dim int) error {
	if len(basis) != d {
		return fmt.Errorf("exact: Lifted: got %d basis vectors, want %d, the dimension of the law",
			len(basis), d)
	}
	for i, p := range basis {
		if len(p) != dim {
			return fmt.Errorf("exact: Lifted: basis vector %d has length %d, want %d", i, len(p), dim)
		}
		for j, q := range basis[:i+1] {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := dot(p, q); !(math.Abs(got-want) <= 1e-12) {
				return fmt.Errorf("exact: Lifted: the product of basis vectors %d and %d is %v, want %v",
					i, j, got, want)
			}
		}
	}
	return nil
}

func (l *lifted) components() int { return l.inner.components() }
func (l *lifted) flat() bool      { return l.inner.flat() }

func (l *lifted) dim() int { return l.inner.dim() + min(l.more, 1) }

func (l *lifted) blurs() []float64 {
	if l.more == 0 {
		return l.inner.blurs()
	}
	return append([]float64{0}, l.inner.blurs()...)
}

// liftedSight has the coordinates of the law's own sight and then ρ.
type liftedSight struct {
	*lifted
	in    sight
	held  *local // of in
	rho   float64
	off   off
	known bool // in bounds off as well
}

func (l *lifted) see(u []float64, list []int32, s *scratch) (sight, frame, error) {
	y, aside := s.floats.take(len(l.Basis)), s.floats.take(len(u))
	copy(aside, u)
	for i, p := range l.Basis {
		y[i] = dot(p, u)
	}
	for i, p := range l.Basis {
		addScaled(aside, -y[i], p)
	}
	in, _, err := l.inner.see(y, list, s)
	if err != nil {
		return nil, frame{}, err
	}
	g := &liftedSight{lifted: l, in: in, held: newLocal(l.inner.dim(), s), rho: math.Sqrt(dot(aside, aside))}
	if !(g.rho*g.rho <= math.MaxFloat64) {
		return nil, frame{}, fmt.Errorf("exact: the squared distance of the point to the subspace is %v, "+
			"want a finite number", g.rho*g.rho)
	}
	g.off = off{dim: l.more, r2: g.rho * g.rho}
	if in, ok := in.(interface{ beside(off) bool }); ok {
		g.known = in.beside(g.off)
	}
	columns := append([][]float64(nil), l.Basis...)
	if l.more > 0 {
		if g.rho > 0 {
			for i := range aside {
				aside[i] /= g.rho
			}
		}
		columns = append(columns, append([]float64(nil), aside...))
	}
	return g, frame{columns: columns, dim: len(u)}, nil
}

// off is the part of a point that lies off a subspace: r2 = ρ² in dim dimensions.
// A sight whose likelihood grows without bound as b falls, as that of atoms does
// beside one, bounds it together with what lies off.
type off struct {
	dim int
	r2  float64
}

// log is log N(ρ; 0, v I).
func (o off) log(v float64) float64 {
	if o.dim == 0 {
		return 0
	}
	return logGauss(o.dim, o.r2, v)
}

func (g *liftedSight) narrow(
	sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	if g.known || g.more == 0 {
		return g.in.narrow(sp, list, floor, kept)
	}
	off := mostGauss(g.more, g.off.r2, sp.b[0]*sp.b[0], sp.b[1]*sp.b[1])
	bound, least, kept := g.in.narrow(sp, list, floor-off, kept)
	m := sp.middle()
	return bound + off, least + g.off.log(m.b*m.b), kept
}

func (g *liftedSight) logWeights(nodes []instant, list []int32, out []float64) {
	g.in.logWeights(nodes, list, out)
	for i := range nodes {
		off := g.off.log(nodes[i].b * nodes[i].b)
		for p := range list {
			out[p*len(nodes)+i] += off
		}
	}
}

func (g *liftedSight) mean(j *joint, gr, x observable, out []float64) {
	d := g.inner.dim()
	g.in.mean(j, gr, x, out[:d])
	if g.more > 0 && g.rho > 0 {
		out[d] += g.rho * j.average(func(n *instant) float64 { return gr(n) / (n.b * n.b) })
	}
}

func (g *liftedSight) local(n *instant, list []int32, w []float64, c *local) {
	g.in.local(n, list, w, g.held)
	c.clear()
	d, m := g.inner.dim(), g.dim()
	copy(c.grad, g.held.grad)
	copy(c.mean, g.held.mean)
	for i := range d {
		copy(c.hess[i*m:], g.held.hess[i*d:(i+1)*d])
		copy(c.cov[i*m:], g.held.cov[i*d:(i+1)*d])
	}
	if g.more > 0 {
		c.grad[d] = g.rho / (n.b * n.b)
		c.hess[d*m+d] = 1 / (n.b * n.b)
	}
}

func (g *liftedSight) nearest() float64 { return math.Hypot(g.in.nearest(), g.rho) }
