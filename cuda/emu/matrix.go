package emu

import (
	"math/bits"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// decodeMatrix decodes ldmatrix and stmatrix: one, two or four 8×8 matrices of
// 16-bit elements. Row i of matrix j is 16 bytes at the address lane 8j+i holds.
// Lane l has elements 2·(l%4) and 2·(l%4)+1 of row l/4, of column l/4 with .trans.
func decodeMatrix(d *decoder) {
	for _, m := range []string{"sync", "aligned", "m8n8"} {
		d.has(m)
	}
	n := map[string]int{"x1": 1, "x2": 2, "x4": 4}[d.take("x1", "x2", "x4")]
	trans := d.has("trans")
	d.take("shared", "shared::cta")
	d.one(ptx.B16)
	a := d.args(2)
	load := d.base == "ldmatrix"
	regs, addr := a[0], a[1]
	if !load {
		regs, addr = a[1], a[0]
	}
	d.in.x = &extra{regs: d.fragment(regs, n, ptx.B32, load)}
	d.memory(addr, ptx.Shared)
	narrowGrain(&d.p.sharedLog, 16)
	if !load {
		narrowGrain(&d.p.sharedLog, 4)
	}
	d.in.size, d.in.vec, d.in.kind = 16, 1, kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) { w.matrix(in, mask, load, trans) }
}

// matrix runs ldmatrix or stmatrix: each of the first 8 lanes for every matrix has the address of a row.
func (w *warp) matrix(in *inst, mask uint32, load, trans bool) {
	if !w.whole(in, mask) {
		return
	}
	n := len(in.x.regs)
	rows := uint32(uint64(1)<<(8*n) - 1)
	w.addresses(in, rows)
	verb := "writes"
	if load {
		verb = "reads"
	}
	ok := w.aligned(in, rows, 16)
	if ok = w.sharedRange(in, ok, 16, verb); ok != rows {
		return
	}
	w.banks(in, rows, 16)
	if w.l.checked {
		w.matrixCells(in, rows, load)
	}
	for j, off := range in.x.regs {
		row := rowOf[uint32](w, off)
		if load && !trans { // a row of the matrix is four lanes of the register
			for i := range 8 {
				*(*[4]uint32)(row[4*i:]) = *(*[4]uint32)(unsafe.Add(w.b.base, w.ea[8*j+i]))
			}
			continue
		}
		if load {
			w.transposed(row, (*[8]uint64)(w.ea[8*j:]))
			continue
		}
		var m [8][8]uint16
		for l := range lanes {
			lo, hi := matrixPair(&m, l, trans)
			*lo, *hi = uint16(row[l]), uint16(row[l]>>16)
		}
		for i := range m {
			*(*[8]uint16)(unsafe.Add(w.b.base, w.ea[8*j+i])) = m[i]
		}
	}
}

// transposed loads the columns of the matrix whose rows are at ea: lane 4i+k gets
// elements i of rows 2k and 2k+1.
func (w *warp) transposed(row *[lanes]uint32, ea *[8]uint64) {
	for k := range 4 {
		lo := (*[8]uint16)(unsafe.Add(w.b.base, ea[2*k]))
		hi := (*[8]uint16)(unsafe.Add(w.b.base, ea[2*k+1]))
		for i := range 8 {
			row[(4*i+k)&31] = uint32(lo[i]) | uint32(hi[i])<<16
		}
	}
}

// matrixPair points to the two elements of a matrix that lane l holds.
func matrixPair(m *[8][8]uint16, l int, trans bool) (lo, hi *uint16) {
	i, k := l>>2&7, l&3*2
	if trans {
		return &m[k][i], &m[k+1][i]
	}
	return &m[i][k], &m[i][k+1]
}

// matrixCells holds the rows against the other accesses of shared memory.
func (w *warp) matrixCells(in *inst, rows uint32, load bool) {
	if load {
		w.readCells(in, rows, 16)
		return
	}
	g := w.b.cells.grain
	w.storeMask = 0
	for m := rows; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		for c, end := w.ea[i]>>g, (w.ea[i]+15)>>g; c <= end; c++ {
			w.sharedWriteCell(in, i, c)
		}
	}
}

// decodeMovMatrix decodes movmatrix, which transposes one matrix in registers.
func decodeMovMatrix(d *decoder) {
	for _, m := range []string{"sync", "aligned", "m8n8", "trans"} {
		d.has(m)
	}
	d.one(ptx.B16)
	a := d.args(2)
	to, from := d.dst(a[0], ptx.B32), d.src(a[1], ptx.B32)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		if !w.whole(in, mask) {
			return
		}
		s, t := *rowOf[uint32](w, from), rowOf[uint32](w, to)
		var m [8][8]uint16
		for l := range lanes {
			lo, hi := matrixPair(&m, l, false)
			*lo, *hi = uint16(s[l]), uint16(s[l]>>16)
		}
		for l := range lanes {
			lo, hi := matrixPair(&m, l, true)
			t[l] = uint32(*lo) | uint32(*hi)<<16
		}
	}
}
