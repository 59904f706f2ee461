package kernels

import "math"

// The functions of this file are the Go form of the elementary functions, for one
// element. The assembly does the same float32 operations in the same order on vectors
// (internal/asmgen/elementary.go), so that the levels agree to the bit.

// bits and fromBits turn a float32 into its bits and back.
func bits(x float32) uint32     { return math.Float32bits(x) }
func fromBits(u uint32) float32 { return math.Float32frombits(u) }

// abs is |x|, of NaN too.
func abs(x float32) float32 { return fromBits(bits(x) &^ signBit) }

// minps and maxps are the instructions VMINPS and VMAXPS: the lesser and the greater
// operand, and b where they are equal or one is NaN.
func minps(a, b float32) float32 {
	if a < b {
		return a
	}
	return b
}

func maxps(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}

// signBit is the sign of a float32.
const signBit = 1 << 31

// Constants of the functions below. They and the polynomials are those of S. Moshier's
// Cephes library (expf, logf, sinf, cosf, tanhf).
const (
	log2e = 1.44269504088896341
	ln2hi = 0.693359375 // ln 2 = ln2hi + ln2lo; n·ln2hi is exact
	ln2lo = -2.12194440e-4

	expLow, expHigh = -104, 89 // eˣ is 0 below expLow and +Inf above expHigh

	sqrt2 = 1.41421356237309505

	twoOverPi = 0.636619772367581343
	// π/2 in three parts of 24 bits.
	pio2a, pio2b, pio2c = 0x1.921fb6p0, -0x1.777a5cp-25, -0x1.ee59dap-50
	// sinLimit is the greatest |x| for which x − n·π/2 in three parts loses no digit.
	sinLimit = 1 << 14
)

// Coefficients, that of the highest power first.
var (
	expPoly = [...]float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
		1.6666665459e-1, 5.0000001201e-1, 1, 1}
	logPoly = [...]float32{7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
		1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1}
	sinPoly  = [...]float32{-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}
	cosPoly  = [...]float32{2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2}
	tanhPoly = [...]float32{-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
		-3.33332819422e-1}
)

// horner is the polynomial of x with coefficients c, that of the highest power first.
func horner(x float32, c []float32) float32 {
	p := c[0]
	for _, k := range c[1:] {
		p = fma32(p, x, k)
	}
	return p
}

// exp32 is eˣ = 2ⁿ·eʳ with n = round(x·log₂e) and r = x − n·ln 2, within 1 ulp.
func exp32(x float32) float32 {
	x = maxps(expLow, minps(expHigh, x))
	n := float32(math.RoundToEven(float64(float32(x * log2e))))
	r := fma32(n, -ln2hi, x)
	r = fma32(n, -ln2lo, r)
	p := horner(r, expPoly[:])
	if x != x {
		return x
	}
	return scale2(p, int32(n))
}

// scale2 is p·2ⁿ, by two factors for 2ⁿ may be no normal number. It rounds once, for
// p times the first factor is normal and exact.
func scale2(p float32, n int32) float32 {
	h := n >> 1
	return p * fromBits(uint32(h+127)<<23) * fromBits(uint32(n-h+127)<<23)
}

// log32 is ln x = e·ln 2 + ln m with m in (√½, √2], within 2 ulp.
func log32(x float32) float32 {
	switch {
	case x != x || x < 0:
		return float32(math.NaN())
	case x == 0:
		return float32(math.Inf(-1))
	case x > math.MaxFloat32:
		return x
	}
	e := float32(0)
	if x < 0x1p-126 {
		x, e = x*0x1p23, -23
	}
	f, n := mantissa(x)
	return logParts(f, n+e)
}

// mantissa is x = 2ᵉ·(1+f) with 1+f in (√½, √2], for a normal x > 0.
func mantissa(x float32) (f, e float32) {
	u := bits(x)
	e = float32(int32(u>>23) - 127)
	m := fromBits(u&0x7fffff | 0x3f800000)
	if m > sqrt2 {
		m, e = m*0.5, e+1
	}
	return m - 1, e
}

// logParts is e·ln 2 + ln(1+f).
func logParts(f, e float32) float32 {
	z := f * f
	y := float32(horner(f, logPoly[:])*f) * z
	y = fma32(e, ln2lo, y)
	y = fma32(z, -0.5, y)
	y = f + y
	return fma32(e, ln2hi, y)
}

// sinQuarter is sin r for |r| ≤ π/4.
func sinQuarter(r float32) float32 {
	z := r * r
	p := horner(z, sinPoly[:])
	return fma32(float32(p*z), r, r)
}

// cosQuarter is cos r for |r| ≤ π/4.
func cosQuarter(r float32) float32 {
	z := r * r
	p := horner(z, cosPoly[:])
	return fma32(p, float32(z*z), fma32(z, -0.5, 1))
}

// sinQuadrant is sin(r + j·π/2) for |r| ≤ π/4: ± sin r or cos r.
func sinQuadrant(r float32, j int32) float32 {
	s := sinQuarter(r)
	if j&1 != 0 {
		s = cosQuarter(r)
	}
	return fromBits(bits(s) ^ uint32(j&2)<<30)
}

// reduce writes x as r + j·π/2 with |r| ≤ π/4, for |x| ≤ sinLimit.
func reduce(x float32) (r float32, j int32) {
	n := float32(math.RoundToEven(float64(float32(x * twoOverPi))))
	r = fma32(n, -pio2a, x)
	r = fma32(n, -pio2b, r)
	r = fma32(n, -pio2c, r)
	return r, int32(n)
}

// sin32 is sin x within 2 ulp.
func sin32(x float32) float32 {
	if !(abs(x) <= sinLimit) {
		return float32(math.Sin(float64(x)))
	}
	return sinQuadrant(reduce(x))
}

// cos32 is cos x within 2 ulp.
func cos32(x float32) float32 {
	if !(abs(x) <= sinLimit) {
		return float32(math.Cos(float64(x)))
	}
	r, j := reduce(x)
	return sinQuadrant(r, j+1)
}

// tanh32 is x + x³·P(x²) near 0 and 1 − 2/(e²ˣ + 1) away from it, within 2 ulp.
func tanh32(x float32) float32 {
	a := abs(x)
	if a < 0.625 {
		z := x * x
		p := horner(z, tanhPoly[:])
		return fma32(float32(p*z), x, x)
	}
	y := 1 - 2/(exp32(a+a)+1)
	return fromBits(bits(y) | bits(x)&signBit)
}

// sigmoid32 is 1/(1+e⁻ˣ) where x ≥ 0 and eˣ/(1+eˣ) elsewhere, within 2 ulp: so nothing
// overflows, and a small result keeps its digits.
func sigmoid32(x float32) float32 {
	top, bottom := logistic(x)
	return top / bottom
}

// silu32 is x·sigmoid(x) within 3 ulp, and −0 at −Inf.
func silu32(x float32) float32 {
	top, bottom := logistic(x)
	return maxps(-math.MaxFloat32, x) * top / bottom
}

// logistic is the sigmoid of x as a quotient, top/bottom.
func logistic(x float32) (top, bottom float32) {
	e := exp32(fromBits(bits(x) | signBit))
	top = 1
	if x < 0 {
		top = e
	}
	return top, 1 + e
}
