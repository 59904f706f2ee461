package kernels

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Matrix is the shape of C[z] = op(A[z])·op(B[z]), z < Batch.
type Matrix struct {
	Batch, M, N, K int
	TransA, TransB bool
}

// How a sum over K is cut: until there are wantTiles blocks, into slices of no
// less than leastStep terms. Numbers of a large device, but constants: the order
// of a sum is the same on every device. Where rows are to stand alone nothing is
// cut, for how many tiles there are is a matter of the rows.
const (
	wantTiles = 256
	leastStep = 256
	stepUnit  = 32
)

func (l *List) sliceK(tiles, K int) (n, step int) {
	if l.RowsIndependent {
		return 1, roundUp(K, stepUnit)
	}
	n = max(1, min(ceil(wantTiles, tiles), K/leastStep))
	step = roundUp(ceil(K, n), stepUnit)
	return ceil(K, step), step
}

// End is what becomes of each sum s of a product before it is stored in C:
//
//	s ← s + Bias[column]     Sum ← s     C ← silu(s) if SiLU, + Addend
//
// Sum and Addend have the shape of C. A pointer that is 0 leaves its part out.
type End struct {
	Bias, Sum, Addend driver.Ptr
	SiLU              bool
}

// Gemm adds C = op(A)·op(B), ended by e.
func (l *List) Gemm(C, A, B driver.Ptr, e End, m Matrix) {
	l.gemm(C, A, B, e, m, m.wide(A, B) && ceil(m.M, 128)*ceil(m.N, 128)*m.Batch >= wantTiles/2)
}

// wide reports whether every chunk of 4 neighbours of A and B is aligned.
func (m Matrix) wide(A, B driver.Ptr) bool {
	rowA := m.K
	if m.TransA {
		rowA = m.M
	}
	return A%16 == 0 && B%16 == 0 && rowA%4 == 0 && m.rowB()%4 == 0
}

// rowB is the length of a row of B as it is stored.
func (m Matrix) rowB() int {
	if m.TransB {
		return m.K
	}
	return m.N
}

func (l *List) gemm(C, A, B driver.Ptr, e End, m Matrix, big bool) {
	tr := map[bool]string{false: "n", true: "t"}
	big = big && (l.Precision == plan.Float32 || !(m.TransA && m.TransB))
	of, tile, aligned := suffix(l.Precision), 64, 2
	if big {
		tile, aligned = 128, 8
	}
	if !m.TransA {
		B, of = l.right(B, m.rowB(), aligned)
	}
	name := "gemm_" + of
	if l.Precision != plan.Float32 {
		name += "_" + tr[m.TransA] + tr[m.TransB]
	}
	if !big {
		name += "_small"
	}
	k := find(name)
	x, y := ceil(m.M, tile), ceil(m.N, tile)
	n, step := l.sliceK(x*y*m.Batch, m.K)
	to, end := l.target(C, e, n, m.Batch*m.M*m.N)
	args := append(append([]any{to, A, B}, end.args()...), m.M, m.N, m.K)
	if l.Precision == plan.Float32 {
		args = append(args, bit(m.TransA), bit(m.TransB))
	}
	l.launch(name, [3]int{x, y, m.Batch * n}, k.Block, k.Shared, append(args, n, step)...)
	l.combine(C, to, e, m.Batch, m.M*m.N, m.N, n)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func suffix(p plan.Precision) string {
	return map[plan.Precision]string{plan.Float32: "f32", plan.TF32: "tf32", plan.BFloat16: "bf16"}[p]
}

// args are the parameters of every kernel that ends a product.
func (e End) args() []any { return []any{e.Bias, e.Sum, e.Addend, bit(e.SiLU)} }

// right is what a product reads for its right operand B, rows of row numbers, and
// what its kernel's name says of that: the copy in bfloat16 where there is one and
// every run of aligned numbers of it is, else B. The tile is the same and so are
// the bits.
func (l *List) right(B driver.Ptr, row, aligned int) (at driver.Ptr, of string) {
	of = suffix(l.Precision)
	at = l.rounded(B)
	if l.Precision != plan.BFloat16 || at == 0 || row%aligned != 0 || at%driver.Ptr(2*aligned) != 0 {
		return B, of
	}
	return at, of + "_copy"
}

// target is where slices of a sum go and how they end: in the result itself, as
// it says, if there is one slice, else as they are in the workspace, for combine.
func (l *List) target(C driver.Ptr, e End, slices, size int) (driver.Ptr, End) {
	if slices == 1 {
		return C, e
	}
	return l.scratch(slices * size), End{}
}

func (l *List) combine(C, parts driver.Ptr, e End, batch, size, N, slices int) {
	if slices > 1 {
		l.launch("combine_f32", [3]int{min(ceil(size, 256), 4096), batch, 1}, 256, 0,
			append(append([]any{C, parts}, e.args()...), size, N, slices)...)
	}
}

// Convolution is the shape of a k×k convolution: x [N,H,W,C], filter
// [K,K,C,O], y [N,H,W,O].
type Convolution struct{ N, H, W, C, O, K int }

// Conv adds y = x * w, ended by e.
func (l *List) Conv(y, x, w driver.Ptr, e End, c Convolution) {
	l.conv("conv_", y, x, w, e, c, c.N*c.H*c.W, c.O, c.K*c.K*c.C)
}

// ConvData adds dx, the gradient of Conv's x, from g and w, ended by e.
func (l *List) ConvData(dx, g, w driver.Ptr, e End, c Convolution) {
	l.conv("conv_data_", dx, g, w, e, c, c.N*c.H*c.W, c.C, c.K*c.K*c.O)
}

// ConvFilter adds dw, the gradient of Conv's w, from x and g.
func (l *List) ConvFilter(dw, x, g driver.Ptr, c Convolution) {
	l.conv("conv_filter_", dw, x, g, End{}, c, c.K*c.K*c.C, c.O, c.N*c.H*c.W)
}

// conv is the product [M,K]·[K,N] that a convolution is. Columns are 32 to a tile
// where there are no more and such a kernel, and on tensor cores 128 where that
// leaves none empty and still fills the device; else 64.
func (l *List) conv(name string, y, a, b driver.Ptr, e End, c Convolution, M, N, K int) {
	of, columns := suffix(l.Precision), 64
	if name != "conv_filter_" {
		b, of = l.right(b, c.O, 2)
	}
	name += of
	switch {
	case N <= 32 && byName[name+"_32"] != nil:
		name, columns = name+"_32", 32
	case l.Precision != plan.Float32 && N%128 == 0 && ceil(M, 128)*(N/128) >= wantTiles/2:
		name, columns = name+"_128", 128
	}
	l.convTiles(find(name), columns, y, a, b, e, c, M, N, K)
}

func (l *List) convTiles(k *Kernel, columns int, y, a, b driver.Ptr, e End, c Convolution, M, N, K int) {
	tx, ty := ceil(M, 128), ceil(N, columns)
	n, step := l.sliceK(tx*ty, K)
	to, end := l.target(y, e, n, M*N)
	l.launch(k.Name, [3]int{tx, ty, n}, k.Block, k.Shared,
		append(append([]any{to, a, b}, end.args()...), c.N, c.H, c.W, c.C, c.O, c.K, step)...)
	l.combine(y, to, e, 1, M*N, N, n)
}
