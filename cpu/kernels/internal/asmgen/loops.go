package main

import "fmt"

// body writes what a loop does with one vector of its operands, offset bytes after their pointers. tail
// says that it is less than a vector, and u which of the vectors that are under way at once it is.
type body func(f *function, offset int, tail bool, u int)

// stream writes a loop over CX ≥ 0 elements: unroll vectors at once as long as there are as many, then one
// vector at a time under the mask of the tail. The pointers advance with it. AX and BX are clobbered.
func (f *function) stream(pointers []string, unroll int, do body) {
	f.label("main")
	f.op("CMPQ", "CX", imm(f.lanes*unroll))
	f.op("JLT", "tail")
	f.together(unroll, false, do)
	f.advance(pointers, unroll)
	f.op("SUBQ", imm(f.lanes*unroll), "CX")
	f.op("JMP", "main")
	f.label("tail")
	f.op("TESTQ", "CX", "CX")
	f.op("JLE", "done")
	f.tailMask("CX", "AX", "BX")
	f.together(1, true, do)
	f.advance(pointers, 1)
	f.op("SUBQ", imm(f.lanes), "CX")
	f.op("JMP", "tail")
	f.label("done")
}

// together writes do for n vectors, with AVX-512 interleaved; each has two K registers for its comparisons.
func (f *function) together(n int, tail bool, do body) {
	var parts []*function
	for u := range n {
		part := f.fork(2 + 2*u)
		do(part, f.bytes()*u, tail, u)
		parts = append(parts, part)
	}
	f.join(f.isa == avx512, parts...)
}

// advance moves pointers n vectors on.
func (f *function) advance(pointers []string, n int) {
	for _, p := range pointers {
		f.op("ADDQ", imm(f.bytes()*n), p)
	}
}

// blocks writes loops over R9 > 0 elements, 16 at a time: one vector with AVX-512, two with AVX2, and a
// tail. do is called with u = 0 and, with AVX2, 1; a sum that it adds up is vector u. Each pointer is read
// through a copy, for the elements are gone over again: pairs are a pointer and its copy, "SI R11". CX, AX
// and BX are clobbered.
func (f *function) blocks(name string, pairs [][2]string, do body) {
	vectors := 16 / f.lanes
	for _, p := range pairs {
		f.op("MOVQ", p[0], p[1])
	}
	f.op("MOVQ", "R9", "CX")
	f.label(name)
	f.op("CMPQ", "CX", "$16")
	f.op("JLT", name+"tail")
	for u := range vectors {
		do(f, f.bytes()*u, false, u)
	}
	for _, p := range pairs {
		f.op("ADDQ", "$64", p[1])
	}
	f.op("SUBQ", "$16", "CX")
	f.op("JMP", name)
	f.label(name + "tail")
	for u := range vectors {
		f.op("TESTQ", "CX", "CX")
		f.op("JLE", name+"end")
		f.tailMask("CX", "AX", "BX")
		do(f, f.bytes()*u, true, u)
		f.op("SUBQ", imm(f.lanes), "CX")
	}
	f.label(name + "end")
}

// rowCopies are the registers in which a reduction goes through its operands.
var rowCopies = map[string]string{"SI": "R8", "DX": "R9", "DI": "R10"}

// lanesBody writes what a reduction does with one vector of its operands, offset bytes after their copies.
type lanesBody func(offset int, tail bool, sums []string)

// lanes64 writes a reduction of CX elements to 64 lanes, element i to lane i mod 64. sums are pointers to
// lanes, which are read, added to and written; register 4i+u is vector u of sum i. add adds one vector to
// its sums. AVX2 goes twice over the elements, first for lanes 0 to 31. The operands, among SI, DX and DI,
// are read through their rowCopies. R11, AX and BX are clobbered.
func (f *function) lanes64(sums, pointers []string, add lanesBody) *function {
	const vectors = 4
	half := vectors * f.lanes // lanes that registers hold at once
	for h := range 64 / half {
		base := 4 * half * h
		for _, p := range pointers {
			f.op("MOVQ", p, rowCopies[p])
		}
		f.op("MOVQ", "CX", "R11")
		if base > 0 {
			for _, p := range pointers {
				f.op("ADDQ", imm(base), rowCopies[p])
			}
			f.op("SUBQ", imm(base/4), "R11")
		}
		for i, sum := range sums {
			for u := range vectors {
				f.op("VMOVUPS", at(base+f.bytes()*u, sum), f.v(vectors*i+u))
			}
		}
		f.lanesLoop(h, pointers, func(u int, tail bool) {
			registers := make([]string, len(sums))
			for i := range sums {
				registers[i] = f.v(vectors*i + u)
			}
			add(f.bytes()*u, tail, registers)
		})
		for i, sum := range sums {
			for u := range vectors {
				f.op("VMOVUPS", f.v(vectors*i+u), at(base+f.bytes()*u, sum))
			}
		}
	}
	return f.finish()
}

// lanesLoop writes the loop of pass h of a reduction over R11 elements, which may be fewer than none.
func (f *function) lanesLoop(h int, pointers []string, add func(u int, tail bool)) {
	const vectors = 4
	main, tail, save := fmt.Sprintf("main%d", h), fmt.Sprintf("tail%d", h), fmt.Sprintf("save%d", h)
	f.label(main)
	f.op("CMPQ", "R11", imm(vectors*f.lanes))
	f.op("JLT", tail)
	for u := range vectors {
		add(u, false)
	}
	for _, p := range pointers {
		f.op("ADDQ", "$256", rowCopies[p])
	}
	f.op("SUBQ", "$64", "R11")
	f.op("JMP", main)
	f.label(tail)
	for u := range vectors {
		f.op("CMPQ", "R11", "$0")
		f.op("JLE", save)
		f.tailMask("R11", "AX", "BX")
		add(u, true)
		f.op("SUBQ", imm(f.lanes), "R11")
	}
	f.label(save)
}
