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

// A sum over K is cut into slices (see List.slices) of no less than leastStep terms, and
// of whole stepUnits.
const (
	leastStep = 256
	stepUnit  = 32
)

// An Epilogue is what is done with each sum s of a product before it is stored in C:
//
//	s ← s + Bias[column]     Sum ← s     C ← silu(s) if SiLU, + Addend
//
// Sum and Addend have the shape of C, and are float32 whatever C is. A pointer that is 0
// leaves its part out.
type Epilogue struct {
	Bias, Sum, Addend driver.Ptr
	SiLU              bool
	half              bool // C is bfloat16 in memory
}

// Gemm adds C = op(A)·op(B), with epilogue e.
func (l *List) Gemm(C, A, B driver.Ptr, e Epilogue, m Matrix) {
	if b, ok := l.hopperOperands(A, B, !m.TransA, m.rowA(), m.rowB()); ok {
		l.gemmHopper(C, A, b, e, m, hopperColumns(m.Batch, m.M, m.N))
		return
	}
	l.gemm(C, A, B, e, m, m.wide(A, B) && ceil(m.M, 128)*ceil(m.N, 128)*m.Batch >= wantTiles/2)
}

// wide reports whether every chunk of 4 neighbours of A and B is aligned.
func (m Matrix) wide(A, B driver.Ptr) bool {
	return A%16 == 0 && B%16 == 0 && m.rowA()%4 == 0 && m.rowB()%4 == 0
}

// rowA is the length of a row of A as it is stored.
func (m Matrix) rowA() int {
	if m.TransA {
		return m.M
	}
	return m.K
}

// rowB is the length of a row of B as it is stored.
func (m Matrix) rowB() int {
	if m.TransB {
		return m.K
	}
	return m.N
}

// gemm is Gemm with tiles of 128×128 if big, of 64×64 else.
func (l *List) gemm(C, A, B driver.Ptr, e Epilogue, m Matrix, big bool) {
	tr := map[bool]string{false: "n", true: "t"}
	e.half = l.Half.C
	big = big && (l.Precision == plan.Float32 || !(m.TransA && m.TransB))
	tile, aligned := 64, 2
	if big {
		tile, aligned = 128, 8
	}
	B, of := l.operands(B, !m.TransA, m.rowB(), aligned)
	name := "gemm_" + of
	if l.Precision != plan.Float32 {
		name += "_" + tr[m.TransA] + tr[m.TransB]
	}
	if !big {
		name += "_small"
	}
	k := find(name)
	x, y := ceil(m.M, tile), ceil(m.N, tile)
	n, step := l.slices(x*y*m.Batch, m.K, leastStep, stepUnit)
	to, end := l.sliceTarget(C, e, n, m.Batch*m.M*m.N)
	args := append(append([]any{to, A, B}, end.args()...), m.M, m.N, m.K)
	if l.Precision == plan.Float32 {
		args = append(args, flag(m.TransA), flag(m.TransB))
	}
	l.launch(name, [3]int{x, y, m.Batch * n}, k.Block, k.Shared, append(args, n, step)...)
	l.combine(C, to, e, m.Batch, m.M*m.N, m.N, n)
}

// flag is b as an argument of a kernel.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// suffix is the part of a kernel's name that says its precision.
func suffix(p plan.Precision) string {
	return map[plan.Precision]string{plan.Float32: "f32", plan.TF32: "tf32", plan.BFloat16: "bf16"}[p]
}

// args are the parameters that say so to a kernel.
func (e Epilogue) args() []any {
	return []any{e.Bias, e.Sum, e.Addend, flag(e.SiLU)*siluOf + flag(e.half)*halfC}
}

// sliceTarget is where the slices of a sum go, and with what epilogue: to C with e if
// there is one slice, else without any to the workspace, for combine. size is the number
// of elements of C.
func (l *List) sliceTarget(C driver.Ptr, e Epilogue, slices, size int) (driver.Ptr, Epilogue) {
	if slices == 1 {
		return C, e
	}
	return l.scratch(slices * size), Epilogue{}
}

// combine adds the sum of the slices at parts, in order, with epilogue e.
func (l *List) combine(C, parts driver.Ptr, e Epilogue, batch, size, N, slices int) {
	if slices > 1 {
		l.launch("combine_f32", [3]int{l.turns(size, 256, 4096), batch, 1}, 256, 0,
			append(append([]any{C, parts}, e.args()...), size, N, slices)...)
	}
}

// Convolution is the shape of a k×k convolution: x [N,H,W,C], filter
// [K,K,C,O], y [N,H,W,O].
type Convolution struct{ N, H, W, C, O, K int }

// Conv adds y = x * w, with epilogue e.
func (l *List) Conv(y, x, w driver.Ptr, e Epilogue, c Convolution) {
	l.conv("conv_", y, x, w, e, c, c.N*c.H*c.W, c.O, c.K*c.K*c.C)
}

// ConvData adds dx, the gradient of Conv's x, from g and w, with epilogue e.
func (l *List) ConvData(dx, g, w driver.Ptr, e Epilogue, c Convolution) {
	l.conv("conv_data_", dx, g, w, e, c, c.N*c.H*c.W, c.C, c.K*c.K*c.O)
}

// ConvFilter adds dw, the gradient of Conv's w, from x and g.
func (l *List) ConvFilter(dw, x, g driver.Ptr, c Convolution) {
	l.conv("conv_filter_", dw, x, g, Epilogue{}, c, c.K*c.K*c.C, c.O, c.N*c.H*c.W)
}

// conv is the product [M,K]·[K,N] that a convolution is. Columns are 32 to a tile
// where there are no more and such a kernel, and on tensor cores 128 where that
// leaves none empty and still fills the device; else 64.
func (l *List) conv(name string, y, a, b driver.Ptr, e Epilogue, c Convolution, M, N, K int) {
	weights, rowA := name != "conv_filter_", c.C
	if name == "conv_data_" {
		rowA = c.O
	}
	if at, ok := l.hopperOperands(a, b, weights, rowA, c.O); ok {
		l.convHopper(name, y, a, at, e, c, M, N, K, hopperColumns(1, M, N))
		return
	}
	b, of := l.operands(b, weights, c.O, 2)
	e.half = l.Half.C
	name += of
	columns := 64
	switch {
	case N <= 32 && byName[name+"_32"] != nil:
		name, columns = name+"_32", 32
	case byName[name+"_128"] != nil && N%128 == 0 && ceil(M, 128)*(N/128) >= wantTiles/2:
		name, columns = name+"_128", 128
	}
	l.convTiles(find(name), columns, y, a, b, e, c, M, N, K)
}

// convTiles adds the product with kernel k, whose tiles are 128 rows by so many columns.
func (l *List) convTiles(k *Kernel, columns int, y, a, b driver.Ptr, e Epilogue, c Convolution, M, N, K int) {
	tx, ty := ceil(M, 128), ceil(N, columns)
	n, step := l.slices(tx*ty, K, leastStep, stepUnit)
	to, end := l.sliceTarget(y, e, n, M*N)
	l.launch(k.Name, [3]int{tx, ty, n}, k.Block, k.Shared,
		append(append([]any{to, a, b}, end.args()...), c.N, c.H, c.W, c.C, c.O, c.K, step)...)
	l.combine(y, to, e, 1, M*N, N, n)
}
