package kernels

import "unsafe"

// A product with few columns leaves most lanes of a vector idle. Its transpose,
//
//	Cᵀ = Bᵀ·Aᵀ,
//
// has few rows and as many columns as C has rows, and uses all lanes. Aᵀ is packed
// (or read in place, if A is itself a transpose), a tile of Cᵀ is computed in scratch
// memory, and it is written to C element by element. Each element is the same chain
// of sums as without.

// transposedMaxN is the most columns of C for which the transpose is faster: 32 rows
// of n columns take about max(4, n) + 4 cycles for each k as a transpose, and 17
// without.
const transposedMaxN = 8

// worthTransposing says whether to compute the transpose: C has few columns and at
// least nr rows, and the sum is long enough to pay for writing C element by element
// and short enough to be one slab.
func (g *Gemm) worthTransposing(nr int) bool {
	return g.N <= transposedMaxN && g.M >= nr && g.K >= 16 && g.K <= slabK
}

// transpose exchanges A and B with their strides. C and its strides stay.
func (j *gemmJob) transpose() {
	g := &j.Gemm
	g.M, g.N = g.N, g.M
	g.A, g.B = g.B, g.A
	g.RowA, g.ColA, g.RowB, g.ColB = g.ColB, g.RowB, g.ColA, g.RowA
	g.BatchA, g.BatchB = g.BatchB, g.BatchA
	g.HeadA, g.HeadB = g.HeadB, g.HeadA
	j.transposed = true
}

// transposedColumn computes panel p of Cᵀ, nr rows of C, and writes it to C.
func (j *gemmJob) transposedColumn(sc *scratch, b *block, p int) {
	t, nr := &sc.tile, j.e.arch.nr
	c := b.c[p*nr*b.ldc:]
	t.c, t.ldc = unsafe.Pointer(&sc.tileT), 4*nr
	t.init, t.ldi = nil, t.ldc
	switch {
	case j.Accumulate:
		for r := range t.n {
			for i := range j.M {
				sc.tileT[i*nr+r] = c[r*b.ldc+i]
			}
		}
		t.init = t.c
	case j.Bias != nil:
		for i := range j.M {
			for r := range t.n {
				sc.tileT[i*nr+r] = j.Bias[i]
			}
		}
		t.init = t.c
	}
	j.e.arch.pick(t.n).column(t, j.M)
	for r := range t.n {
		row := c[r*b.ldc:][:j.M]
		for i := range row {
			row[i] = sc.tileT[i*nr+r]
		}
	}
}
