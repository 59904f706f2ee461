package main

import "fmt"

// v is vector register i.
func (f *function) v(i int) string { return fmt.Sprintf("%s%d", f.letter, i) }

// vs is n vector registers from first on.
func (f *function) vs(first, n int) []string {
	r := make([]string, n)
	for i := range r {
		r[i] = f.v(first + i)
	}
	return r
}

// at is the operand offset bytes after the address in a general register.
func at(offset int, register string) string { return fmt.Sprintf("%d(%s)", offset, register) }

// imm is an immediate operand.
func imm(n int) string { return fmt.Sprintf("$%d", n) }

// set fills dst with a constant.
func (f *function) set(constant, dst string) { f.op("VBROADCASTSS", value(constant), dst) }

// clear fills r with zeros.
func (f *function) clear(r string) { f.logic("VPXOR", r, r, r) }

// logic is a bitwise operation, whose name with AVX-512 ends in the size of the elements.
func (f *function) logic(op, a, b, dst string) {
	if f.isa == avx512 {
		op += "D"
	}
	f.op(op, a, b, dst)
}

// choose is dst = yes where mask, else no. A mask is a K register with AVX-512 and a vector with AVX2.
func (f *function) choose(mask, yes, no, dst string) {
	if f.isa == avx512 {
		f.op("VBLENDMPS", yes, no, mask, dst)
		return
	}
	f.op("VBLENDVPS", mask, yes, no, dst)
}

// predicates are the immediate operands of VCMPPS. All but unordered are false where a number is NaN, or
// true where they begin with "not".
var predicates = map[string]int{"equal": 0, "unordered": 3, "not less or equal": 6, "not greater or equal": 9,
	"less": 17, "greater": 30}

// compare returns the mask of "a predicate b": with AVX2 the vector tmp, with AVX-512 the K register of
// comparisons. b may be a constant.
func (f *function) compare(predicate, a, b, tmp string) string {
	return f.compareInto(predicate, a, b, tmp, f.comparison)
}

// compareInto is compare with K register k.
func (f *function) compareInto(predicate, a, b, tmp string, k int) string {
	p, known := predicates[predicate]
	if !known {
		f.fail("VCMPPS: no predicate %q", predicate)
	}
	mask := tmp
	if f.isa == avx512 {
		mask = fmt.Sprintf("K%d", k)
	}
	f.op("VCMPPS", imm(p), b, a, mask)
	return mask
}

// polynomial is p = c₀xⁿ + c₁xⁿ⁻¹ + … + cₙ by Horner's rule, each step one fused multiply-add.
func (f *function) polynomial(x, p string, coefficients []string) {
	f.set(coefficients[0], p)
	for _, c := range coefficients[1:] {
		f.op("VFMADD213PS", value(c), x, p)
	}
}

// round is dst = x to the nearest integer, ties to even, with no exception for what it loses.
func (f *function) round(x, dst string) {
	if f.isa == avx512 {
		f.op("VRNDSCALEPS", "$8", x, dst)
		return
	}
	f.op("VROUNDPS", "$8", x, dst)
}

// load reads a vector, or the tail of one.
func (f *function) load(mem, r string, tail bool) {
	switch {
	case !tail:
		f.op("VMOVUPS", mem, r)
	case f.isa == avx512:
		f.op("VMOVUPS.Z", mem, "K1", r)
	default:
		f.op("VMASKMOVPS", mem, "Y15", r)
	}
}

// store writes a vector, or the tail of one.
func (f *function) store(r, mem string, tail bool) {
	switch {
	case !tail:
		f.op("VMOVUPS", r, mem)
	case f.isa == avx512:
		f.op("VMOVUPS", r, "K1", mem)
	default:
		f.op("VMASKMOVPS", r, "Y15", mem)
	}
}

// keepTail clears the lanes of r beyond the end, if it is a tail.
func (f *function) keepTail(r string, tail bool) {
	switch {
	case !tail:
	case f.isa == avx512:
		f.op("VMOVAPS.Z", r, "K1", r)
	default:
		f.op("VANDPS", "Y15", r, r)
	}
}

// maxTail is sum = max(x, sum), in the lanes of the tail alone if it is one; x is clobbered then.
func (f *function) maxTail(x, sum string, tail bool) {
	switch {
	case tail && f.isa == avx512:
		f.op("VMAXPS", sum, x, "K1", sum)
		return
	case tail:
		f.op("VBLENDVPS", "Y15", x, sum, x)
	}
	f.op("VMAXPS", sum, x, sum)
}

// tailMask sets the mask of the tail to the first min(count, lanes) lanes. count is a general register that
// holds 1 to 127; tmp and tmp2 are clobbered.
func (f *function) tailMask(count, tmp, tmp2 string) {
	if f.isa == avx512 {
		f.op("MOVL", "$-1", tmp)
		f.op("BZHIL", count, tmp, tmp)
		f.op("KMOVW", tmp, "K1")
		return
	}
	f.op("MOVQ", count, tmp)
	f.op("CMPQ", tmp, "$8")
	f.op("JLE", "2(PC)")
	f.op("MOVQ", "$8", tmp)
	// The table is 8 words of ones, then 8 of zeros: read 8−count words in, it gives count words of ones.
	f.op("NEGQ", tmp)
	f.op("LEAQ", "vecMask<>+32(SB)", tmp2)
	f.op("VMOVUPS", fmt.Sprintf("(%s)(%s*4)", tmp2, tmp), "Y15")
}

// comparisonMask is the K register that compare writes (AVX-512).
func (f *function) comparisonMask() string { return fmt.Sprintf("K%d", f.comparison) }
