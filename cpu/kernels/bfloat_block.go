package kernels

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// sourceB is B of product q.
func (j *bfloatGemm) sourceB(q int) source {
	return source{j.B, j.B16, j.RowB, j.ColB}.skip(j.offset(q, j.BatchB, j.HeadB))
}

// bfloatBlock is what one item computes: rows r0 ≤ i < r1 and panels p0 ≤ p < p1 over steps s0 ≤ s < s1 of
// slab s of product q.
type bfloatBlock struct {
	q, s, r0, r1, p0, p1, s0, s1 int
	c                            []float32 // C of the product, or the partial sums of the slab
	ldc                          int
}

// block computes one item.
func (j *bfloatGemm) block(worker, item int) {
	item, jb := item/j.colBlocks, item%j.colBlocks
	item, ib := item/j.rowBlocks, item%j.rowBlocks
	rows := j.e.bfloat.kernel.Rows
	x := bfloatBlock{q: item % j.batch(), s: item / j.batch(), ldc: j.RowC}
	x.r0 = rows * splitPoint(0, j.units, ib, j.rowBlocks)
	x.r1 = min(j.M, rows*splitPoint(0, j.units, ib+1, j.rowBlocks))
	x.p0, x.p1 = splitPoint(0, j.panels, jb, j.colBlocks), splitPoint(0, j.panels, jb+1, j.colBlocks)
	x.s0, x.s1 = splitPoint(0, j.steps, x.s, j.slabs), splitPoint(0, j.steps, x.s+1, j.slabs)
	if x.c = j.C[j.offset(x.q, j.BatchC, j.HeadC):]; x.s > 0 {
		x.c, x.ldc = j.e.shared[((x.s-1)*j.batch()+x.q)*j.M*j.N:], j.N
	}
	count := ceilDiv(x.s1-x.s0, j.blockSteps())
	part := func(n int) int { return splitPoint(x.s0, x.s1, n, count) }
	if j.deep() {
		for n := range count {
			j.packOwnB(worker, &x, part(n), part(n+1))
			for r := x.r0; r < x.r1; r += j.group() {
				m := min(j.group(), x.r1-r)
				j.packGroup(worker, &x, r, m, part(n), part(n+1))
				j.multiplyGroup(worker, &x, r, m, part(n), part(n), part(n+1))
			}
		}
		return
	}
	for r := x.r0; r < x.r1; r += j.group() {
		m := min(j.group(), x.r1-r)
		j.packGroup(worker, &x, r, m, x.s0, x.s1)
		for n := range count {
			j.multiplyGroup(worker, &x, r, m, x.s0, part(n), part(n+1))
		}
	}
}

// memory is a worker's: of a turn, of its part of B, and of a group of rows of A.
func (j *bfloatGemm) memory(worker int) (turn, b, a []uint32) {
	buf := words(j.e.scratch[worker].buf)
	turn, a = buf[:turnRows*turnWords], buf[turnRows*turnWords:]
	if j.ownB {
		n := j.panels * j.blockSteps() * stepWords
		b, a = a[:n], a[n:]
	}
	return turn, b, a
}

// packOwnB packs steps s0 ≤ s < s1 of B, where an item does so.
func (j *bfloatGemm) packOwnB(worker int, x *bfloatBlock, s0, s1 int) {
	if !j.ownB {
		return
	}
	turn, b, _ := j.memory(worker)
	k := bf16.StepK * s0
	m := panels{j.sourceB(x.q).at(k, 0), min(j.K, bf16.StepK*s1) - k, j.N, (s1 - s0) * stepWords}
	j.e.bfloat.pack(b, m, 0, j.panels, 0, s1-s0, turn)
}

// packGroup packs steps s0 ≤ s < s1 of m rows of A from r on, where an item does so.
func (j *bfloatGemm) packGroup(worker int, x *bfloatBlock, r, m, s0, s1 int) {
	if j.inPlace || j.wholeA {
		return
	}
	turn, _, a := j.memory(worker)
	k := bf16.StepK * s0
	from := j.sourceA(x.q).at(r, k)
	j.e.bfloat.packRows(a, j.groupLD(), from, m, min(j.K, bf16.StepK*s1)-k, turn)
}

// multiplyGroup computes the item's columns of m rows from r on, over steps ka ≤ s < kb; a group that is
// packed begins with step s0.
func (j *bfloatGemm) multiplyGroup(worker int, x *bfloatBlock, r, m, s0, ka, kb int) {
	b := &j.e.bfloat.calls[worker].block
	*b = bf16.Block{
		Lines: 1, M: m, N: min(j.N, 32*x.p1) - 32*x.p0, Segments: 1, Steps: kb - ka,
		C: at(x.c, r*x.ldc+32*x.p0), RowC: 4 * x.ldc, Add: ka > x.s0 || x.s == 0 && j.Accumulate,
	}
	if j.Bias != nil && x.s == 0 && ka == x.s0 {
		b.Bias = at(j.Bias, 32*x.p0)
	}
	_, own, a := j.memory(worker)
	if j.ownB {
		b.B, b.PanelB = unsafe.Pointer(&own[0]), 4*(kb-ka)*stepWords
	} else {
		b.B = unsafe.Pointer(&j.b[x.q%j.matrices()*j.matrixWords()+x.p0*j.panelWords()+ka*stepWords])
		b.PanelB = 4 * j.panelWords()
	}
	switch {
	case j.inPlace:
		s := j.sourceA(x.q).at(r, 32*ka)
		b.A, b.RowA = unsafe.Pointer(&s.h[0]), 2*j.RowA
	case j.wholeA:
		b.A, b.RowA = unsafe.Pointer(&j.a[(x.q*j.M+r)*j.ld+16*ka]), 4*j.ld
	default:
		b.A, b.RowA = unsafe.Pointer(&a[16*(ka-s0)]), 4*j.groupLD()
	}
	j.e.bfloat.kernel.Do(b)
}
