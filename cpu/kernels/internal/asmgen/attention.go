package main

// foldBlock reduces the 16 sums of blocks to one by op, and fills vector 0 with it.
func (f *function) foldBlock(op string) {
	if f.isa == avx512 {
		f.op("VEXTRACTF64X4", "$1", "Z0", "Y1")
	}
	f.op(op, "Y1", "Y0", "Y0")
	f.foldHalf(op)
	f.op("VBROADCASTSS", "X0", f.v(0))
}

// nextRow writes the end of a loop over R8 rows that are R10 bytes apart.
func (f *function) nextRow() {
	f.op("ADDQ", "R10", "SI")
	f.op("ADDQ", "R10", "DI")
	f.op("DECQ", "R8")
	f.op("JNZ", "row")
}

// softmaxRows is y[i] = exp(scale·(x[i] − m)) / Σ exp(scale·(x[j] − m)) with m = max x, for rows of n
// elements that are stride elements apart; y may be x.
func softmaxRows(set isa) *function {
	f := begin(set, "softmaxRows", "y, x *float32, rows, n, stride int, scale float32", "")
	f.arguments("y DI", "x SI", "rows R8", "n R9", "stride R10")
	scale, top, t := f.broadcast(12, "scale")[0], f.v(13), f.vs(8, 4)
	f.op("SHLQ", "$2", "R10")
	f.label("row")
	sums := f.vs(0, 16/f.lanes)
	for _, s := range sums {
		f.set("ninf", s)
	}
	f.blocks("top", [][2]string{{"SI", "R11"}}, func(f *function, offset int, tail bool, u int) {
		f.load(at(offset, "R11"), t[0], tail)
		f.maxTail(t[0], sums[u], tail)
	})
	f.foldBlock("VMAXPS")
	f.op("VMOVAPS", f.v(0), top)
	for _, s := range sums {
		f.clear(s)
	}
	both := [][2]string{{"SI", "R11"}, {"DI", "R12"}}
	f.blocks("power", both, func(f *function, offset int, tail bool, u int) {
		f.load(at(offset, "R11"), t[0], tail)
		f.op("VSUBPS", top, t[0], t[0])
		f.op("VMULPS", scale, t[0], t[0])
		exp(f, t[0], t[1], t[2], t[3])
		f.store(t[0], at(offset, "R12"), tail)
		f.keepTail(t[0], tail)
		f.op("VADDPS", t[0], sums[u], sums[u])
	})
	f.foldBlock("VADDPS")
	f.set("one", t[1])
	f.op("VDIVPS", f.v(0), t[1], t[1])
	f.blocks("divide", [][2]string{{"DI", "R12"}}, func(f *function, offset int, tail bool, _ int) {
		f.load(at(offset, "R12"), t[0], tail)
		f.op("VMULPS", t[1], t[0], t[0])
		f.store(t[0], at(offset, "R12"), tail)
	})
	f.nextRow()
	return f.finish()
}

// scoreRows is the adjoint of softmaxRows in place: ds[i] = scale·p[i]·(ds[i] − Σ p[j]·ds[j]), p the
// softmax.
func scoreRows(set isa) *function {
	f := begin(set, "scoreRows", "ds, p *float32, rows, n, stride int, scale float32", "")
	f.arguments("ds DI", "p SI", "rows R8", "n R9", "stride R10")
	scale, p, ds := f.broadcast(12, "scale")[0], f.v(8), f.v(9)
	f.op("SHLQ", "$2", "R10")
	f.label("row")
	for u := range 16 / f.lanes {
		f.clear(f.v(u))
	}
	both := [][2]string{{"SI", "R11"}, {"DI", "R12"}}
	f.blocks("mean", both, func(f *function, offset int, tail bool, u int) {
		f.load(at(offset, "R11"), p, tail)
		f.load(at(offset, "R12"), ds, tail)
		f.op("VFMADD231PS", ds, p, f.v(u))
	})
	f.foldBlock("VADDPS")
	f.blocks("grad", both, func(f *function, offset int, tail bool, _ int) {
		f.load(at(offset, "R11"), p, tail)
		f.load(at(offset, "R12"), ds, tail)
		f.op("VSUBPS", f.v(0), ds, ds)
		f.op("VMULPS", p, ds, ds)
		f.op("VMULPS", scale, ds, ds)
		f.store(ds, at(offset, "R12"), tail)
	})
	f.nextRow()
	return f.finish()
}
