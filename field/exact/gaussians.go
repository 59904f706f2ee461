package exact

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Gaussians is a mixture of normals N(m_k, S_k) with full covariances. One normal
// is a mixture of one. A covariance must be positive definite; a normal on a
// subspace is one of fewer dimensions, Lifted.
type Gaussians struct {
	Means   [][]float64   // K means of one dimension D
	Covs    [][][]float64 // K symmetric D × D matrices
	Weights []float64     // K positive numbers, normalised here; nil for equal ones
}

// Dim is the dimension of the means.
func (g Gaussians) Dim() int { return Mixture{Points: g.Means}.Dim() }

// normals is a Gaussians made ready, each component in its eigenvectors.
type normals struct {
	Gaussians
	logPi   []float64
	axes    [][][]float64 // axes[k][i] is the i-th eigenvector of S_k
	squares [][]float64   // its eigenvalues s_i
	along   [][]float64   // the mean in these axes
}

func (g Gaussians) prepare() (model, error) {
	m := Mixture{Points: g.Means, Weights: g.Weights}
	if err := m.check(); err != nil {
		return nil, err
	}
	if len(g.Covs) != len(g.Means) {
		return nil, fmt.Errorf("exact: Gaussians: got %d covariances, want %d, one for each mean",
			len(g.Covs), len(g.Means))
	}
	n := &normals{Gaussians: g, logPi: m.logWeights()}
	for k, cov := range g.Covs {
		axes, squares, err := principal(cov, g.Dim())
		if err != nil {
			return nil, fmt.Errorf("exact: Gaussians: covariance %d %w", k, err)
		}
		n.axes, n.squares = append(n.axes, axes), append(n.squares, squares)
		n.along = append(n.along, turned(axes, g.Means[k], nil))
	}
	return n, nil
}

// principal is the eigenvectors, as rows, and the eigenvalues of a covariance.
func principal(cov [][]float64, dim int) (axes [][]float64, squares []float64, err error) {
	if len(cov) != dim {
		return nil, nil, fmt.Errorf("has %d rows, want %d", len(cov), dim)
	}
	sym := mat.NewSymDense(dim, nil)
	for i, row := range cov {
		if len(row) != dim {
			return nil, nil, fmt.Errorf("has %d numbers in row %d, want %d", len(row), i, dim)
		}
		if j := notFinite(row); j >= 0 {
			return nil, nil, fmt.Errorf("has %v in row %d, column %d, want a finite number", row[j], i, j)
		}
		for j := range i {
			if gap := math.Abs(row[j] - cov[j][i]); gap > 1e-12*(math.Abs(row[j])+math.Abs(cov[j][i])) {
				return nil, nil, fmt.Errorf("has %v in row %d, column %d and %v across, want symmetry",
					row[j], i, j, cov[j][i])
			}
			sym.SetSym(i, j, row[j])
		}
		sym.SetSym(i, i, row[i])
	}
	var e mat.EigenSym
	if !e.Factorize(sym, true) {
		return nil, nil, fmt.Errorf("has eigenvalues that do not converge, want a positive definite matrix")
	}
	squares = e.Values(nil)
	if least, most := squares[0], squares[dim-1]; !(least > 1e-14*most) {
		return nil, nil, fmt.Errorf("has the eigenvalue %.3g beside %.3g, want a positive definite matrix; "+
			"Lifted puts data on a subspace", least, most)
	}
	var v mat.Dense
	e.VectorsTo(&v)
	for i := range dim {
		axes = append(axes, mat.Col(nil, i, &v))
	}
	return axes, squares, nil
}

// turned is v − from in the given axes; from may be nil for 0.
func turned(axes [][]float64, v, from []float64) []float64 {
	out := make([]float64, len(axes))
	turnTo(out, axes, v, from)
	return out
}

func turnTo(out []float64, axes [][]float64, v, from []float64) {
	for i, axis := range axes {
		var s float64
		for p, x := range axis {
			d := v[p]
			if from != nil {
				d -= from[p]
			}
			s += x * d
		}
		out[i] = s
	}
}

func (n *normals) components() int { return len(n.Means) }
func (n *normals) dim() int        { return n.Dim() }
func (n *normals) flat() bool      { return false }

// blurs are the least and the largest eigenvalue.
func (n *normals) blurs() []float64 {
	least, most := math.Inf(1), 0.0
	for _, s := range n.squares {
		least, most = min(least, s[0]), max(most, s[len(s)-1])
	}
	return []float64{least, most}
}

// normalSight is a Gaussians as u sees it. In the axes of component k, where
// C = a² S + b² I has the diagonal c_i = a² s_i + b², y = u − a m is formed as
// (u − m) + (1 − a) m.
type normalSight struct {
	*normals
	s    *scratch
	u    []float64
	from [][]float64 // u − m_k in the axes of k
	g, x [][]float64 // working memory of local: ∇E_{t,k} and E[x|u,t,k]
}

