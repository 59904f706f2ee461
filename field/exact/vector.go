package exact

import "math"

// What a Dataset does for each datum or each coordinate of one is in these loops, in
// float64: eight at a time where the processor has AVX-512, in Go elsewhere. The two agree
// to rounding. Slices of one call have one length.
const (
	lanes     = 8
	tileRows  = 6             // points of a tile of dots and sums
	dotData   = 4             // data of a tile of dots
	sumLength = 4 * lanes     // coordinates of a tile of sums
	expTable  = 16            // steps of expConstants' table in a factor of two
	leastExp  = -800.         // e^x is 0 below
	stepsLog2 = 16 / math.Ln2 // steps of the table in a factor of e
)

// expConstants are those of e^x = 2^⌊n/16⌋ 2^(n mod 16/16) e^r, with n the whole number
// next to 16 x/ln 2 and r = x − n ln 2/16 in two parts, e^r by its series to r⁶/720. With
// |r| ≤ ln 2/32 this is right to 4 units in the last place.
var expConstants = func() (c [12 + expTable]float64) {
	const high, low = 0x1.62e42fecp-05, 0x1.d1cf79abc9e3bp-36 // of ln 2/16
	copy(c[:], []float64{stepsLog2, rounder, -high, -low, 1. / expTable, 1. / 6, 1. / 24, 1. / 120, 1. / 720,
		.5, 1, leastExp})
	for i := range expTable {
		c[12+i] = math.Exp2(float64(i) / expTable)
	}
	return c
}()

// expOf is e^x, 0 below leastExp.
func expOf(x float64) float64 {
	if !(x > leastExp) {
		return 0
	}
	return math.Exp(x)
}

// whole is how many of n are done in vectors.
func whole(n int) int {
	if haveVector {
		return n &^ (lanes - 1)
	}
	return 0
}

// expSum is Σ exp(b + p ux − q x2).
func expSum(ux, x2 []float64, b, p, q float64) (sum float64) {
	n := whole(len(ux))
	if n > 0 {
		sum = expSum512(&expConstants[0], &ux[0], &x2[0], n, b, p, q)
	}
	for k := n; k < len(ux); k++ {
		sum += expOf(b + p*ux[k] - q*x2[k])
	}
	return sum
}

// expAdd adds w exp(b + p ux − q x2) to acc.
func expAdd(acc, ux, x2 []float64, b, p, q, w float64) {
	n := whole(len(ux))
	if n > 0 {
		expAdd512(&expConstants[0], &acc[0], &ux[0], &x2[0], n, b, p, q, w)
	}
	for k := n; k < len(ux); k++ {
		acc[k] += w * expOf(b+p*ux[k]-q*x2[k])
	}
}

// nearest sets r2 to the least of u2 − 2 a ux + a² x2 over a from lo to hi, and returns
// the least of all. x2 must be positive.
func nearest(r2, ux, x2 []float64, u2, lo, hi float64) float64 {
	n, least := whole(len(ux)), math.MaxFloat64
	if n > 0 {
		least = nearest512(&r2[0], &ux[0], &x2[0], n, u2, lo, hi)
	}
	for k := n; k < len(ux); k++ {
		a := min(max(ux[k]/x2[k], lo), hi)
		r2[k] = u2 + a*(a*x2[k]-2*ux[k])
		least = min(least, r2[k])
	}
	return least
}

// bound is Σ exp(max(a0 + s0 r2, a1 + s1 r2)).
func bound(r2 []float64, a0, s0, a1, s1 float64) (sum float64) {
	n := whole(len(r2))
	if n > 0 {
		sum = bound512(&expConstants[0], &r2[0], n, a0, s0, a1, s1)
	}
	for _, v := range r2[n:] {
		sum += expOf(max(a0+s0*v, a1+s1*v))
	}
	return sum
}

// dots sets out to the products of 6 rows of u with 4 rows of x, by rows. Rows of u are
// us apart and those of x xs, of n elements, a multiple of lanes.
func dots(out *[tileRows * dotData]float64, u []float64, us int, x []float64, xs, n int) {
	if haveVector {
		dots512(&out[0], &u[0], us, &x[0], xs, n)
		return
	}
	for i := range tileRows {
		for j := range dotData {
			out[i*dotData+j] = dot(u[i*us:i*us+n], x[j*xs:j*xs+n])
		}
	}
}

// sums adds Σ_k w[i][k] x[k][j] to out[i][j], for 6 rows i, n rows k and 32 columns j. Rows
// of out are os apart, those of w ws and those of x xs.
func sums(out []float64, os int, w []float64, ws int, x []float64, xs, n int) {
	if haveVector {
		sums512(&out[0], os, &w[0], ws, &x[0], xs, n)
		return
	}
	for i := range tileRows {
		for k := range n {
			addScaled(out[i*os:i*os+sumLength], w[i*ws+k], x[k*xs:k*xs+sumLength])
		}
	}
}
