package main

import "fmt"

// The matrix micro-kernels. One computes one tile of C, m rows of some columns, in registers:
//
//	C[i, j] = init[i, j] + Σ over segments s, Σ over k of A[i; s, k]·B[s, k; j]
//
// and every element is one chain of fused multiply-adds, k ascending within a segment and segments
// ascending. A and B are both strided (a packed panel of B is a B whose row is as long as the panel), so
// that one kernel serves every transpose and, with a segment for each row of the filter, the direct
// convolution.

// tileMask says how the columns of a tile that are beyond the end are left out.
type tileMask int

const (
	full   tileMask = iota // they are not: there are as many columns as the tile has
	kMasks                 // K1 and K2 (AVX-512)
	vMasks                 // vector registers (AVX2)
)

// tileForm is a family of micro-kernels, one for each number of rows up to rows.
type tileForm struct {
	isa
	name       string
	width      int // columns
	rows       int // at most
	broadcasts int // registers for elements of A, at most
	mask       tileMask
	note       string
}

// tileForms; the sums, B, the elements of A and the masks of the largest kernel take
//
//	tile512x32   24 + 2 + 6 of 32 registers        tile256x16   12 + 2 + 2 of 16
//	tile512x16   12 + 1 + 6                        tile256x16e   8 + 2 + 2 + 2
//	tile512x128  16 + 8 + 2                        tile256x8e    6 + 1 + 2 + 1
//	                                               tile256x32    8 + 4 + 2
//
// The widest are for one and two rows, where the others have too few sums to hide the latency of an
// addition. With AVX2 the edges are forms of their own, for 12 sums leave no register for the masks.
var tileForms = []tileForm{
	{avx512, "tile512x32", 32, 12, 6, kMasks, "AVX-512, up to 32 columns"},
	{avx512, "tile512x16", 16, 12, 6, kMasks, "AVX-512, up to 16 columns"},
	{avx512, "tile512x128", 128, 2, 2, full, "AVX-512, exactly 128 columns"},
	{avx2, "tile256x16", 16, 6, 2, full, "AVX2, exactly 16 columns"},
	{avx2, "tile256x16e", 16, 4, 2, vMasks, "AVX2, up to 16 columns"},
	{avx2, "tile256x8e", 8, 6, 2, vMasks, "AVX2, up to 8 columns"},
	{avx2, "tile256x32", 32, 2, 2, full, "AVX2, exactly 32 columns"},
}

// tileUnroll is the number of steps in k that the main loop takes at once.
const tileUnroll = 4

// tileKernel is the micro-kernel of a form for m rows, under way. DX is the *tile until the loops begin;
// R8, R9 and R10 point to rows 0, 4 and 8 of A, R11 is the stride of its rows in bytes, R13 three times
// that and R12 the stride of k; BX points to B, R14 is the stride of its rows.
type tileKernel struct {
	*function
	tileForm
	m       int
	vectors int      // in a row of the tile
	b       []string // registers of a row of B
	a       []string // registers of elements of A, used in turn
	masks   []string
	bases   []string // of A
}

// newTileKernel allots the registers: the sums first, then B, A and the masks.
func newTileKernel(form tileForm, m int) *tileKernel {
	f := begin(form.isa, "", "t *tile", "")
	f.name = fmt.Sprintf("%sr%d", form.name, m)
	t := &tileKernel{function: f, tileForm: form, m: m, vectors: form.width / form.lanes}
	next := t.vectors * m
	if form.mask == kMasks {
		next = 24 // the same for every number of rows
	}
	take := func(n int) []string {
		r := f.vs(next, n)
		next += n
		return r
	}
	t.b = take(t.vectors)
	t.a = take(min(form.broadcasts, max(2, m)))
	switch form.mask {
	case kMasks:
		t.masks = []string{"K1", "K2"}[:t.vectors]
	case vMasks:
		t.masks = take(t.vectors)
	}
	t.bases = []string{"R8", "R9", "R10"}[:(m+3)/4]
	return t
}