func (n *normals) see(u []float64, _ []int32, s *scratch) (sight, frame, error) {
	g := &normalSight{normals: n, s: s, u: u}
	for k, m := range n.Means {
		from := s.floats.take(len(u))
		turnTo(from, n.axes[k], u, m)
		if n2 := dot(from, from); !(n2 <= math.MaxFloat64) {
			return nil, frame{}, fmt.Errorf("exact: the squared distance of the point to mean %d is %v, "+
				"want a finite number", k, n2)
		}
		g.from = append(g.from, from)
	}
	return g, frame{dim: len(u)}, nil
}

// narrow takes the best value of each coordinate on its own.
func (g *normalSight) narrow(
	sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	bound := math.Inf(-1)
	for _, k := range list {
		b := g.logPi[k]
		for i, y := range g.from[k] {
			c0, c1 := sp.variance(g.squares[k][i])
			b += mostGauss(1, leastSquare(y, g.along[k][i], sp.rest), c0, c1)
		}
		bound = max(bound, b)
		if b >= floor {
			kept = append(kept, k)
		}
	}
	m := sp.middle()
	least := math.Inf(-1)
	for _, k := range list {
		least = max(least, g.logWeight(&m, k))
	}
	return bound, least, kept
}

// leastSquare is the least (y + r m)² over r in rest.
func leastSquare(y, m float64, rest [2]float64) float64 {
	p, q := y+rest[0]*m, y+rest[1]*m
	if (p < 0) != (q < 0) {
		return 0
	}
	return min(p*p, q*q)
}

func (g *normalSight) logWeight(n *instant, k int32) float64 {
	l := g.logPi[k]
	for i, y := range g.from[k] {
		y += n.rest * g.along[k][i]
		l += logGauss(1, y*y, n.variance(g.squares[k][i]))
	}
	return l
}

func (g *normalSight) logWeights(nodes []instant, list []int32, out []float64) {
	for p, k := range list {
		for i := range nodes {
			out[p*len(nodes)+i] = g.logWeight(&nodes[i], k)
		}
	}
}

// mean sums in the axes of each component:
//
//	∇E_{t,k} = C⁻¹ y,   E[x|u,t,k] = m + a S C⁻¹ y
func (g *normalSight) mean(j *joint, gr, x observable, out []float64) {
	sums, at := g.s.floats.take(len(g.Means)*len(g.u)), g.s.floats.take(len(g.Means))
	for _, l := range j.leaves {
		es, ds := l.factors(g.s, gr), l.factors(g.s, x)
		for p, k := range l.list {
			sum := sums[int(k)*len(g.u):]
			for i, w := range l.row(p) {
				e, d, n := w*es[i], w*ds[i], &l.nodes[i]
				if e == 0 && d == 0 {
					continue
				}
				at[k] += d
				for q, y := range g.from[k] {
					s := g.squares[k][q]
					sum[q] += (e + d*n.a*s) * (y + n.rest*g.along[k][q]) / n.variance(s)
				}
			}
		}
	}
	for k, m := range g.Means {
		for q, axis := range g.axes[k] {
			v := sums[k*len(g.u)+q]
			for i, x := range axis {
				out[i] += v * x
			}
		}
		for i, v := range m {
			out[i] += at[k] * v
		}
	}
}

// local adds to the moments of each component those between components:
//
//	∇²E_t = E_k[C⁻¹] − Cov_k(∇E_{t,k}),   Cov(x|u,t) = E_k[b² S C⁻¹] + Cov_k(E[x|u,t,k])
func (g *normalSight) local(n *instant, list []int32, w []float64, c *local) {
	c.clear()
	if g.g == nil {
		for range g.Means {
			g.g = append(g.g, g.s.floats.take(len(g.u)))
			g.x = append(g.x, g.s.floats.take(len(g.u)))
		}
	}
	for p, k := range list {
		grad, mean := g.g[k], g.x[k]
		clear(grad)
		copy(mean, g.Means[k])
		for i, axis := range g.axes[k] {
			s := g.squares[k][i]
			v := n.variance(s)
			y := (g.from[k][i] + n.rest*g.along[k][i]) / v
			addScaled(grad, y, axis)
			addScaled(mean, n.a*s*y, axis)
			addOuter(c.hess, w[p]/v, axis, axis)
			addOuter(c.cov, w[p]*s*(n.b*n.b/v), axis, axis)
		}
		addScaled(c.grad, w[p], grad)
		addScaled(c.mean, w[p], mean)
	}
	for p, k := range list {
		addScaled(g.g[k], -1, c.grad)
		addScaled(g.x[k], -1, c.mean)
		addOuter(c.hess, -w[p], g.g[k], g.g[k])
		addOuter(c.cov, w[p], g.x[k], g.x[k])
	}
}

// addScaled adds s v to dst.
func addScaled(dst []float64, s float64, v []float64) {
	for i, x := range v {
		dst[i] += s * x
	}
}

func (g *normalSight) nearest() float64 { return 0 } // a normal has its mass everywhere
