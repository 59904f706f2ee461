package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// TestAttention holds attention and its adjoint to their definitions: with tokens on either
// side of a block of queries, so few heads that the queries are split and more, and
// dimensions that are no multiple of a vector.
func TestAttention(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, s := range []AttentionShape{
		{1, 1, 3, 1}, {2, 7, 10, 2}, {1, 49, 64, 4}, {3, 49, 48, 3}, {1, queryBlock, 16, 1},
		{2, queryBlock + 1, 20, 1}, {1, 2*queryBlock + 9, 66, 3},
	} {
		n := s.N * s.T * s.C
		qkv, g := normal(rng, 3*n, 0), normal(rng, n, 0)
		op := plan.Op{Kind: plan.Attention, Groups: s.Heads}
		x, dy := tensor(qkv, s.N, s.T, 3*s.C), tensor(g, s.N, s.T, s.C)
		want := eval(t, op, x)
		op.Kind = plan.AttentionGrad
		wantGrad := eval(t, op, x, dy)
		var first, firstGrad []float32
		for _, l := range Levels() {
			v := NewVec(l)
			for _, p := range pools(t) {
				what := fmt.Sprintf("%+v, %v, %d workers", s, l, p.Workers())
				y, _ := guarded(n)
				v.Attention(p, s, y, qkv).Do()
				d, _ := guarded(3 * n)
				v.AttentionGrad(p, s, d, qkv, g).Do()
				if first == nil {
					first, firstGrad = y, d
				}
				same(t, what, y, first)
				same(t, what+" grad", d, firstGrad)
				// Averages of numbers below 5, whose weights' exponents (scores below
				// 5√dim) err by a few roundings; in the gradient products of three.
				within(t, what, y, want, 5*5*16*0x1p-24)
				within(t, what+" grad", d, wantGrad, 5*5*5*32*0x1p-24)
			}
		}
	}
}
