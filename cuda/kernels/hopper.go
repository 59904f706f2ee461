package kernels

import "github.com/stillfield/stillfield/cuda/driver"

// Products on Hopper's own tensor cores (hopper.cuh, gemm_hopper.cu) are of operands that
// are bfloat16 in memory. Blocks are persistent: there are as many as multiprocessors, and
// each takes tiles of 128 rows in turns.
const (
	hopperRows  = 128
	hopperDepth = 64 // of K, in a stage
	hopperBlock = 384
	h100        = 132 // multiprocessors, of an H100 or H200 with SXM
)

// hopperShared is the dynamic shared memory of a block whose tiles have so many columns:
// a ring of stages of 64 of K of both operands, 2 bytes each; for each of 8 warps a slab of
// 16 rows of 40 floats; two barriers for each stage; and what alignment to 1024 may take.
func hopperShared(columns int) int {
	stages := hopperStages(columns)
	return stages*2*hopperDepth*(hopperRows+columns) + 8*16*40*4 + 16*stages + 1024
}

// hopperStages is how many stages of the ring there is room for.
func hopperStages(columns int) int {
	if columns == 256 {
		return 4
	}
	return 6
}

// hopperKernels are the products of every transpose and both tiles.
func hopperKernels() (ks []Kernel) {
	for _, tr := range []string{"nn", "nt", "tn", "tt"} {
		for _, columns := range []int{256, 128} {
			ks = append(ks, Kernel{Name: hopperName(tr, columns), Module: "gemm_hopper",
				Params: "ppppppiiiiiii", Block: hopperBlock, Shared: hopperShared(columns)})
		}
	}
	return ks
}

// hopperName is the product with A and B transposed as tr says, in tiles of so many columns.
func hopperName(tr string, columns int) string {
	if columns == 128 {
		return "gemm_hopper_" + tr + "_128"
	}
	return "gemm_hopper_" + tr
}

// multiprocessors is how many persistent blocks run at a time.
func (l *List) multiprocessors() int {
	if l.Multiprocessors > 0 {
		return l.Multiprocessors
	}
	return h100
}

// fitsHopper reports whether Hopper's products take A and B, which are bfloat16 in memory:
// whether every run of eight neighbours is aligned.
func (m Matrix) fitsHopper(A, B driver.Ptr) bool {
	rowA := m.K
	if m.TransA {
		rowA = m.M
	}
	return A%16 == 0 && B%16 == 0 && rowA%8 == 0 && m.rowB()%8 == 0
}

// hopperColumns is how wide tiles of C are: 256 columns, or 128 where that leaves fewer
// multiprocessors idle, or fewer columns. Tiles of 128 meet the bound of shared memory: a
// stage of theirs takes more than half the time of one of 256, five eighths are assumed.
// The bits of C do not depend on it.
func (m Matrix) hopperColumns() int {
	time := func(columns, each int) int {
		return each * ceil(ceil(m.M, hopperRows)*ceil(m.N, columns)*m.Batch, h100)
	}
	if time(128, 5) < time(256, 8) {
		return 128
	}
	return 256
}

// hopperSlices cuts K where the tiles of C leave multiprocessors idle: so many slices, of
// step terms each, of no less than leastStep, as give every one a piece of work.
func (l *List) hopperSlices(tiles, K int) (slices, step int) {
	if l.RowsIndependent {
		return 1, roundUp(K, hopperDepth)
	}
	slices = max(1, min(h100/tiles, K/leastStep))
	step = roundUp(ceil(K, slices), hopperDepth)
	return ceil(K, step), step
}

// gemmHopper adds C = op(A)·op(B), with epilogue e, of operands that are bfloat16 in memory,
// in tiles of 128 by columns.
func (l *List) gemmHopper(C, A, B driver.Ptr, e Epilogue, m Matrix, columns int) {
	tr := map[bool]string{false: "n", true: "t"}
	k := find(hopperName(tr[m.TransA]+tr[m.TransB], columns))
	tiles := ceil(m.M, hopperRows) * ceil(m.N, columns) * m.Batch
	n, step := l.hopperSlices(tiles, m.K)
	to, end := l.sliceTarget(C, e, n, m.Batch*m.M*m.N)
	args := append(append([]any{to, A, B}, end.args()...), m.M, m.N, m.K, m.Batch, n, step)
	l.launch(k.Name, [3]int{l.turns(tiles*n, 1, l.multiprocessors()), 1, 1}, k.Block, k.Shared, args...)
	l.combine(C, to, e, m.Batch, m.M*m.N, m.N, n)
}
