package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
)

// TestBFloatAttention holds attention in bfloat16 and its gradient to their definitions over rounded
// operands, at the sizes of TestAttention and at those of steps and panels; one class of forms gives one
// result, for any number of workers.
func TestBFloatAttention(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, s := range []AttentionShape{
		{1, 1, 3, 1}, {2, 7, 10, 2}, {1, 31, 32, 1}, {2, 32, 33, 1}, {1, 33, 62, 2}, {1, 49, 64, 4},
		{2, 65, 64, 1}, {1, queryBlock, 16, 1}, {2, queryBlock + 1, 20, 1}, {1, 2*queryBlock + 9, 66, 3},
	} {
		n := s.N * s.T * s.C
		qkv, g := rounded(normal(rng, 3*n, 0)), rounded(normal(rng, n, 0))
		op := plan.Op{Kind: plan.Attention, Groups: s.Heads}
		x, dy := tensor(qkv, s.N, s.T, 3*s.C), tensor(g, s.N, s.T, s.C)
		want := eval(t, op, x)
		op.Kind = plan.AttentionGrad
		wantGrad := eval(t, op, x, dy)
		first := map[bf16.Class][2][]float32{}
		for _, f := range testForms() {
			for workers := 1; workers <= 3; workers++ {
				e := newBFloatEngine(t, f, workers)
				v := NewVec(e.Level())
				what := fmt.Sprintf("%+v, %v, %d workers", s, f, workers)
				y, _ := guarded(n)
				e.Attention(v, s, y, Numbers{F: qkv}).Do()
				d, _ := guarded(3 * n)
				e.AttentionGrad(v, s, d, Numbers{F: qkv}, Numbers{F: g}).Do()
				if _, ok := first[f.Class()]; !ok {
					first[f.Class()] = [2][]float32{y, d}
				}
				same(t, what, y, first[f.Class()][0])
				same(t, what+" grad", d, first[f.Class()][1])
				// The probabilities, of which there is one in all, are rounded to 2⁻⁹, and the gradient of
				// the scores, an average of differences below 5·5 times them.
				within(t, what, y, want, 5*0x1p-9)
				within(t, what+" grad", d, wantGrad, 5*5*5*0x1p-8)
			}
		}
	}
}