// sum is the register of vector v of row i of the tile.
func (t *tileKernel) sum(i, v int) string { return t.function.v(t.vectors*i + v) }

// vectorAt is vector v of a row that a register points to.
func (t *tileKernel) vectorAt(register string, v int) string {
	if v == 0 {
		return "(" + register + ")"
	}
	return at(t.function.bytes()*v, register)
}

// element is the address of row i of A.
func element(i int) string {
	base := []string{"R8", "R9", "R10"}[i/4]
	return "(" + base + ")" + []string{"", "(R11*1)", "(R11*2)", "(R13*1)"}[i%4]
}

// read loads vector v of a row, under the tile's mask.
func (t *tileKernel) read(register string, v int, dst string) {
	switch mem := t.vectorAt(register, v); t.mask {
	case full:
		t.op("VMOVUPS", mem, dst)
	case kMasks:
		t.op("VMOVUPS.Z", mem, t.masks[v], dst)
	case vMasks:
		t.op("VMASKMOVPS", mem, t.masks[v], dst)
	}
}

// write is the whole kernel.
func (t *tileKernel) write() *function {
	t.op("MOVQ", t.param("t"), "DX")
	t.writeMasks()
	t.ops("MOVQ tile_a(DX), R8", "MOVQ tile_rs(DX), R11", "MOVQ tile_cs(DX), R12",
		"MOVQ tile_b(DX), BX", "MOVQ tile_ldb(DX), R14", "LEAQ (R11)(R11*2), R13")
	for i := range t.bases[1:] {
		t.op("LEAQ", fmt.Sprintf("(%s)(R11*4)", t.bases[i]), t.bases[i+1])
	}
	t.writeStart()
	t.prefetchNext()
	t.writeLoops()
	t.ops("MOVQ tile_c(DX), DI", "MOVQ tile_ldc(DX), SI")
	if t.mask == kMasks { // whole rows are stored faster without a mask
		t.op("CMPQ", "tile_n(DX)", imm(t.width))
		t.op("JNE", "masked")
		t.writeStores(full)
		t.label("masked")
	}
	t.writeStores(t.mask)
	return t.function
}

// writeMasks sets the masks to the tile's n columns.
func (t *tileKernel) writeMasks() {
	switch t.mask {
	case kMasks:
		t.ops("MOVQ tile_n(DX), CX", "MOVQ $-1, AX", "SHLQ CX, AX", "NOTQ AX", "KMOVW AX, K1")
		if t.vectors == 2 {
			t.ops("SHRQ $16, AX", "KMOVW AX, K2")
		}
	case vMasks:
		// The table is 16 words of ones, then 16 of zeros: read 16−n words in, it gives n words of ones.
		t.ops("MOVQ tile_n(DX), CX", "NEGQ CX", "LEAQ tileMask<>(SB), AX", "LEAQ 64(AX)(CX*4), AX")
		for v := range t.vectors {
			t.op("VMOVUPS", t.vectorAt("AX", v), t.masks[v])
		}
	}
}

// writeStart sets the sums to init, or to 0 if there is none.
func (t *tileKernel) writeStart() {
	t.ops("MOVQ tile_init(DX), SI", "TESTQ SI, SI", "JZ zero", "MOVQ tile_ldi(DX), DI")
	for i := range t.m {
		for v := range t.vectors {
			t.read("SI", v, t.sum(i, v))
		}
		if i < t.m-1 {
			t.op("ADDQ", "DI", "SI")
		}
	}
	t.op("JMP", "ready")
	t.label("zero")
	zero := "VXORPS"
	if t.function.isa == avx512 {
		zero = "VPXORD"
	}
	for i := range t.m {
		for v := range t.vectors {
			r := t.sum(i, v)
			t.op(zero, r, r, r)
		}
	}
	t.label("ready")
}

