package plantest

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// bound is how far a correct device may be from the definition. Products and
// sums of n terms in float32 are off by at most n·u of the sum of magnitudes,
// and by far less in any order a device uses: √n + 8 of it are allowed. In
// another precision each operand is rounded to its unit roundoff first.
func bound(p *plan.Plan, ref *reference.Program, op plan.Op, prec plan.Precision, want []float64) (
	of func(i int) float64) {
	const u = 0x1p-24
	unit := roundoff(prec)
	most := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) && !math.IsNaN(w) {
			most = math.Max(most, math.Abs(w))
		}
	}
	switch op.Kind {
	case plan.MatMul, plan.Conv, plan.ConvData, plan.ConvFilter, plan.Sum, plan.Dot:
		if op.Kind == plan.Sum || op.Kind == plan.Dot {
			unit = 0
		}
		mags, terms := magnitudes(p, ref, op)
		return func(i int) float64 { return ((math.Sqrt(terms)+8)*u + 3*unit) * (mags[i] + 1) }
	case plan.Norm, plan.NormGrad, plan.Softmax, plan.Attention, plan.AttentionGrad:
		return func(i int) float64 { return (256*u + 16*unit) * (most + 1) }
	case plan.Normal:
		return func(i int) float64 { return 64 * u * (math.Abs(want[i]) + 1) }
	case plan.Uniform, plan.Fill, plan.Reshape, plan.Expand, plan.Narrow, plan.Swap, plan.Concat, plan.Gather,
		plan.Less, plan.Min, plan.Max:
		return func(int) float64 { return 0 } // exact
	}
	return func(i int) float64 { return 8 * u * (math.Abs(want[i]) + 0x1p-100) }
}

// roundoff is how far an operand of a contraction may be rounded, of itself.
func roundoff(prec plan.Precision) float64 {
	return map[plan.Precision]float64{plan.Float32: 0, plan.TF32: 0x1p-10, plan.BFloat16: 0x1p-8}[prec]
}

// magnitudes evaluates op, which is linear in each operand, on the operands'
// absolute values, and counts the terms of each sum.
func magnitudes(p *plan.Plan, ref *reference.Program, op plan.Op) ([]float64, float64) {
	var in []reference.Tensor
	terms := 1.0
	for i := 0; ; i++ {
		x, err := ref.Data(fmt.Sprintf("x%d", i))
		if err != nil {
			break
		}
		v, _ := p.Port(fmt.Sprintf("x%d", i))
		abs := make([]float64, len(x))
		for j := range x {
			abs[j] = math.Abs(x[j])
		}
		in = append(in, reference.Tensor{Data: abs, Shape: p.Values[v].Shape})
		terms = math.Max(terms, float64(len(x)))
	}
	out, err := reference.Eval(op, in...)
	if err != nil {
		panic(err)
	}
	return out.Data, terms
}
