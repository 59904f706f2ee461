package exact

import "math"

// gaussRule is a Gauss rule of a discrete measure Σ_i μ_i δ(t_i) of mass 1: nodes and weights by
// which Σ_j weight_j f(node_j) is Σ_i μ_i f(t_i) for polynomials f of degree 2n − 1.
type gaussRule struct {
	node, weight []float64
	poly         [2][]float64 // the orthonormal polynomials of the two highest degrees at the nodes
}

// newGaussRule finds the rule by Lanczos' method and the eigenvalues of the tridiagonal matrix
// that it makes of the recurrence of orthonormal polynomials (Golub and Welsch),
//
//	β_k π_{k+1} = (t − α_k) π_k − β_{k−1} π_{k−1}
//
// It is not ok where fewer than n times carry the measure.
func newGaussRule(t, mu []float64, n int, s *scratch) (gaussRule, bool) {
	if len(t) < n {
		return gaussRule{}, false
	}
	alpha, beta := s.floats.take(n), s.floats.take(n)
	before, now := s.floats.take(len(t)), s.floats.take(len(t))
	for i := range now {
		now[i] = 1
	}
	for k := range n {
		for i, p := range now {
			alpha[k] += mu[i] * t[i] * p * p
		}
		if k == n-1 {
			break
		}
		var square float64
		for i, p := range now {
			last := 0.
			if k > 0 {
				last = beta[k-1] * before[i]
			}
			before[i] = (t[i]-alpha[k])*p - last
			square += mu[i] * before[i] * before[i]
		}
		if beta[k] = math.Sqrt(square); !(beta[k] > 0) {
			return gaussRule{}, false
		}
		for i := range before {
			before[i] /= beta[k]
		}
		before, now = now, before
	}
	r := gaussRule{node: s.floats.take(n), weight: s.floats.take(n)}
	copy(r.node, alpha)
	off := s.floats.take(n)
	copy(off, beta)
	r.weight[0] = 1
	if !tridiagonal(r.node, off, r.weight) {
		return gaussRule{}, false
	}
	for j := range r.poly {
		r.poly[j] = s.floats.take(n)
	}
	for i, z := range r.weight {
		r.weight[i] = z * z
		was, is := 0., 1.
		for k := range n - 1 {
			last := 0.
			if k > 0 {
				last = beta[k-1] * was
			}
			was, is = is, ((r.node[i]-alpha[k])*is-last)/beta[k]
		}
		r.poly[0][i], r.poly[1][i] = was, is
	}
	return r, true
}

// tail estimates the error of Σ f where f, at the nodes, has their weights in it, as
// rule.integrate does, and returns Σ |f|.
func (r *gaussRule) tail(f []float64) (size, err float64) {
	var square float64
	var tail [2]float64
	for i, v := range f {
		size += math.Abs(v)
		square += v * v / r.weight[i]
		tail[0] += r.poly[0][i] * v
		tail[1] += r.poly[1][i] * v
	}
	if square == 0 {
		return 0, 0
	}
	s := max(math.Abs(tail[0]), math.Abs(tail[1])) / math.Sqrt(square)
	return size, 4 * size * s * math.Sqrt(s)
}

// tridiagonal sets d to the eigenvalues of the symmetric matrix of diagonal d and e beside it,
// and multiplies the row z by the eigenvectors, by QL steps with implicit shifts. The last of e
// is not used; e is lost. It reports whether the steps have converged.
func tridiagonal(d, e, z []float64) bool {
	n := len(d)
	e[n-1] = 0
	for l := range n {
		for steps := 0; ; steps++ {
			m := l
			for m < n-1 && math.Abs(e[m]) > 0x1p-53*(math.Abs(d[m])+math.Abs(d[m+1])) {
				m++
			}
			if m == l {
				break
			}
			if steps == 60 {
				return false
			}
			g := (d[l+1] - d[l]) / (2 * e[l])
			g = d[m] - d[l] + e[l]/(g+math.Copysign(math.Hypot(g, 1), g))
			sin, cos, p := 1., 1., 0.
			i := m - 1
			for ; i >= l; i-- {
				f, b := sin*e[i], cos*e[i]
				r := math.Hypot(f, g)
				if e[i+1] = r; r == 0 {
					d[i+1] -= p
					e[m] = 0
					break
				}
				sin, cos = f/r, g/r
				g = d[i+1] - p
				r = (d[i]-g)*sin + 2*cos*b
				p = sin * r
				d[i+1] = g + p
				g = cos*r - b
				z[i+1], z[i] = sin*z[i]+cos*z[i+1], cos*z[i]-sin*z[i+1]
			}
			if i >= l {
				continue
			}
			d[l] -= p
			e[l], e[m] = g, 0
		}
	}
	return true
}
