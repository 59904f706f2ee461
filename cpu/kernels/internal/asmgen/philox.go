package main

import "fmt"

// multiply is the upper and lower halves of the products x·m of unsigned 32-bit lanes. x is clobbered, and
// t with AVX2. The instruction multiplies even lanes alone, so the odd ones are moved there and their
// products woven in.
func multiply(f *function, x, m, upper, lower, t string) {
	f.op("VPMULUDQ", m, x, lower)
	f.op("VPSRLQ", "$32", x, x)
	f.op("VPMULUDQ", m, x, x)
	if f.isa == avx512 {
		f.op("VMOVAPS", x, upper)
		f.op("VMOVSHDUP", lower, "K6", upper)
		f.op("VMOVSLDUP", x, "K5", lower)
		return
	}
	f.op("VMOVSHDUP", lower, t)
	f.op("VBLENDPS", "$0xaa", x, t, upper)
	f.op("VMOVSLDUP", x, t)
	f.op("VBLENDPS", "$0xaa", t, lower, lower)
}

// philox writes Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) for one block in each lane, and returns the
// registers of its four words and four that are free. R8 points to the drawArgs, register 10 holds the
// numbers of the blocks, 11 and 12 the multipliers; all below 10 are used.
func philox(f *function) (words, free []string) {
	c, s, t := f.vs(0, 4), f.vs(4, 4), f.v(8)
	f.op("VMOVAPS", f.v(10), c[0])
	for i, field := range []string{"low", "high", "purpose"} {
		f.op("VPBROADCASTD", "drawArgs_"+field+"(R8)", c[i+1])
	}
	for round := range 10 {
		multiply(f, c[0], f.v(11), s[0], s[1], t)
		multiply(f, c[2], f.v(12), s[2], s[3], t)
		f.mixKey(s[2], c[1], 2*round, t)
		f.mixKey(s[0], c[3], 2*round+1, t)
		c, s = []string{s[2], s[3], s[0], s[1]}, c
	}
	return c, s
}

// mixKey is x = x ⊕ other ⊕ round key number key.
func (f *function) mixKey(x, other string, key int, t string) {
	mem := fmt.Sprintf("drawArgs_keys+%d(R8)", 4*key)
	if f.isa == avx512 {
		f.op("VPTERNLOGD.BCST", "$0x96", mem, other, x)
		return
	}
	f.op("VPBROADCASTD", mem, t)
	f.op("VPXOR", t, x, x)
	f.op("VPXOR", other, x, x)
}

// radius is a = √(−2 ln u), u = (a+½)·2⁻³², of unsigned words a. Where u is near 1 it is ln(1 − (1−u)),
// which keeps the digits. The others are clobbered.
func radius(f *function, a, e, p, z, t, m string) {
	near := t
	if f.isa == avx512 {
		near = f.comparisonMask()
		f.op("VPCMPUD", "$5", value("nearone"), a, near)
		f.op("VPXORD", value("ones"), a, near, a)
		f.op("VCVTUDQ2PS", a, a)
	} else {
		f.op("VPXOR", value("sign"), a, t)
		f.op("VPCMPGTD", value("nearsigned"), t, t)
		f.op("VPXOR", t, a, a)
		// There is no conversion of unsigned words: the halves are converted, and added with one rounding.
		f.op("VPSRLD", "$16", a, z)
		f.op("VPAND", value("low16"), a, a)
		f.op("VCVTDQ2PS", z, z)
		f.op("VCVTDQ2PS", a, a)
		f.op("VFMADD231PS", value("up16"), z, a)
	}
	f.op("VADDPS", value("half"), a, a)
	f.op("VMULPS", value("down32"), a, a)
	mantissa(f, a, e, m, z)
	if f.isa == avx512 {
		f.op("VPXORD", value("sign"), a, near, m)
		f.op("VPXORD", e, e, near, e)
	} else {
		f.op("VPXOR", value("sign"), a, a)
		f.choose(near, a, m, m)
		f.op("VPANDN", e, near, e)
	}
	logParts(f, m, e, p, z)
	f.op("VMULPS", value("ntwo"), m, m)
	f.op("VSQRTPS", m, a)
}

