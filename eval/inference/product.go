package inference

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

var (
	_ = operator(gemm, "Gemm")
	_ = operator(matMul, "MatMul")
	_ = operator(softmax, "Softmax")
)

// gemm is x·w + b of rows x with constant weights.
func gemm(n *node) (made, error) {
	if err := n.operands(2, 3); err != nil {
		return made{}, err
	}
	if n.int("transA", 0) != 0 || n.float("alpha", 1) != 1 || n.float("beta", 1) != 1 {
		return made{}, fmt.Errorf("got transA %d, alpha %g and beta %g, want 0, 1 and 1", n.int("transA", 0),
			n.float("alpha", 1), n.float("beta", 1))
	}
	x, w := n.in[0].shape, n.in[1].shape
	if len(x) != 2 || len(w) != 2 {
		return made{}, fmt.Errorf("got shapes %v and %v, want matrices", x, w)
	}
	k, o, rowB, colB := w[0], w[1], w[1], 1
	if n.int("transB", 0) != 0 {
		k, o, rowB, colB = w[1], w[0], 1, w[1]
	}
	if x[1] != k {
		return made{}, fmt.Errorf("got shapes %v and %v, want rows of %d numbers", x, w, k)
	}
	var bias []float32
	if n.has(2) {
		if bias = n.in[2].floats; len(bias) != o {
			return made{}, fmt.Errorf("got a bias of shape %v, want a constant of %d", n.in[2].shape, o)
		}
	}
	return made{shape: []int{x[0], o}, run: func(r *worker, out []float32, in [][]float32) {
		r.engine.Gemm(&kernels.Gemm{M: x[0], N: o, K: k, A: in[0], RowA: k, ColA: 1, B: in[1], RowB: rowB,
			ColB: colB, C: out, RowC: o, Bias: bias})
	}}, nil
}

// matMul is the product of the last two axes. Those before are the same in both, or the second
// has none.
func matMul(n *node) (made, error) {
	if err := n.operands(2, 2); err != nil {
		return made{}, err
	}
	x, y := n.in[0].shape, n.in[1].shape
	bad := fmt.Errorf("got shapes %v and %v, want […, m, k] and [k, n] or […, k, n]", x, y)
	if len(x) < 2 || len(y) < 2 || x[len(x)-1] != y[len(y)-2] {
		return made{}, bad
	}
	m, k, o := x[len(x)-2], x[len(x)-1], y[len(y)-1]
	g := kernels.Gemm{M: m, N: o, K: k, RowA: k, ColA: 1, RowB: o, ColB: 1, RowC: o}
	switch batch := plan.Size(x[:len(x)-2]); {
	case plan.Size(y[:len(y)-2]) == 1 && len(y) <= len(x):
		g.M *= batch
	case same(x[:len(x)-2], y[:len(y)-2]):
		g.Batch, g.BatchA, g.BatchB, g.BatchC = batch, m*k, k*o, m*o
	default:
		return made{}, bad
	}
	shape := append(slices.Clone(x[:len(x)-1]), o)
	return made{shape: shape, run: func(w *worker, out []float32, in [][]float32) {
		p := g
		p.A, p.B, p.C = in[0], in[1], out
		w.engine.Gemm(&p)
	}}, nil
}

// softmax is over the last axis.
func softmax(n *node) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	a, err := axis(n.int("axis", -1), len(x))
	if err != nil {
		return made{}, err
	}
	if a != len(x)-1 {
		return made{}, fmt.Errorf("axis: got %d of shape %v, want the last", a, x)
	}
	return made{shape: x, inPlace: true, run: func(_ *worker, out []float32, in [][]float32) {
		copy(out, in[0])
		for row := range slices.Chunk(out, x[a]) {
			largest, sum := float64(slices.Max(row)), 0.
			for _, v := range row {
				sum += math.Exp(float64(v) - largest)
			}
			for i, v := range row {
				row[i] = float32(math.Exp(float64(v)-largest) / sum)
			}
		}
	}}, nil
}
