package field

import "math"

// nodesPerPanel is the order of the Gauss–Legendre rule on each panel.
const nodesPerPanel = 16

// panels splits [lo, hi] so that each panel is at most ratio times its distance
// to 0 and to end wide: scale families near the data and poles at the noise
// end are then resolved alike at every scale. The distance is floored at
// 2⁻⁴⁰ of the range, and at 2⁻⁵⁰ of hi so that float64 can take the step.
// It wants 0 ≤ lo < hi ≤ end and makes about 60/ratio panels at most.
func panels(lo, hi, end, ratio float64) []float64 {
	least := max(0x1p-40*(hi-lo), 0x1p-50*hi, math.SmallestNonzeroFloat64)
	edges := []float64{lo}
	for t := lo; t < hi; {
		h := max(least, ratio*t)
		if left := end - t; ratio*left < h*(1+ratio) {
			h = max(least, ratio/(1+ratio)*left) // so the far edge keeps its distance
		}
		t = min(t+h, hi)
		edges = append(edges, t)
	}
	return edges
}

// legendre returns the nodes and weights of the n-point Gauss–Legendre rule on
// [−1, 1], by Newton's method on P_n from Chebyshev-like starts.
func legendre(n int) (x, w []float64) {
	x, w = make([]float64, n), make([]float64, n)
	for i := range n {
		z := -math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		var dp float64
		for range 8 {
			p, prev := z, 1.0 // P_1, P_0
			for k := 2; k <= n; k++ {
				p, prev = (float64(2*k-1)*z*p-float64(k-1)*prev)/float64(k), p
			}
			dp = float64(n) * (z*p - prev) / (z*z - 1)
			z -= p / dp
		}
		x[i], w[i] = z, 2/((1-z*z)*dp*dp)
	}
	return x, w
}
