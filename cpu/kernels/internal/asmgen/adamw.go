package main

// adam is AdamW with the moving average of the weights, on the n elements of adamArgs (adamw_go.go has the
// order of operations). It reads 20 and writes 16 bytes of an element.
func adam(set isa) *function {
	f := begin(set, "adam", "a *adamArgs", "")
	f.arguments("a R13")
	for _, p := range [][2]string{
		{"w", "DI"}, {"m", "SI"}, {"v", "DX"}, {"avg", "R8"}, {"grad", "R9"}, {"n", "CX"}} {
		f.op("MOVQ", "adamArgs_"+p[0]+"(R13)", p[1])
	}
	c := map[string]string{}
	for i, name := range []string{
		"scale", "rest1", "beta1", "rest2", "beta2", "c2", "eps", "c1", "negDecay", "negLR", "ema"} {
		c[name] = f.v(4 + i)
		f.op("VBROADCASTSS", "adamArgs_"+name+"(R13)", c[name])
	}
	unroll := 1
	if set == avx512 {
		unroll = 4
	}
	f.stream([]string{"DI", "SI", "DX", "R8", "R9"}, unroll, func(f *function, offset int, tail bool, u int) {
		r := f.rowRegisters(u, 4)
		a, m, b, v := r[0], r[1], r[2], r[3]
		f.load(at(offset, "R9"), a, tail)
		f.op("VMULPS", c["scale"], a, a)
		f.load(at(offset, "SI"), m, tail)
		f.op("VMULPS", c["rest1"], a, b)
		f.op("VFMADD213PS", b, c["beta1"], m)
		f.store(m, at(offset, "SI"), tail)
		f.op("VMULPS", c["rest2"], a, b)
		f.op("VMULPS", a, b, b)
		f.load(at(offset, "DX"), v, tail)
		f.op("VFMADD213PS", b, c["beta2"], v)
		f.store(v, at(offset, "DX"), tail)
		f.op("VMULPS", c["c2"], v, v)
		f.op("VSQRTPS", v, v)
		f.op("VADDPS", c["eps"], v, v)
		f.op("VMULPS", c["c1"], m, m)
		f.op("VDIVPS", v, m, m)
		f.load(at(offset, "DI"), a, tail)
		f.op("VMOVAPS", a, b)
		f.op("VFMADD231PS", a, c["negDecay"], b)
		f.op("VFMADD231PS", m, c["negLR"], b)
		f.store(b, at(offset, "DI"), tail)
		f.load(at(offset, "R8"), a, tail)
		f.op("VSUBPS", a, b, b)
		f.op("VFMADD231PS", b, c["ema"], a)
		f.store(a, at(offset, "R8"), tail)
	})
	return f.finish()
}

// average is avg[i] = fma(rate, w[i] − avg[i], avg[i]). It reads 8 and writes 4 bytes of an element.
func average(set isa) *function {
	f := begin(set, "average", "avg, w *float32, n int, rate float32", "")
	f.arguments("avg DI", "w SI", "n CX")
	rate := f.broadcast(10, "rate")[0]
	f.stream([]string{"DI", "SI"}, 4, func(f *function, offset int, tail bool, u int) {
		t := f.rowRegisters(u, 2)
		avg, w := t[0], t[1]
		f.load(at(offset, "DI"), avg, tail)
		f.load(at(offset, "SI"), w, tail)
		f.op("VSUBPS", avg, w, w)
		f.op("VFMADD231PS", w, rate, avg)
		f.store(avg, at(offset, "DI"), tail)
	})
	return f.finish()
}
