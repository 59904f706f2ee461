package reference

import "github.com/stillfield/stillfield/plan"

// rounded reports whether a contraction in bfloat16 uses operand i in no other way than
// rounded. AttentionGrad has a use of its gradient that is not.
func rounded(k plan.Kind, i int) bool {
	switch k {
	case plan.MatMul, plan.Conv, plan.ConvData, plan.ConvFilter:
		return i < 2
	case plan.Attention, plan.AttentionGrad:
		return i == 0
	}
	return false
}

// round rounds to float32 and then to bfloat16, as devices do.
func round(xs []float64) {
	for i, x := range xs {
		xs[i] = float64(plan.WidenBFloat16(plan.RoundBFloat16(float32(x))))
	}
}
