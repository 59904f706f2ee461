package main

// The functions of this file write one elementary function of one vector, in the order of the float32
// operations of its Go form in vecmath_go.go. Their arguments are vector registers.

// exp is x = exp(x) within 1 ulp; n, p and t are clobbered.
func exp(f *function, x, n, p, t string) {
	f.set("exphigh", t)
	f.op("VMINPS", x, t, x)
	f.set("explow", t)
	f.op("VMAXPS", x, t, x)
	f.op("VMULPS", value("log2e"), x, n)
	f.round(n, n)
	f.op("VFNMADD231PS", value("ln2hi"), n, x)
	f.op("VFNMADD231PS", value("ln2lo"), n, x)
	f.polynomial(x, p, expPolynomial)
	if f.isa == avx512 {
		f.op("VSCALEFPS", n, p, x)
		return
	}
	// 2ⁿ may be no normal float32: it is the product of two powers, of exponents ⌊n/2⌋ and the rest.
	f.op("VCVTPS2DQ", n, n)
	f.op("VPSRAD", "$1", n, t)
	f.op("VPSUBD", t, n, n)
	for _, h := range []string{t, n} {
		f.op("VPADDD", value("bias"), h, h)
		f.op("VPSLLD", "$23", h, h)
	}
	f.op("VMULPS", t, p, p)
	f.op("VMULPS", n, p, x)
}

// mantissa is x = 2ᵉ·(1+m) with 1+m in (√½, √2], for normal x > 0. m may be x; t is clobbered, and Y14 with
// AVX2.
func mantissa(f *function, x, e, m, t string) {
	if f.isa == avx512 {
		f.op("VGETEXPPS", x, e)
		f.op("VGETMANTPS", "$8", x, m)
		k := f.compareInto("greater", m, value("sqrt2"), "", f.comparison+1)
		f.op("VMULPS", value("half"), m, k, m)
		f.op("VADDPS", value("one"), e, k, e)
	} else {
		f.op("VPSRLD", "$23", x, e)
		f.op("VPSUBD", value("bias"), e, e)
		f.op("VCVTDQ2PS", e, e)
		f.op("VPAND", value("mantissa"), x, m)
		f.op("VPOR", value("one"), m, m)
		f.compare("greater", m, value("sqrt2"), t)
		f.op("VANDPS", value("one"), t, "Y14")
		f.op("VADDPS", "Y14", e, e)
		f.op("VMULPS", value("half"), m, "Y14")
		f.choose(t, "Y14", m, m)
	}
	f.op("VSUBPS", value("one"), m, m)
}

// logParts is m = e·ln 2 + ln(1+m); p and z are clobbered.
func logParts(f *function, m, e, p, z string) {
	f.op("VMULPS", m, m, z)
	f.polynomial(m, p, logPolynomial)
	f.op("VMULPS", m, p, p)
	f.op("VMULPS", z, p, p)
	f.op("VFMADD231PS", value("ln2lo"), e, p)
	f.op("VFMADD231PS", value("nhalf"), z, p)
	f.op("VADDPS", p, m, m)
	f.op("VFMADD231PS", value("ln2hi"), e, m)
}

// logarithm is m = ln x within 2 ulp; x is kept, and e, p and z are clobbered.
func logarithm(f *function, x, m, e, p, z string) {
	if f.isa == avx512 {
		mantissa(f, x, e, m, z)
		logParts(f, m, e, p, z)
		f.op("VXORPS", p, p, p)
		k := f.compare("equal", x, p, "")
		f.op("VBROADCASTSS", value("ninf"), k, m)
		k = f.compare("equal", x, value("inf"), "")
		f.op("VMOVAPS", x, k, m)
		return
	}
	// VGETEXPPS knows subnormal numbers and signs; here they are taken apart by comparison.
	f.op("VMOVAPS", x, m)
	f.compare("less", x, value("tiny"), p)
	f.op("VMULPS", value("up23"), x, z)
	f.choose(p, z, x, m)
	f.op("VANDPS", value("n23"), p, p)
	mantissa(f, m, e, m, z)
	f.op("VADDPS", p, e, e)
	logParts(f, m, e, p, z)
	f.op("VXORPS", p, p, p)
	f.set("nan", e)
	f.choose(f.compare("not greater or equal", x, p, z), e, m, m)
	f.set("ninf", e)
	f.choose(f.compare("equal", x, p, z), e, m, m)
	f.choose(f.compare("equal", x, value("inf"), z), x, m, m)
}