// prefetchNext fetches the rows of C below this tile, which are the next tile's. The widest forms have none
// below.
func (t *tileKernel) prefetchNext() {
	if t.rows <= 2 {
		return
	}
	t.ops("MOVQ tile_c(DX), DI", "MOVQ tile_ldc(DX), SI")
	t.op("IMUL3Q", imm(t.m), "SI", "R15")
	t.op("ADDQ", "DI", "R15")
	for i := range t.m {
		t.op("PREFETCHT0", "(R15)")
		for line := 64; line < 4*t.width; line += 64 {
			t.op("PREFETCHT0", at(line, "R15"))
		}
		if i < t.m-1 {
			t.op("ADDQ", "SI", "R15")
		}
	}
}

// writeLoops writes the loops over segments (AX) and k (CX): four steps at once (R15), then one at a time.
// SI and DI are how far ahead B and A are fetched, in bytes; 0 leaves it to the machine.
func (t *tileKernel) writeLoops() {
	t.ops("MOVQ tile_ahead(DX), DI", "MOVQ DI, SI", "IMULQ R14, SI", "IMULQ R12, DI")
	t.op("MOVQ", "tile_nseg(DX)", "AX")
	t.label("segment")
	t.ops("MOVQ tile_kc(DX), CX", "MOVQ CX, R15", "ANDQ $3, CX", "SHRQ $2, R15", "JZ tail",
		"TESTQ SI, SI", "JNZ stream4", "PCALIGN $64")
	t.label("loop4")
	for range tileUnroll {
		t.step(false)
	}
	t.ops("DECQ R15", "JNZ loop4", "JMP tail", "PCALIGN $64")
	t.label("stream4")
	for range tileUnroll {
		t.step(true)
	}
	t.ops("DECQ R15", "JNZ stream4")
	t.label("tail")
	t.ops("TESTQ CX, CX", "JZ next")
	t.label("loop1")
	t.step(false)
	t.ops("DECQ CX", "JNZ loop1")
	t.label("next")
	t.ops("DECQ AX", "JZ done", "MOVQ tile_agap(DX), R15")
	for _, b := range t.bases {
		t.op("ADDQ", "R15", b)
	}
	t.ops("ADDQ tile_bgap(DX), BX", "JMP segment")
	t.label("done")
}

// step writes one k: 2·m·width FLOPs.
func (t *tileKernel) step(fetch bool) {
	if fetch {
		for v := 0; v < t.vectors; v += 64 / t.function.bytes() { // each line of 64 bytes
			ahead := "(BX)(SI*1)"
			if v > 0 {
				ahead = at(t.function.bytes()*v, "BX") + "(SI*1)"
			}
			t.op("PREFETCHT0", ahead)
		}
		t.op("PREFETCHT0", "(R8)(DI*1)")
	}
	for v := range t.vectors {
		t.read("BX", v, t.b[v])
	}
	t.op("ADDQ", "R14", "BX")
	for i := range t.m {
		a := t.a[i%len(t.a)]
		t.op("VBROADCASTSS", element(i), a)
		for v := range t.vectors {
			t.op("VFMADD231PS", t.b[v], a, t.sum(i, v))
		}
	}
	for _, b := range t.bases {
		t.op("ADDQ", "R12", b)
	}
}

// writeStores writes the tile to C (DI, rows SI bytes apart) and returns.
func (t *tileKernel) writeStores(mask tileMask) {
	for i := range t.m {
		for v := range t.vectors {
			switch mem := t.vectorAt("DI", v); mask {
			case full:
				t.op("VMOVUPS", t.sum(i, v), mem)
			case kMasks:
				t.op("VMOVUPS", t.sum(i, v), t.masks[v], mem)
			case vMasks:
				t.op("VMASKMOVPS", t.sum(i, v), t.masks[v], mem)
			}
		}
		if i < t.m-1 {
			t.op("ADDQ", "SI", "DI")
		}
	}
	t.finish()
}
