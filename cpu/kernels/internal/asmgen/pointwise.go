package main

import "strings"

// primitive is a pointwise operator of package plan on blocks of elements.
type primitive struct {
	kind      string // its name in package plan
	operands  int    // 0, 1 or 2: registers 0 and 1 hold them
	registers int    // that write takes; the result is in register 0
	unroll    int    // vectors at once with AVX-512
	write     func(f *function, r []string)
}

// primitives in the order in which they lie in the file. Register 13 holds the operator's immediate number.
var primitives = []primitive{
	{"Scale", 1, 1, 4, func(f *function, r []string) { f.op("VMULPS", f.v(13), r[0], r[0]) }},
	{"Shift", 1, 1, 4, func(f *function, r []string) { f.op("VADDPS", f.v(13), r[0], r[0]) }},
	{"Fill", 0, 1, 4, func(f *function, r []string) { f.op("VMOVAPS", f.v(13), r[0]) }},
	{"Exp", 1, 4, 2, func(f *function, r []string) { exp(f, r[0], r[1], r[2], r[3]) }},
	{"Log", 1, 5, 2, func(f *function, r []string) {
		logarithm(f, r[0], r[1], r[2], r[3], r[4])
		f.op("VMOVAPS", r[1], r[0])
	}},
	{"Sqrt", 1, 1, 4, func(f *function, r []string) { f.op("VSQRTPS", r[0], r[0]) }},
	{"Recip", 1, 2, 4, func(f *function, r []string) {
		f.set("one", r[1])
		f.op("VDIVPS", r[0], r[1], r[0])
	}},
	{"Sin", 1, 5, 2, func(f *function, r []string) { sine(f, r[0], r[1], r[2], r[3], r[4], 0) }},
	{"Cos", 1, 5, 2, func(f *function, r []string) { sine(f, r[0], r[1], r[2], r[3], r[4], 1) }},
	{"Tanh", 1, 6, 2, func(f *function, r []string) { tanh(f, r[0], r[1], r[2], r[3], r[4], r[5]) }},
	{"Sigmoid", 1, 5, 2, func(f *function, r []string) {
		logistic(f, r[0], r[1], r[2], r[3], r[4])
		f.op("VDIVPS", r[2], r[1], r[0])
	}},
	{"SiLU", 1, 5, 2, silu},
	{"Add", 2, 2, 4, binary("VADDPS")},
	{"Sub", 2, 2, 4, binary("VSUBPS")},
	{"Mul", 2, 2, 4, binary("VMULPS")},
	{"Div", 2, 2, 4, binary("VDIVPS")},
	{"Min", 2, 4, 2, extreme("VMINPS")},
	{"Max", 2, 4, 2, extreme("VMAXPS")},
	{"Less", 2, 3, 2, less},
}

// silu is x·sigmoid(x), where x = −∞ counts as the least finite number so that the result is −0.
func silu(f *function, r []string) {
	logistic(f, r[0], r[1], r[2], r[3], r[4])
	f.set("nmax", r[4])
	f.op("VMAXPS", r[0], r[4], r[0])
	f.op("VMULPS", r[1], r[0], r[0])
	f.op("VDIVPS", r[2], r[0], r[0])
}

// binary is one instruction of two operands.
func binary(op string) func(f *function, r []string) {
	return func(f *function, r []string) { f.op(op, r[1], r[0], r[0]) }
}

// extreme is the minimum or maximum, NaN where an operand is NaN; the instruction alone gives its second
// operand then.
func extreme(op string) func(f *function, r []string) {
	return func(f *function, r []string) {
		unordered := f.compare("unordered", r[0], r[1], r[3])
		f.op("VADDPS", r[1], r[0], r[2])
		f.op(op, r[1], r[0], r[0])
		f.choose(unordered, r[2], r[0], r[0])
	}
}

// less is 1 where the first operand is less than the second, else 0.
func less(f *function, r []string) {
	mask := f.compare("less", r[0], r[1], r[2])
	if f.isa == avx512 {
		f.op("VBROADCASTSS.Z", value("one"), mask, r[0])
		return
	}
	f.op("VANDPS", value("one"), mask, r[0])
}

// function is dst[i] = p(a[i], b[i], imm) for i < n; dst may be a or b. A primitive of one operand leaves b
// alone, but moves its pointer.
func (p primitive) function(set isa) *function {
	f := begin(set, strings.ToLower(p.kind), "dst, a, b *float32, n int, imm float32", "")
	f.arguments("dst DI", "a SI", "b DX", "n CX")
	f.op("VBROADCASTSS", f.param("imm"), f.v(13))
	unroll := p.unroll
	if set == avx2 && p.registers > 2 {
		unroll = 1
	}
	f.stream([]string{"DI", "SI", "DX"}, unroll, func(f *function, offset int, tail bool, u int) {
		r := f.vs(u*p.registers, p.registers)
		for i, pointer := range []string{"SI", "DX"}[:p.operands] {
			f.load(at(offset, pointer), r[i], tail)
		}
		p.write(f, r)
		f.store(r[0], at(offset, "DI"), tail)
	})
	return f.finish()
}

// beyond is not 0 if any |x[i]| > limit or is NaN, i < n.
func beyond(set isa) *function {
	f := begin(set, "beyond", "x *float32, n int, limit float32", "(lanes uint32)")
	f.doc = "is not 0 if any |x[i]| > limit or is NaN."
	f.arguments("x SI", "n CX")
	limit, some := f.v(10), f.v(11)
	f.op("VBROADCASTSS", f.param("limit"), limit)
	f.clear(some)
	f.stream([]string{"SI"}, 1, func(f *function, offset int, tail bool, _ int) {
		x := f.v(0)
		f.load(at(offset, "SI"), x, tail)
		f.logic("VPAND", value("abs"), x, x)
		mask := f.compare("not less or equal", x, limit, x)
		if set == avx512 {
			f.op("VPTERNLOGD", "$0xff", some, some, mask, some) // all ones where mask
			return
		}
		f.op("VORPS", mask, some, some)
	})
	if set == avx512 {
		f.op("VPMOVD2M", some, "K2")
		f.op("KMOVW", "K2", "AX")
	} else {
		f.op("VMOVMSKPS", some, "AX")
	}
	f.op("MOVL", "AX", f.param("lanes"))
	return f.finish()
}
