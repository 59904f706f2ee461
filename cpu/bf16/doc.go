// Package bf16 is what contractions in bfloat16 are made of on a CPU: the layout of packed operands, the
// micro-kernels that multiply them, and the rounding and packing that make them. Package kernels builds
// products, convolutions and attention of it.
//
// # Layout
//
// One layout serves every form. A is rows of bfloat16, k contiguous. B is panels of 32 columns: for each
// pair of k one row of 128 bytes, of 32 words of which each holds B[k,j] in its lower half and B[k+1,j] in
// its upper half. Sums run in steps of 32 k, so both are filled with zeros to a multiple of 32. TILELOADD
// (16 rows of 64 bytes, 128 apart) and VDPBF16PS (a word of A for every lane) both read it where it lies.
//
// # What a result is
//
// An operand is rounded to bfloat16, to the nearest and of two to the even one; products of two are exact
// in float32. A denormal number counts as zero and a denormal sum becomes zero, of their sign, as the
// instructions have it. In what order products are added is the class of a form:
//
//	even-odd   for each step of 32 k:  e ← Σ even k, o ← Σ odd k, from 0, k ascending;  c ← c + (e + o)
//	pairwise   for each pair of k:     c ← c + a[k+1]·b[k+1];  c ← c + a[k]·b[k]
//
// Even-odd is what TDPBF16PS of AMX does, and the definition: the forms in Go, AVX2 and AVX-512 follow it
// to the bit. Pairwise is what VDPBF16PS does. A result depends on its class and on nothing else: not on
// the block of rows, columns or k that is computed at a time, nor on the number of workers.
package bf16
