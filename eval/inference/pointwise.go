package inference

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// unary are operators of one operand that kernels have.
var unary = map[string]plan.Kind{"Exp": plan.Exp, "Log": plan.Log, "Sqrt": plan.Sqrt, "Tanh": plan.Tanh,
	"Sigmoid": plan.Sigmoid, "Reciprocal": plan.Recip}

// scalar are those that they have not, number by number.
var scalar = map[string]func(x float64) float64{
	"Neg": func(x float64) float64 { return -x }, "Abs": math.Abs, "Erf": math.Erf,
	"Softplus":  func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
	"HardSwish": func(x float64) float64 { return x * math.Max(0, math.Min(1, x/6+.5)) },
}

// binary are operators of two operands, whose shapes numpy's rule makes one.
var binary = map[string]plan.Kind{"Add": plan.Add, "Sub": plan.Sub, "Mul": plan.Mul, "Div": plan.Div,
	"Min": plan.Min, "Max": plan.Max}

var _ = func() bool {
	for name, kind := range unary {
		operator(func(n *node) (made, error) { return n.each(withBlock(kind)) }, name)
	}
	for name, f := range scalar {
		operator(func(n *node) (made, error) {
			return n.each(func(_ *worker, out []float32, in [][]float32) {
				for i, v := range in[0] {
					out[i] = float32(f(float64(v)))
				}
			})
		}, name)
	}
	for name, kind := range binary {
		operator(func(n *node) (made, error) { return n.both(kind) }, name)
	}
	return operator(relu, "Relu") && operator(clip, "Clip") && operator(leakyRelu, "LeakyRelu") &&
		operator(hardSigmoid, "HardSigmoid") && operator(prelu, "PRelu") && operator(pow, "Pow")
}()

// each is an operator on every number.
func (n *node) each(run kernel) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	return made{shape: n.in[0].shape, inPlace: true, run: run}, nil
}

// withBlock is the kernel of an operator of one operand.
func withBlock(kind plan.Kind) kernel {
	return func(w *worker, out []float32, in [][]float32) {
		f := w.vec.Pointwise(kind)
		for i := 0; i < len(out); i += blockLen {
			f(&out[i], &in[0][i], nil, min(blockLen, len(out)-i), 0)
		}
	}
}

func relu(n *node) (made, error) {
	return n.each(func(w *worker, out []float32, in [][]float32) {
		f := w.vec.Pointwise(plan.Max)
		for i := 0; i < len(out); i += blockLen {
			f(&out[i], &in[0][i], &zeros[0], min(blockLen, len(out)-i), 0)
		}
	})
}

// clip keeps numbers between two that are operands, or attributes in old versions.
func clip(n *node) (made, error) {
	if err := n.operands(1, 3); err != nil {
		return made{}, err
	}
	lo, hi := n.float("min", -math.MaxFloat32), n.float("max", math.MaxFloat32)
	for i, bound := range []*float32{&lo, &hi} {
		if !n.has(i + 1) {
			continue
		}
		if len(n.in[i+1].floats) != 1 {
			return made{}, fmt.Errorf("bound %d: got shape %v, want a constant number", i, n.in[i+1].shape)
		}
		*bound = n.in[i+1].floats[0]
	}
	return made{shape: n.in[0].shape, inPlace: true, run: func(_ *worker, out []float32, in [][]float32) {
		for i, v := range in[0] {
			out[i] = min(max(v, lo), hi)
		}
	}}, nil
}

func leakyRelu(n *node) (made, error) {
	slope := n.float("alpha", .01)
	return n.each(func(_ *worker, out []float32, in [][]float32) {
		for i, v := range in[0] {
			if v < 0 {
				v *= slope
			}
			out[i] = v
		}
	})
}

func hardSigmoid(n *node) (made, error) {
	slope, shift := n.float("alpha", .2), n.float("beta", .5)
	return n.each(func(_ *worker, out []float32, in [][]float32) {
		for i, v := range in[0] {
			out[i] = min(max(slope*v+shift, 0), 1)
		}
	})
}

// both is an operator of two operands. What is repeated is copied to a row, no longer than
// blockLen.
func (n *node) both(kind plan.Kind) (made, error) {
	return n.pairs(func(w *worker) kernels.Block { return w.vec.Pointwise(kind) })
}

// pairs is an operator on every pair of numbers.
func (n *node) pairs(of func(w *worker) kernels.Block) (made, error) {
	if err := n.operands(2, 2); err != nil {
		return made{}, err
	}
	r, err := repeat(n.in[0].shape, n.in[1].shape)
	if err != nil {
		return made{}, err
	}
	return made{shape: r.shape, inPlace: true, run: func(w *worker, out []float32, in [][]float32) {
		f, a, b := of(w), room(&w.row, blockLen), room(&w.other, blockLen)
		r.runs(func(at, x, y, k int, repX, repY bool) {
			f(&out[at], operandAt(a, in[0], x, k, repX), operandAt(b, in[1], y, k, repY), k, 0)
		})
	}}, nil
}

// operandAt is where k numbers of src from at on are, or one of them repeated in row.
func operandAt(row, src []float32, at, k int, repeated bool) *float32 {
	if !repeated {
		return &src[at]
	}
	for i := range row[:k] {
		row[i] = src[at]
	}
	return &row[0]
}

func pow(n *node) (made, error) {
	return n.pairs(func(*worker) kernels.Block { return goBlock(math.Pow) })
}

func prelu(n *node) (made, error) {
	return n.pairs(func(*worker) kernels.Block {
		return goBlock(func(x, slope float64) float64 {
			if x < 0 {
				return x * slope
			}
			return x
		})
	})
}
