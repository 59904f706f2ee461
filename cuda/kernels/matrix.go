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
	if l.Alone {
		return 1, roundUp(K, stepUnit)
	}
	n = max(1, min(ceil(wantTiles, tiles), K/leastStep))
	step = roundUp(ceil(K, n), stepUnit)
	return ceil(K, step), step
}

// Gemm adds C = op(A)·op(B), plus bias [N] on every row unless bias is 0.
func (l *List) Gemm(C, A, B, bias driver.Ptr, m Matrix) {
	l.gemm(C, A, B, bias, m, m.wide(A, B) && ceil(m.M, 128)*ceil(m.N, 128)*m.Batch >= wantTiles/2)
}

// wide reports whether every chunk of 4 neighbours of A and B is aligned.
func (m Matrix) wide(A, B driver.Ptr) bool {
	rowA, rowB := m.K, m.N
	if m.TransA {
		rowA = m.M
	}
	if m.TransB {
		rowB = m.K
	}
	return A%16 == 0 && B%16 == 0 && rowA%4 == 0 && rowB%4 == 0
}

func (l *List) gemm(C, A, B, bias driver.Ptr, m Matrix, big bool) {
	tr := map[bool]string{false: "n", true: "t"}
	name, tile := "gemm_"+suffix(l.Precision), 64
	if l.Precision != plan.Float32 {
		name += "_" + tr[m.TransA] + tr[m.TransB]
		big = big && !(m.TransA && m.TransB)
	}
	if big {
		tile = 128
	} else {
		name += "_small"
	}
	k := find(name)
	x, y := ceil(m.M, tile), ceil(m.N, tile)
	n, step := l.sliceK(x*y*m.Batch, m.K)
	to, b := l.target(C, bias, n, m.Batch*m.M*m.N)
	args := []any{to, A, B, b, m.M, m.N, m.K}
	if l.Precision == plan.Float32 {
		args = append(args, bit(m.TransA), bit(m.TransB))
	}
	l.launch(name, [3]int{x, y, m.Batch * n}, k.Block, k.Shared, append(args, n, step)...)
	l.combine(C, to, bias, m.Batch, m.M*m.N, m.N, n)
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

// target is where slices of a sum go and the bias they add: the result itself if
// there is one slice, else the workspace, for combine.
func (l *List) target(C, bias driver.Ptr, slices, size int) (to, b driver.Ptr) {
	if slices == 1 {
		return C, bias
	}
	return l.scratch(slices * size), 0
}

func (l *List) combine(C, parts, bias driver.Ptr, batch, size, N, slices int) {
	if slices > 1 {
		l.launch("combine_f32", [3]int{min(ceil(size, 256), 4096), batch, 1}, 256, 0, C, parts, bias, size, N,
			slices)
	}
}

// Convolution is the shape of a k×k convolution: x [N,H,W,C], filter
// [K,K,C,O], y [N,H,W,O].
type Convolution struct{ N, H, W, C, O, K int }

// Conv adds y = x * w, plus bias [O] unless it is 0.
func (l *List) Conv(y, x, w, bias driver.Ptr, c Convolution) {
	l.conv("conv_", y, x, w, bias, c, c.N*c.H*c.W, c.O, c.K*c.K*c.C)
}

// ConvData adds dx, the gradient of Conv's x, from g and w.
func (l *List) ConvData(dx, g, w driver.Ptr, c Convolution) {
	l.conv("conv_data_", dx, g, w, 0, c, c.N*c.H*c.W, c.C, c.K*c.K*c.O)
}

// ConvFilter adds dw, the gradient of Conv's w, from x and g.
func (l *List) ConvFilter(dw, x, g driver.Ptr, c Convolution) {
	l.conv("conv_filter_", dw, x, g, 0, c, c.K*c.K*c.C, c.O, c.N*c.H*c.W)
}

// conv is the product [M,K]·[K,N] that a convolution is. On tensor cores columns
// are 128 to a tile where that leaves none empty and still fills the device.
func (l *List) conv(name string, y, a, b, bias driver.Ptr, c Convolution, M, N, K int) {
	name += suffix(l.Precision)
	columns := 64
	if l.Precision != plan.Float32 && N%128 == 0 && ceil(M, 128)*(N/128) >= wantTiles/2 {
		name, columns = name+"_128", 128
	}
	l.convTiles(find(name), columns, y, a, b, bias, c, M, N, K)
}

func (l *List) convTiles(k *Kernel, columns int, y, a, b, bias driver.Ptr, c Convolution, M, N, K int) {
	tx, ty := ceil(M, 128), ceil(N, columns)
	n, step := l.sliceK(tx*ty, K)
	to, add := l.target(y, bias, n, M*N)
	l.launch(k.Name, [3]int{tx, ty, n}, k.Block, k.Shared,
		to, a, b, add, c.N, c.H, c.W, c.C, c.O, c.K, step)
	l.combine(y, to, bias, 1, M*N, N, n)
}
