package kernels

import "unsafe"

// A product with few columns leaves most lanes of a vector idle. Turned about it
// does not:
//
//	Cᵀ = Bᵀ·Aᵀ
//
// has few rows and as many columns as C has rows, so Aᵀ is packed (or, when A is
// itself a transpose, read in place) and the tile is written to C a lane at a time.
// Every element is the same chain of sums.

// turnedColumns is the most columns that are worth turning: for n of them 32 rows
// cost max(4, n) + 4 cycles for each k turned, about 17 as they are.
const turnedColumns = 8

// worthTurning asks for a sum long enough to pay for writing lane by lane, and
// short enough to be done in one block of k.
func (g *Gemm) worthTurning(nr int) bool {
	return g.N <= turnedColumns && g.M >= nr && g.K >= 16 && g.K <= slabK
}

// turn exchanges the operands. C stays what it is.
func (j *gemmJob) turn() {
	g := &j.Gemm
	g.M, g.N = g.N, g.M
	g.A, g.B = g.B, g.A
	g.RowA, g.ColA, g.RowB, g.ColB = g.ColB, g.RowB, g.ColA, g.RowA
	g.BatchA, g.BatchB = g.BatchB, g.BatchA
	g.HeadA, g.HeadB = g.HeadB, g.HeadA
	j.turned = true
}

// turnedColumn computes panel p of Cᵀ on the desk and writes it to C.
func (j *gemmJob) turnedColumn(d *desk, b *block, p int) {
	t, nr := &d.tile, j.e.arch.nr
	c := b.c[p*nr*b.ldc:]
	t.c, t.ldc = unsafe.Pointer(&d.turned), 4*nr
	t.init, t.ldi = nil, t.ldc
	switch {
	case j.Accumulate:
		for r := range t.n {
			for i := range j.M {
				d.turned[i*nr+r] = c[r*b.ldc+i]
			}
		}
		t.init = t.c
	case j.Bias != nil:
		for i := range j.M {
			for r := range t.n {
				d.turned[i*nr+r] = j.Bias[i]
			}
		}
		t.init = t.c
	}
	j.e.arch.pick(t.n).column(t, j.M)
	for r := range t.n {
		row := c[r*b.ldc:][:j.M]
		for i := range row {
			row[i] = d.turned[i*nr+r]
		}
	}
}
