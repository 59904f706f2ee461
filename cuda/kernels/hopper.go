package kernels

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Products and convolutions on Hopper's own tensor cores (hopper.cuh, gemm_hopper.cu,
// conv_hopper.cu) are of operands that are bfloat16 in memory. Blocks are persistent: there
// are as many as multiprocessors, and each takes tiles of 128 rows in turns.
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

// hopperKernels are the products of every transpose and the convolutions, in both tiles.
func hopperKernels() (ks []Kernel) {
	for _, tr := range []string{"nn", "nt", "tn", "tt"} {
		for _, columns := range []int{256, 128} {
			ks = append(ks, Kernel{Name: hopperName("gemm_wgmma_"+tr, columns), Module: "gemm_hopper",
				Params: "ppppppiiiiiii", Block: hopperBlock, Shared: hopperShared(columns)})
		}
	}
	for _, name := range []string{"conv_", "conv_data_", "conv_filter_"} {
		for _, columns := range []int{256, 128} {
			ks = append(ks, Kernel{Name: hopperName(name+"wgmma", columns), Module: "conv_hopper",
				Params: "ppppppiiiiiiiii", Block: hopperBlock, Shared: hopperShared(columns)})
		}
	}
	return ks
}

// hopperName is the kernel of that name in tiles of so many columns.
func hopperName(name string, columns int) string {
	if columns == 128 {
		return name + "_128"
	}
	return name
}

// multiprocessors is how many persistent blocks run at a time.
func (l *List) multiprocessors() int {
	if l.Multiprocessors > 0 {
		return l.Multiprocessors
	}
	return h100
}

// hopperOperands are what Hopper's kernels read for A and B, and whether they can: both are
// bfloat16 in memory, B perhaps in its copy, if it is weights. Rows of each are as long as
// rowA and rowB say, of which every run of eight neighbours must be aligned.
func (l *List) hopperOperands(A, B driver.Ptr, weights bool, rowA, rowB int) (b driver.Ptr, ok bool) {
	if !l.Hopper || l.Precision != plan.BFloat16 || !l.Half.A {
		return B, false
	}
	if !l.Half.B {
		if B = l.copyOf(B); !weights || B == 0 {
			return B, false
		}
	}
	return B, (A|B)%16 == 0 && rowA%8 == 0 && rowB%8 == 0
}

// hopperColumns is how wide tiles of C are: 256 columns, or 128 where that leaves fewer
// multiprocessors idle, or fewer columns. Tiles of 128 meet the bound of shared memory: a
// stage of theirs takes more than half the time of one of 256, five eighths are assumed.
// The bits of C do not depend on it.
func hopperColumns(batch, M, N int) int {
	time := func(columns, each int) int {
		return each * ceil(ceil(M, hopperRows)*ceil(N, columns)*batch, h100)
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
	e.half = l.Half.C
	l.contractHopper(hopperName("gemm_wgmma_"+tr[m.TransA]+tr[m.TransB], columns), columns, C, A, B, e, m,
		m.M, m.N, m.K, m.Batch)
}

// convHopper is gemmHopper for the convolution of that name, the product [M,K]·[K,N].
func (l *List) convHopper(name string, y, a, b driver.Ptr, e Epilogue, c Convolution, M, N, K, columns int) {
	e.half = l.Half.C
	l.contractHopper(hopperName(name+"wgmma", columns), columns, y, a, b, e,
		Matrix{Batch: 1, M: M, N: N, K: K}, c.N, c.H, c.W, c.C, c.O, c.K)
}

// contractHopper adds the product m with the kernel of that name, whose parameters sizes lead
// on to the slices of K.
func (l *List) contractHopper(name string, columns int, C, A, B driver.Ptr, e Epilogue, m Matrix,
	sizes ...any) {
	k := find(name)
	tiles := ceil(m.M, hopperRows) * ceil(m.N, columns) * m.Batch
	n, step := l.hopperSlices(tiles, m.K)
	to, end := l.sliceTarget(C, e, n, m.Batch*m.M*m.N)
	args := append(append([]any{to, A, B}, end.args()...), sizes...)
	l.launch(k.Name, [3]int{l.turns(tiles*n, 1, l.multiprocessors()), 1, 1}, k.Block, k.Shared,
		append(args, n, step)...)
	l.combine(C, to, e, m.Batch, m.M*m.N, m.N, n)
}
