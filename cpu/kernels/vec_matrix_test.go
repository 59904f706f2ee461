package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// matrixKernel calls one kernel of rows or columns on its operands, with results p, q and
// r, which have an element for each column or for each element of the matrix.
type matrixKernel struct {
	name   string
	column bool // an element of a result for each column
	call   func(v *Vec, m *matrices, p, q, r *float32)
}

// matrices is the operands: matrices x and dy of rows that are stride apart, and vectors k,
// a, b and c with an element for each column.
type matrices struct {
	rows, cols, stride int
	x, dy, k, a, b, c  []float32
}

// matrixKernels are all kernels of rows and columns.
var matrixKernels = []matrixKernel{
	{"colSum", true, func(v *Vec, m *matrices, p, _, _ *float32) {
		v.colSum(p, &m.x[0], m.rows, m.cols, m.stride)
	}},
	{"colMoments", true, func(v *Vec, m *matrices, p, q, _ *float32) {
		v.colMoments(p, q, &m.x[0], &m.k[0], m.rows, m.cols, m.stride)
	}},
	{"colCross", true, func(v *Vec, m *matrices, p, q, _ *float32) {
		v.colCross(p, q, &m.dy[0], &m.x[0], &m.k[0], m.rows, m.cols, m.stride)
	}},
	{"colApply", false, func(v *Vec, m *matrices, p, _, _ *float32) {
		v.colApply(p, &m.x[0], &m.k[0], &m.a[0], &m.b[0], m.rows, m.cols, m.stride)
	}},
	{"colGrad", false, func(v *Vec, m *matrices, p, _, _ *float32) {
		v.colGrad(p, &m.dy[0], &m.x[0], &m.k[0], &m.a[0], &m.b[0], &m.c[0], m.rows, m.cols, m.stride)
	}},
	{"rowApply", true, func(v *Vec, m *matrices, p, _, _ *float32) {
		v.rowApply(p, &m.x[0], &m.a[0], &m.b[0], m.cols, 0.9, 1.1, -0.2)
	}},
	{"softmaxRows", false, func(v *Vec, m *matrices, p, q, _ *float32) {
		v.softmaxRows(p, &m.dy[0], m.rows, m.cols, m.stride, 0.7)
		v.softmaxRows(q, q, m.rows, m.cols, m.stride, 1)
	}},
	{"scoreRows", false, func(v *Vec, m *matrices, p, _, _ *float32) {
		v.scoreRows(p, &m.dy[0], m.rows, m.cols, m.stride, 0.7)
	}},
	{"rowGrad", true, func(v *Vec, m *matrices, p, q, r *float32) {
		v.rowGrad(p, q, r, &m.dy[0], &m.x[0], &m.a[0], m.cols, 0.9, 1.1, -0.2, 0.3, 0.4)
	}},
}

// TestMatricesAgree: the assembly of every kernel of rows and columns gives the bits of its
// Go form. Results begin as a copy of x.
func TestMatricesAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, cols := range []int{1, 7, 8, 15, 16, 17, 32, 63, 64, 65, 80, 130} {
		for _, rows := range []int{1, 2, 9} {
			stride := cols + cols%3
			size := (rows-1)*stride + cols
			m := &matrices{rows, cols, stride, normal(rng, size, 3), normal(rng, size, 0),
				normal(rng, cols, 3), normal(rng, cols, 0), normal(rng, cols, 0), normal(rng, cols, 1)}
			for _, k := range matrixKernels {
				n := size
				if k.column {
					n = cols
				}
				want, _ := results(m.x, n)
				k.call(NewVec(Go), m, &want[0][0], &want[1][0], &want[2][0])
				for _, l := range vecLevels() {
					got, guard := results(m.x, n)
					k.call(NewVec(l), m, &got[0][0], &got[1][0], &got[2][0])
					for i := range got {
						what := fmt.Sprintf("%v %d×%d %s %d", l, rows, cols, k.name, i)
						same(t, what, got[i], want[i])
						unwritten(t, what, guard[i])
					}
				}
			}
		}
	}
}

// results is three copies of the first n elements of x, with a guard after each.
func results(x []float32, n int) (r, guard [3][]float32) {
	for i := range r {
		r[i], guard[i] = guarded(n)
		copy(r[i], x)
	}
	return r, guard
}

// TestAverageAgrees: the assembly of an average gives the bits of its Go form.
func TestAverageAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for _, n := range vecLengths {
		w, start := normal(rng, n, 0), normal(rng, n, 0)
		run := func(l Level) (avg, guard []float32) {
			avg, guard = guarded(n)
			copy(avg, start)
			NewVec(l).average(&avg[0], &w[0], n, .3)
			return avg, guard
		}
		want, _ := run(Go)
		for _, l := range vecLevels() {
			got, guard := run(l)
			same(t, fmt.Sprintf("%v average n=%d", l, n), got, want)
			unwritten(t, "average", guard)
		}
	}
}

// TestAdamAgrees: the assembly of AdamW gives the bits of its Go form.
func TestAdamAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	for _, n := range vecLengths {
		var start [5][]float32 // w, m, v, avg and grad
		for i, mean := range []float64{0, 0, 9, 0, 0} {
			start[i] = normal(rng, n, mean)
		}
		start[2][0] = abs(start[2][0])
		run := func(l Level) (x, guard [5][]float32) {
			for i := range x {
				x[i], guard[i] = guarded(n)
				copy(x[i], start[i])
			}
			NewVec(l).adam(&adamArgs{
				w: &x[0][0], m: &x[1][0], v: &x[2][0], avg: &x[3][0], grad: &x[4][0], n: n,
				beta1: 0.9, rest1: 0.1, beta2: 0.99, rest2: 0.01, eps: 1e-8, scale: 0.5,
				negLR: -1e-3, negDecay: -1e-5, c1: 1.5, c2: 1.25, ema: 0.01,
			})
			return x, guard
		}
		want, _ := run(Go)
		for _, l := range vecLevels() {
			got, guard := run(l)
			for i := range got {
				same(t, fmt.Sprintf("%v adam n=%d operand %d", l, n, i), got[i], want[i])
				unwritten(t, "adam", guard[i])
			}
		}
	}
}