// circle is (r, b) = r·(cos, sin) of the angle b·2π·2⁻³², b unsigned words. Its two upper bits, rounded,
// are the quarter of the circle, so that nothing is lost to the size of the angle. The others are
// clobbered.
func circle(f *function, b, r, s, c, z, j, x string) {
	f.op("VPADDD", value("eighth"), b, j)
	f.op("VPSRLD", "$30", j, j)
	f.op("VPSLLD", "$30", j, z)
	f.op("VPSUBD", z, b, x)
	f.op("VCVTDQ2PS", x, x)
	f.op("VMULPS", value("circle"), x, x)
	quarters(f, x, s, c, z)
	quadrant(f, s, c, j, x, z)
	f.op("VMULPS", x, r, b)
	f.op("VPADDD", value("ione"), j, j)
	quadrant(f, s, c, j, x, z)
	f.op("VMULPS", x, r, r)
}

// normals is standard normal numbers from the words of Philox by Box and Muller, 64 to a group.
func normals(set isa) *function {
	return draw(set, "normals", func(f *function, words, free []string) {
		t := append(append([]string{}, free...), f.v(8))
		for i := 0; i < 4; i += 2 {
			radius(f, words[i], t[0], t[1], t[2], t[3], t[4])
			circle(f, words[i+1], words[i], t[0], t[1], t[2], t[3], t[4])
		}
	})
}

// uniforms is numbers in (0, 1) from the words of Philox, 64 to a group: u = (w>>9 + ½)·2⁻²³.
func uniforms(set isa) *function {
	return draw(set, "uniforms", func(f *function, words, _ []string) {
		for _, w := range words {
			f.op("VPSRLD", "$9", w, w)
			f.op("VCVTDQ2PS", w, w)
			f.op("VADDPS", value("half"), w, w)
			f.op("VMULPS", value("down23"), w, w)
		}
	})
}

// draw writes a generator of 64·groups numbers: turn makes four numbers of the four words of each block,
// and they are unpacked so that those of a block lie together.
func draw(set isa, name string, turn func(f *function, words, free []string)) *function {
	f := begin(set, name, "dst *float32, groups int, d *drawArgs", "")
	f.arguments("dst DI", "groups CX", "d R8")
	if set == avx512 {
		f.ops("MOVL $0xaaaa, AX", "KMOVW AX, K5", "MOVL $0x5555, AX", "KMOVW AX, K6") // odd lanes, even lanes
	} else {
		f.op("ADDQ", "CX", "CX") // half a group at a time
	}
	blocks := f.v(10)
	f.op("VPBROADCASTD", "drawArgs_block(R8)", blocks)
	f.op("VPADDD", "vecLanes"+set.suffix+"<>(SB)", blocks, blocks)
	f.set("m0", f.v(11))
	f.set("m1", f.v(12))
	f.label("loop")
	c, t := philox(f)
	turn(f, c, t)
	f.op("VUNPCKLPS", c[1], c[0], t[0])
	f.op("VUNPCKHPS", c[1], c[0], t[1])
	f.op("VUNPCKLPS", c[3], c[2], t[2])
	f.op("VUNPCKHPS", c[3], c[2], t[3])
	for i, half := range []string{"VUNPCKLPD", "VUNPCKHPD", "VUNPCKLPD", "VUNPCKHPD"} {
		f.op(half, t[2+i/2], t[i/2], f.v(8))
		f.op("VMOVUPS", f.v(8), at(f.bytes()*i, "DI"))
	}
	f.op("VPADDD", "vecStep"+set.suffix+"<>(SB)", blocks, blocks)
	f.op("ADDQ", imm(4*f.bytes()), "DI")
	f.ops("DECQ CX", "JNZ loop")
	return f.finish()
}
