package reference

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// Tensor is a row-major tensor in float64.
type Tensor struct {
	Data  []float64
	Shape []int
}

// New returns a tensor of zeros.
func New(shape ...int) Tensor { return Tensor{make([]float64, plan.Size(shape)), shape} }

// Eval applies op to in and returns its result, writing to the operands that op
// writes to. The shapes are checked by plan's Infer.
func Eval(op plan.Op, in ...Tensor) (Tensor, error) {
	shapes := make([][]int, len(in))
	for i, t := range in {
		shapes[i] = t.Shape
	}
	shape, err := op.Infer(shapes...)
	if err != nil {
		return Tensor{}, err
	}
	out := New(shape...)
	f, ok := definitions[op.Kind]
	switch {
	case ok:
		f(op, out, in)
	case op.Kind.Random():
		random(op, out, in[0])
	case op.Kind.Pointwise():
		for i := range out.Data {
			var x, y float64
			if op.Kind != plan.Fill {
				x = in[0].Data[i]
			}
			if len(in) == 2 {
				y = in[1].Data[i]
			}
			out.Data[i] = Pointwise(op.Kind, op.Imm, x, y)
		}
	default:
		return Tensor{}, fmt.Errorf("reference: %v: no definition", op)
	}
	return out, nil
}

// Pointwise is the definition of every pointwise operator that draws nothing.
func Pointwise(k plan.Kind, imm, x, y float64) float64 {
	switch k {
	case plan.Scale:
		return imm * x
	case plan.Shift:
		return x + imm
	case plan.Fill:
		return imm
	case plan.Exp:
		return math.Exp(x)
	case plan.Log:
		return math.Log(x)
	case plan.Sqrt:
		return math.Sqrt(x)
	case plan.Recip:
		return 1 / x
	case plan.Sin:
		return math.Sin(x)
	case plan.Cos:
		return math.Cos(x)
	case plan.Tanh:
		return math.Tanh(x)
	case plan.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case plan.SiLU:
		if math.IsInf(x, -1) { // the limit: x·σ(x) → −0
			return math.Copysign(0, -1)
		}
		return x / (1 + math.Exp(-x))
	case plan.Add:
		return x + y
	case plan.Sub:
		return x - y
	case plan.Mul:
		return x * y
	case plan.Div:
		return x / y
	case plan.Min:
		return math.Min(x, y)
	case plan.Max:
		return math.Max(x, y)
	case plan.Less:
		if x < y {
			return 1
		}
		return 0
	}
	panic("reference: not a pointwise operator")
}

// random draws row by row: element e of row i is element e of what row i of rows
// [n, 3] says.
func random(op plan.Op, out, rows Tensor) {
	n := out.Shape[0]
	width := len(out.Data) / n
	for i := range n {
		sample, draw := drawn(rows.Data, i, op.Purpose)
		for e := range width {
			out.Data[i*width+e] = Draw(op.Kind, op.Seed, sample, draw, e)
		}
	}
}

// drawn is what row i of rows [n, 3] draws: the sample's number, lo + 2²⁴·hi, and
// philox's word for its draw.
func drawn(rows []float64, i int, purpose uint32) (sample uint64, draw uint32) {
	r := rows[plan.DrawLen*i:][:plan.DrawLen]
	return uint64(r[0]) + uint64(r[1])<<24, philox.Draw(purpose, uint32(r[2]))
}

// Draw is element e of the random numbers of one sample; draw is philox.Words'.
func Draw(k plan.Kind, seed, sample uint64, draw uint32, e int) float64 {
	w := philox.Words(seed, sample, draw, uint32(e/4))
	if k == plan.Uniform {
		return float64(philox.Uniform(w[e%4]))
	}
	c, s := philox.NormalPair(w[e%4&2], w[e%4&2+1])
	if e%2 == 0 {
		return c
	}
	return s
}
