package main

// Kernels of normalisations whose statistics belong to rows. A row is n consecutive elements x[i] with a
// mean and a deviation r⁻¹; h[i] = fma(x[i] − k, r, d) is its normal form.

// broadcast fills vector registers from first on with float32 parameters and returns the registers.
func (f *function) broadcast(first int, names ...string) []string {
	r := f.vs(first, len(names))
	for i, name := range names {
		f.op("VBROADCASTSS", f.param(name), r[i])
	}
	return r
}

// rowRegisters are the n registers of vector u of a loop over a row: above 15 with AVX-512, and the same
// for all with AVX2, which has too few.
func (f *function) rowRegisters(u, n int) []string {
	if f.isa == avx512 {
		return f.vs(15+u*n, n)
	}
	return f.vs(0, n)
}

// rowApply is y[i] = fma(h[i], gamma[i], beta[i]).
func rowApply(set isa) *function {
	f := begin(set, "rowApply", "y, x, gamma, beta *float32, n int, k, r, d float32", "")
	f.arguments("y DI", "x SI", "gamma DX", "beta R8", "n CX")
	c := f.broadcast(10, "k", "r", "d")
	f.stream([]string{"DI", "SI", "DX", "R8"}, 4, func(f *function, offset int, tail bool, u int) {
		t := f.rowRegisters(u, 3)
		x, gamma, beta := t[0], t[1], t[2]
		f.load(at(offset, "SI"), x, tail)
		f.load(at(offset, "DX"), gamma, tail)
		f.load(at(offset, "R8"), beta, tail)
		f.op("VSUBPS", c[0], x, x)
		f.op("VFMADD213PS", c[2], c[1], x)
		f.op("VFMADD213PS", beta, gamma, x)
		f.store(x, at(offset, "DI"), tail)
	})
	return f.finish()
}

// rowGrad is the adjoint of rowApply with the row's statistics: dbeta[i] += dy[i], dgamma[i] = fma(dy[i],
// h[i], dgamma[i]) and dx[i] = r·(dy[i]·gamma[i] − p − q·h[i]).
func rowGrad(set isa) *function {
	f := begin(set, "rowGrad", "dx, dgamma, dbeta, dy, x, gamma *float32, n int, k, r, d, p, q float32", "")
	f.arguments("dx DI", "dgamma R8", "dbeta R9", "dy R10", "x SI", "gamma DX", "n CX")
	c := f.broadcast(10, "k", "r", "d", "p", "q")
	k, r, d, p, q := c[0], c[1], c[2], c[3], c[4]
	pointers := []string{"DI", "R8", "R9", "R10", "SI", "DX"}
	f.stream(pointers, 4, func(f *function, offset int, tail bool, u int) {
		t := f.rowRegisters(u, 4)
		x, dy, gamma, sum := t[0], t[1], t[2], t[3]
		f.load(at(offset, "SI"), x, tail)
		f.load(at(offset, "R10"), dy, tail)
		f.op("VSUBPS", k, x, x)
		f.op("VFMADD213PS", d, r, x)
		f.load(at(offset, "R9"), sum, tail)
		f.op("VADDPS", dy, sum, sum)
		f.store(sum, at(offset, "R9"), tail)
		f.load(at(offset, "R8"), sum, tail)
		f.op("VFMADD231PS", x, dy, sum)
		f.store(sum, at(offset, "R8"), tail)
		f.load(at(offset, "DX"), gamma, tail)
		f.op("VFMSUB213PS", p, gamma, dy)
		f.op("VMULPS", q, x, x)
		f.op("VSUBPS", x, dy, dy)
		f.op("VMULPS", r, dy, dy)
		f.store(dy, at(offset, "DI"), tail)
	})
	return f.finish()
}
