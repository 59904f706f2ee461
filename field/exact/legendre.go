package exact

import "math"

// order is the number of nodes of the Gauss–Legendre rule on each panel. The
// rule is exact for polynomials of degree 2·order − 1.
const order = 16

// gauss is the rule on [−1, 1], with the rows that take the values at its nodes
// to their Legendre coefficients of the two highest degrees.
var gauss = newRule()

type rule struct {
	x, w [order]float64
	tail [2][order]float64
}

// newRule finds the nodes by Newton's method on P_n from Chebyshev-like starts.
//
//	w_i = 2/((1 − x_i²) P_n'(x_i)²),   coefficient a_m = (m + ½) Σ_i w_i P_m(x_i) f_i
func newRule() rule {
	var r rule
	for i := range order {
		z := -math.Cos(math.Pi * (float64(i) + 0.75) / (order + 0.5))
		var p [order + 1]float64
		var slope float64
		for range 8 {
			p[0], p[1] = 1, z
			for k := 2; k <= order; k++ {
				p[k] = (float64(2*k-1)*z*p[k-1] - float64(k-1)*p[k-2]) / float64(k)
			}
			slope = order * (z*p[order] - p[order-1]) / (z*z - 1)
			z -= p[order] / slope
		}
		r.x[i], r.w[i] = z, 2/((1-z*z)*slope*slope)
		for j := range r.tail {
			m := order - 2 + j
			r.tail[j][i] = (float64(m) + 0.5) * r.w[i] * p[m]
		}
	}
	return r
}

// integrate is ∫ |f| over [−1, 1] from the values of f at the nodes, with an
// estimate of the error of ∫ f. With s the larger of the last two Legendre
// coefficients beside the largest value, the error is put at 4 s^1.5 of it: a
// function analytic near the panel has coefficients that fall geometrically and
// an error of the size of s^(32/15) or less, and a root or a jump at an end, at
// which they fall like a power of the degree, has one below s^1.5 as well.
func (r *rule) integrate(f *[order]float64) (size, err float64) {
	var top float64
	var tail [2]float64
	for i, v := range f {
		size += r.w[i] * math.Abs(v)
		top = max(top, math.Abs(v))
		tail[0] += r.tail[0][i] * v
		tail[1] += r.tail[1][i] * v
	}
	if top == 0 {
		return 0, 0
	}
	s := max(math.Abs(tail[0]), math.Abs(tail[1])) / top
	return size, 4 * top * s * math.Sqrt(s)
}