// quarters is s = sin r and c = cos r for |r| ≤ π/4; r and z are clobbered.
func quarters(f *function, r, s, c, z string) {
	f.op("VMULPS", r, r, z)
	f.polynomial(z, s, sinPolynomial)
	f.op("VMULPS", z, s, s)
	f.op("VFMADD213PS", r, r, s)
	f.polynomial(z, c, cosPolynomial)
	f.op("VMULPS", z, z, r)
	f.op("VMULPS", value("nhalf"), z, z) // exact, so that this and the addition round as one fma
	f.op("VADDPS", value("one"), z, z)
	f.op("VFMADD213PS", z, r, c)
}

// quadrant is dst = sin(r + j·π/2) from s = sin r and c = cos r, j integers. dst may be s, not c; t is
// clobbered.
func quadrant(f *function, s, c, j, dst, t string) {
	odd := t
	if f.isa == avx512 {
		odd = f.comparisonMask()
		f.op("VPTESTMD", value("ione"), j, odd)
	} else {
		f.op("VPSLLD", "$31", j, t)
	}
	f.choose(odd, c, s, dst)
	f.logic("VPAND", value("itwo"), j, t)
	f.op("VPSLLD", "$30", t, t)
	f.logic("VPXOR", t, dst, dst)
}

// sine is x = sin(x + quarterTurns·π/2) within 2 ulp for |x| ≤ 2¹⁴, quarterTurns 0 or 1; the others are
// clobbered.
func sine(f *function, x, n, s, c, z string, quarterTurns int) {
	f.op("VMULPS", value("twooverpi"), x, n)
	f.round(n, n)
	for _, part := range []string{"pio2a", "pio2b", "pio2c"} {
		f.op("VFNMADD231PS", value(part), n, x)
	}
	f.op("VCVTPS2DQ", n, n)
	if quarterTurns == 1 {
		f.op("VPADDD", value("ione"), n, n)
	}
	quarters(f, x, s, c, z)
	quadrant(f, s, c, n, x, z)
}

// tanh is x = tanh x within 2 ulp; the others are clobbered.
func tanh(f *function, x, a, n, p, t, y string) {
	f.op("VMULPS", x, x, y)
	f.polynomial(y, a, tanhPolynomial)
	f.op("VMULPS", y, a, y)
	f.op("VFMADD213PS", x, x, y) // y is the result near 0
	f.logic("VPAND", value("abs"), x, a)
	f.op("VADDPS", a, a, a)
	exp(f, a, n, p, t)
	f.op("VADDPS", value("one"), a, a)
	f.set("one", n)
	f.op("VADDPS", n, n, t)
	f.op("VDIVPS", a, t, t)
	f.op("VSUBPS", t, n, n)
	f.logic("VPAND", value("sign"), x, p)
	f.logic("VPOR", p, n, n) // n is the result elsewhere
	f.logic("VPAND", value("abs"), x, p)
	f.choose(f.compare("less", p, value("tanhcut"), t), y, n, x)
}

// logistic is the sigmoid of x as a quotient: top over bottom. p and t are clobbered.
func logistic(f *function, x, top, bottom, p, t string) {
	f.logic("VPOR", value("sign"), x, top)
	exp(f, top, bottom, p, t)
	f.op("VADDPS", value("one"), top, bottom)
	f.set("one", p)
	negative := x
	if f.isa == avx512 {
		negative = f.comparisonMask()
		f.op("VPMOVD2M", x, negative)
	}
	f.choose(negative, top, p, top)
}
