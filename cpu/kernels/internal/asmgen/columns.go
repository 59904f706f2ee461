package main

import "fmt"

// columnKernel is a kernel of a normalisation whose statistics belong to columns: it goes down the rows of
// a matrix, some columns at a time. Elements of matrices are stride elements apart from row to row.
type columnKernel struct {
	name, params string
	pointers     [][2]string // parameter and its general register, in the order of the parameters
	fixed        []string    // parameters that are read once for each column
	sums         []string    // parameters that are read and written once for each column
	wide         int         // vectors of columns at once
	row          func(g *columnGroup)
}

// columnGroup is what one vector of one row is computed with.
type columnGroup struct {
	*function
	columnKernel
	tail    bool
	offset  int      // bytes from the group's first column
	k, s, t []string // registers of fixed, of sums, and three to compute with
}

// mem is the operand of a matrix parameter in this row.
func (g *columnGroup) mem(name string) string { return at(g.offset, g.register(name)) + "(R15*1)" }

// register is the general register of a pointer.
func (c columnKernel) register(name string) string {
	for _, p := range c.pointers {
		if p[0] == name {
			return p[1]
		}
	}
	return name // no register: validation refuses it
}

// function writes the kernel. R14 holds the rows, CX the columns left, AX the bytes of a row, R15 the bytes
// down to the present row, and BX the rows left.
func (c columnKernel) function(set isa) *function {
	f := begin(set, c.name, c.params+", rows, cols, stride int", "")
	for _, p := range c.pointers {
		f.arguments(p[0] + " " + p[1])
	}
	f.arguments("rows R14", "cols CX", "stride AX")
	f.op("SHLQ", "$2", "AX")
	for _, loop := range []struct {
		label, next string
		vectors     int
	}{{"wide", "narrow", c.wide}, {"narrow", "tail", 1}} {
		f.label(loop.label)
		f.op("CMPQ", "CX", imm(f.lanes*loop.vectors))
		f.op("JLT", loop.next)
		c.group(f, loop.vectors, false)
		f.op("SUBQ", imm(f.lanes*loop.vectors), "CX")
		f.op("JMP", loop.label)
	}
	f.label("tail")
	f.op("TESTQ", "CX", "CX")
	f.op("JLE", "done")
	if set == avx512 {
		f.tailMask("CX", "BX", "")
	} else {
		f.tailMask("CX", "R15", "BX")
	}
	c.group(f, 1, true)
	f.label("done")
	return f.finish()
}

// group writes the loop over the rows for some vectors of columns.
func (c columnKernel) group(f *function, vectors int, tail bool) {
	kept := append(append([]string{}, c.fixed...), c.sums...)
	for i, name := range kept {
		for u := range vectors {
			f.load(at(f.bytes()*u, c.register(name)), f.v(i*vectors+u), tail)
		}
	}
	f.op("XORQ", "R15", "R15")
	f.op("MOVQ", "R14", "BX")
	loop := fmt.Sprintf("rows%d", vectors)
	if tail {
		loop += "t"
	}
	f.label(loop)
	for u := range vectors {
		c.row(c.at(f, vectors, u, tail))
	}
	f.op("ADDQ", "AX", "R15")
	f.op("DECQ", "BX")
	f.op("JNZ", loop)
	for i, name := range c.sums {
		for u := range vectors {
			f.store(f.v((len(c.fixed)+i)*vectors+u), at(f.bytes()*u, c.register(name)), tail)
		}
	}
	for _, p := range c.pointers {
		f.op("ADDQ", imm(f.bytes()*vectors), p[1])
	}
}

