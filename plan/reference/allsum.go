package reference

import (
	"fmt"

	"github.com/stillfield/stillfield/plan"
)

// AllSum is the definition of plan.AllSum, over the operands of all processes, by rank: in an
// exact sum the operands of neighbours are added, then the sums of neighbouring pairs, and so
// on. Floats that are added in float32 have to be in that order to have these bits.
func AllSum(ranks ...[]float64) []float64 {
	sums := make([][]float64, len(ranks))
	for r, x := range ranks {
		sums[r] = append([]float64(nil), x...)
	}
	for step := 1; step < len(sums); step *= 2 {
		for r := 0; r+step < len(sums); r += 2 * step {
			for i, x := range sums[r+step] {
				sums[r][i] += x
			}
		}
	}
	return sums[0]
}

// allSum is the sum of a group of one, which is all that one operand can tell.
func allSum(op plan.Op, out Tensor, in []Tensor) {
	if op.Ranks != 1 {
		panic(fmt.Sprintf("reference: %v of one operand, want AllSum of those of all ranks", op))
	}
	copy(out.Data, AllSum(in[0].Data))
}
