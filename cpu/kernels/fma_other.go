//go:build !arm64

package kernels

import "math"

// fma32 is x·y + z rounded once to float32, which is what the vector units do.
//
// x·y is exact in float64, so the sum is rounded twice: to 53 bits and then to 24.
// That differs from one rounding only when the first lands on a tie of the second,
// bits 28…0 = 100…0, or when the second has fewer than 24 bits because the result
// is subnormal.
func fma32(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	if b := math.Float64bits(s); b&(1<<29-1) == 1<<28 || b<<1 < 0x3810<<49 {
		return roundOdd(p, float64(z), s)
	}
	return float32(s)
}

// roundOdd rounds p+z to float32 once, given s = fl(p+z): the error of s is exact
// (Knuth's two-sum), and where there is one, s is moved to the neighbour with an
// odd last bit, which no later rounding to fewer bits can mistake for a tie.
func roundOdd(p, z, s float64) float32 {
	v := s - p
	e := (p - (s - v)) + (z - v)
	b := math.Float64bits(s)
	if e != 0 && b&1 == 0 && !math.IsInf(s, 0) && !math.IsNaN(s) && !math.IsNaN(e) {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
	}
	return float32(math.Float64frombits(b))
}
