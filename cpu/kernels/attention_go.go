package kernels

import "math"

// rowLanes is how many accumulators a row has: element i goes to lane i mod 16.
const rowLanes = 16

// foldHalves joins the upper half of the lanes to the lower half until one is left.
func foldHalves(s *[rowLanes]float32, join func(a, b float32) float32) float32 {
	for n := rowLanes / 2; n > 0; n /= 2 {
		for i := range n {
			s[i] = join(s[i], s[i+n])
		}
	}
	return s[0]
}

// softmaxRowsGo is y = softmax(scale·x) of rows of n elements that are stride apart, with
// scale > 0; y may be x. A NaN in a row makes the whole row NaN.
func softmaxRowsGo(y, x *float32, rows, n, stride int, scale float32) {
	for r := range rows {
		ys, xs := run(y, r*stride, n), run(x, r*stride, n)
		var top, sum [rowLanes]float32
		for i := range top {
			top[i] = float32(math.Inf(-1))
		}
		for i, v := range xs {
			top[i%rowLanes] = maxps(v, top[i%rowLanes])
		}
		t := foldHalves(&top, maxps)
		for i, v := range xs {
			e := exp32(float32((v - t) * scale))
			ys[i] = e
			sum[i%rowLanes] += e
		}
		d := 1 / foldHalves(&sum, func(a, b float32) float32 { return a + b })
		for i := range ys {
			ys[i] *= d
		}
	}
}

// scoreRowsGo replaces rows of dP, the gradient of the probabilities P, by that of the
// scores: dS = P∘(dP − Σ P∘dP)·scale.
func scoreRowsGo(ds, p *float32, rows, n, stride int, scale float32) {
	for r := range rows {
		dp, ps := run(ds, r*stride, n), run(p, r*stride, n)
		var sum [rowLanes]float32
		for i, v := range ps {
			sum[i%rowLanes] = fma32(v, dp[i], sum[i%rowLanes])
		}
		mean := foldHalves(&sum, func(a, b float32) float32 { return a + b })
		for i, v := range ps {
			dp[i] = float32((dp[i]-mean)*v) * scale
		}
	}
}
