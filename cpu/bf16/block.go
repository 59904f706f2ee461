package bf16

import "unsafe"

// The layout's measures: columns of a panel, k of a step, bytes of the row of a panel that holds a pair of
// k, and bytes of a step of a panel.
const (
	PanelColumns = 32
	StepK        = 32
	PairBytes    = 4 * PanelColumns
	StepBytes    = StepK / 2 * PairBytes
)

// Steps is the number of steps of 32 k that k terms take.
func Steps(k int) int { return (k + StepK - 1) / StepK }

// Panels is the number of panels that n columns take.
func Panels(n int) int { return (n + PanelColumns - 1) / PanelColumns }

// A Block is one call of a micro-kernel, which computes Lines·M rows of N columns,
//
//	C[l,i; j] = init[l,i; j] + Σ_{s<Segments} Σ_{k<32·Steps} A[l,i; s,k]·B[s,k; j]
//
// for l < Lines, i < M, j < N, where init is 0, Bias[j] where Bias is not nil, or what C held where Add is
// set (not both). All strides and gaps are in bytes.
//
// Row (l, i) of A begins at A + l·LineA + i·RowA, on any even address, and for each segment has
// 64·Steps bytes, which are all read; the next segment begins SegmentA after the last one. A product has one
// line and one segment; a convolution has a line of pixels in each line and a row of the filter in each
// segment, and its rows of A overlap. Panel p of B is StepBytes·Steps·Segments bytes, segment by segment,
// at B + p·PanelB on a cache line; columns N and more of the last one are read. Of C, float32 at
// C + l·LineC + i·RowC, and of Bias, exactly N columns are read or written. C overlaps no operand.
//
// A kernel adds in the order of its form's class and rounds nothing else, so that the result of rows and
// columns does not depend on the block that they are in, nor on where a sum is cut into blocks: a block
// with Add goes on where another stopped, at a multiple of 32 k.
type Block struct {
	Lines, M, N           int
	A                     unsafe.Pointer
	LineA, RowA, SegmentA int
	Segments, Steps       int
	B                     unsafe.Pointer
	PanelB                int
	C                     unsafe.Pointer
	LineC, RowC           int
	Bias                  unsafe.Pointer
	Add                   bool

	tile tile    // for kernels to compute in
	amx  amxCall // for those by AMX
}

// tile is the argument of the kernels in assembly, which compute up to 32 columns (n) of a few rows of a
// block; the number of rows is in a kernel's name. The strides are in bytes: gapA leads from the end of a
// segment of A to the next, rowInit is 0 where every row begins with the same. Even-odd kernels add to what c
// holds and do not read init.
type tile struct {
	a               unsafe.Pointer
	rowA, gapA      int
	b               unsafe.Pointer
	segments, pairs int            // pairs of k in a segment, a multiple of 16
	init            unsafe.Pointer // nil for zeros
	rowInit         int
	c               unsafe.Pointer
	rowC            int
	n               int
}

// A Kernel is the micro-kernel of a form, with what a driver should know of it.
type Kernel struct {
	// Do computes a block. It allocates nothing, and may run on many goroutines at once, each with a Block
	// of its own.
	Do func(b *Block)
	// Rows is how many rows it computes at a time: blocks should have multiples of it.
	Rows int
	// Steps is how many steps of k a block should have at most: what the sums cost to load and store is
	// then small, and a panel still lies in the first-level cache.
	Steps int
}

// KernelOf is the micro-kernel of a form that Forms lists.
func KernelOf(f Form) Kernel { return kernelOf(f) }