// at is vector u of a row: register i·vectors + u holds kept parameter i. The three registers to compute
// with are behind them with AVX-512, the last vector's sharing those before them if there are no others,
// and 12 to 14 with AVX2.
func (c columnKernel) at(f *function, vectors, u int, tail bool) *columnGroup {
	g := &columnGroup{function: f, columnKernel: c, tail: tail, offset: f.bytes() * u}
	for i := range c.fixed {
		g.k = append(g.k, f.v(i*vectors+u))
	}
	for i := range c.sums {
		g.s = append(g.s, f.v((len(c.fixed)+i)*vectors+u))
	}
	free := 12
	if f.isa == avx512 {
		free = min(29, (len(c.fixed)+len(c.sums))*vectors+3*u)
	}
	g.t = f.vs(free, 3)
	return g
}

// columnKernels returns the kernels of a set. Below, sums are over rows; x, dy and dx are matrices.
func columnKernels(set isa) []columnKernel {
	narrow := 2 // as many as the registers of AVX2 hold
	if set == avx512 {
		narrow = 4
	}
	s, s1, s2 := [2]string{"s", "DI"}, [2]string{"s1", "DI"}, [2]string{"s2", "R8"}
	x, k, dy := [2]string{"x", "SI"}, [2]string{"k", "DX"}, [2]string{"dy", "R9"}
	a, b := [2]string{"a", "R8"}, [2]string{"b", "R9"}
	return []columnKernel{
		{"colSum", "s, x *float32", [][2]string{s, x}, nil, []string{"s"}, 4, colSum},
		{"colMoments", "s1, s2, x, k *float32", [][2]string{s1, s2, x, k},
			[]string{"k"}, []string{"s1", "s2"}, narrow, colMoments},
		{"colCross", "s1, s2, dy, x, k *float32", [][2]string{s1, s2, dy, x, k},
			[]string{"k"}, []string{"s1", "s2"}, narrow, colCross},
		{"colApply", "y, x, k, a, b *float32", [][2]string{{"y", "DI"}, x, k, a, b},
			[]string{"k", "a", "b"}, nil, narrow, colApply},
		{"colGrad", "dx, dy, x, k, a, b, c *float32",
			[][2]string{{"dx", "DI"}, dy, x, k, a, {"b", "R10"}, {"c", "R11"}},
			[]string{"k", "a", "b", "c"}, nil, narrow, colGrad},
	}
}

// colSum is s += Σ x.
func colSum(g *columnGroup) {
	g.load(g.mem("x"), g.t[0], g.tail)
	g.op("VADDPS", g.t[0], g.s[0], g.s[0])
}

// shifted is t[0] = x − k.
func (g *columnGroup) shifted() {
	g.load(g.mem("x"), g.t[0], g.tail)
	g.op("VSUBPS", g.k[0], g.t[0], g.t[0])
}

// colMoments is s1 += Σ (x − k) and s2 += Σ (x − k)².
func colMoments(g *columnGroup) {
	g.shifted()
	g.op("VADDPS", g.t[0], g.s[0], g.s[0])
	g.op("VFMADD231PS", g.t[0], g.t[0], g.s[1])
}

// colCross is s1 += Σ dy and s2 += Σ dy·(x − k).
func colCross(g *columnGroup) {
	g.load(g.mem("dy"), g.t[1], g.tail)
	g.shifted()
	g.op("VADDPS", g.t[1], g.s[0], g.s[0])
	g.op("VFMADD231PS", g.t[0], g.t[1], g.s[1])
}

// colApply is y = fma(x − k, a, b).
func colApply(g *columnGroup) {
	g.shifted()
	g.op("VFMADD213PS", g.k[2], g.k[1], g.t[0])
	g.store(g.t[0], g.mem("y"), g.tail)
}

// colGrad is dx = fma(dy, a, fma(x − k, b, c)).
func colGrad(g *columnGroup) {
	g.load(g.mem("x"), g.t[0], g.tail)
	g.load(g.mem("dy"), g.t[1], g.tail)
	g.op("VSUBPS", g.k[0], g.t[0], g.t[0])
	g.op("VFMADD213PS", g.k[3], g.k[2], g.t[0])
	g.op("VFMADD213PS", g.t[0], g.k[1], g.t[1])
	g.store(g.t[1], g.mem("dx"), g.tail)
}
