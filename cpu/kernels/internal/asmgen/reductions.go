package main

// Reductions to 64 lanes: element i goes to lane i mod 64, and what was in the lanes counts. Registers 8 to
// 11 compute.

// laneSum is acc += x.
func laneSum(set isa) *function {
	f := begin(set, "laneSum", "acc *Lanes, x *float32, n int", "")
	f.arguments("acc R12", "x SI", "n CX")
	x := f.v(8)
	return f.lanes64([]string{"R12"}, []string{"SI"}, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), x, tail)
		f.op("VADDPS", x, s[0], s[0])
	})
}

// laneDot is acc = fma(x, y, acc).
func laneDot(set isa) *function {
	f := begin(set, "laneDot", "acc *Lanes, x, y *float32, n int", "")
	f.arguments("acc R12", "x SI", "y DX", "n CX")
	x, y := f.v(8), f.v(9)
	return f.lanes64([]string{"R12"}, []string{"SI", "DX"}, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), x, tail)
		f.load(at(offset, "R9"), y, tail)
		f.op("VFMADD231PS", y, x, s[0])
	})
}

// laneMax is acc = max(x, acc).
func laneMax(set isa) *function {
	f := begin(set, "laneMax", "acc *Lanes, x *float32, n int", "")
	f.arguments("acc R12", "x SI", "n CX")
	x := f.v(8)
	return f.lanes64([]string{"R12"}, []string{"SI"}, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), x, tail)
		f.maxTail(x, s[0], tail)
	})
}

// laneExp is y = exp(x − top), acc += y.
func laneExp(set isa) *function {
	f := begin(set, "laneExp", "acc *Lanes, y, x *float32, top float32, n int", "")
	f.arguments("acc R12", "y DI", "x SI", "n CX")
	top, x := f.broadcast(12, "top")[0], f.vs(8, 4)
	return f.lanes64([]string{"R12"}, []string{"SI", "DI"}, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), x[0], tail)
		f.op("VSUBPS", top, x[0], x[0])
		exp(f, x[0], x[1], x[2], x[3])
		f.store(x[0], at(offset, "R10"), tail)
		f.keepTail(x[0], tail)
		f.op("VADDPS", x[0], s[0], s[0])
	})
}

// laneMoments is s1 += x − k, s2 = fma(x − k, x − k, s2).
func laneMoments(set isa) *function {
	f := begin(set, "laneMoments", "s1, s2 *Lanes, x *float32, k float32, n int", "")
	f.arguments("s1 R12", "s2 R13", "x SI", "n CX")
	k, x := f.broadcast(12, "k")[0], f.v(8)
	return f.lanes64([]string{"R12", "R13"}, []string{"SI"}, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), x, tail)
		f.op("VSUBPS", k, x, x)
		f.keepTail(x, tail)
		f.op("VADDPS", x, s[0], s[0])
		f.op("VFMADD231PS", x, x, s[1])
	})
}

// rowSums is s1 += p, s2 = fma(p, h, s2) with p = dy·gamma and h = fma(x − k, r, d): the sums of a row that
// the adjoint of its normalisation needs.
func rowSums(set isa) *function {
	f := begin(set, "rowSums", "s1, s2 *Lanes, dy, x, gamma *float32, n int, k, r, d float32", "")
	f.arguments("s1 R12", "s2 R13", "dy SI", "x DX", "gamma DI", "n CX")
	c := f.broadcast(12, "k", "r", "d")
	p, x, gamma := f.v(8), f.v(9), f.v(10)
	sums, operands := []string{"R12", "R13"}, []string{"SI", "DX", "DI"}
	return f.lanes64(sums, operands, func(offset int, tail bool, s []string) {
		f.load(at(offset, "R8"), p, tail)
		f.load(at(offset, "R10"), gamma, tail)
		f.op("VMULPS", gamma, p, p)
		f.load(at(offset, "R9"), x, tail)
		f.op("VSUBPS", c[0], x, x)
		f.op("VFMADD213PS", c[2], c[1], x)
		f.keepTail(x, tail)
		f.op("VADDPS", p, s[0], s[0])
		f.op("VFMADD231PS", x, p, s[1])
	})
}

// laneFold is the sum of 64 lanes in float64: lanes i, i+8, i+16, … first, then i with i+4, i+2 and i+1.
func laneFold(set isa) *function {
	f := begin(set, "laneFold", "acc *Lanes", "(sum float64)")
	f.arguments("acc SI")
	per := f.lanes / 2 // float64 in a vector
	for i := 0; i < 64; i += per {
		u := i / per % (8 / per)
		half, wide := "X"+f.v(4 + u)[1:], f.v(4+u)
		if set == avx512 {
			half = "Y" + f.v(4 + u)[1:]
		}
		f.op("VMOVUPS", at(4*i, "SI"), half)
		f.op("VCVTPS2PD", half, wide)
		if i < 8 {
			f.op("VMOVAPD", wide, f.v(u))
		} else {
			f.op("VADDPD", wide, f.v(u), f.v(u))
		}
	}
	if set == avx512 {
		f.op("VEXTRACTF64X4", "$1", "Z0", "Y1")
	}
	f.ops("VADDPD Y1, Y0, Y0",
		"VEXTRACTF128 $1, Y0, X1", "VADDPD X1, X0, X0",
		"VPERMILPD $1, X0, X1", "VADDSD X1, X0, X0")
	f.op("VMOVSD", "X0", f.param("sum"))
	return f.finish()
}

// laneTop is the maximum of 64 lanes.
func laneTop(set isa) *function {
	f := begin(set, "laneTop", "acc *Lanes", "(top float32)")
	f.arguments("acc SI")
	for u := range 4 {
		f.op("VMOVUPS", at(f.bytes()*u, "SI"), f.v(u))
	}
	for i := 4 * f.lanes; i < 64; i += f.lanes {
		u := i / f.lanes % 4
		f.op("VMAXPS", at(4*i, "SI"), f.v(u), f.v(u))
	}
	for _, p := range [][2]int{{0, 1}, {2, 3}, {0, 2}} {
		f.op("VMAXPS", f.v(p[1]), f.v(p[0]), f.v(p[0]))
	}
	if set == avx512 {
		f.ops("VEXTRACTF64X4 $1, Z0, Y1", "VMAXPS Y1, Y0, Y0")
	}
	f.foldHalf("VMAXPS")
	f.op("VMOVSS", "X0", f.param("top"))
	return f.finish()
}

// foldHalf reduces the 8 lanes of Y0 to lane 0 by op: 4 onto 4, 2 onto 2, and 1 onto 1.
func (f *function) foldHalf(op string) {
	f.op("VEXTRACTF128", "$1", "Y0", "X1")
	f.op(op, "X1", "X0", "X0")
	for _, order := range []string{"$0x0e", "$0x01"} {
		f.op("VPERMILPS", order, "X0", "X1")
		f.op(op, "X1", "X0", "X0")
	}
}
