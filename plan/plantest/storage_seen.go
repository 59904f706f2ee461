package plantest

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// seenRounded holds d to the two steps that see rounded numbers though they would not round
// them: a sum over rows, and the gradient of attention. The definition stores the same
// numbers as d, so the sum differs by the order of its terms alone.
func seenRounded(t *testing.T, d plan.Device) {
	const n, c = 1037, 16
	x := made("x", n, c)
	g, ref := storedBoth(t, d, plan.Root{Name: "sum",
		Node: apply(plan.Op{Kind: plan.Sum, Outer: 1, Inner: c, Shape: []int{c}}, x)},
		plan.Root{Name: "y", Node: apply(plan.Op{Kind: plan.MatMul, TransA: true}, x, leaf("z", n, 8))})
	run(t, g, ref)
	want, err := ref.Data("sum")
	if err != nil {
		t.Fatal(err)
	}
	const most = 1.6 // of each of n numbers
	near(t, "sum", read(t, g, "sum", c), want,
		func(int) float64 { return (math.Sqrt(n) + 8) * 0x1p-24 * most * n })
	for _, s := range [][4]int{{1, 1, 8, 1}, {2, 66, 16, 2}, {1, 33, 64, 1}} {
		qkv, dy := made("qkv", s[0], s[1], 3*s[2]), made("dy", s[0], s[1], s[2])
		g, ref := storedBoth(t, d, plan.Root{Name: "dqkv",
			Node: apply(plan.Op{Kind: plan.AttentionGrad, Groups: s[3]}, qkv, dy)})
		run(t, g, ref)
		want, err := ref.Data("dqkv")
		if err != nil {
			t.Fatal(err)
		}
		most := 0.0
		for _, w := range want {
			most = math.Max(most, math.Abs(w))
		}
		near(t, "dqkv", read(t, g, "dqkv", len(want)), want,
			func(int) float64 { return (256*0x1p-24 + 16*0x1p-8) * (most + 1) })
	}
}

// storedBoth is both of a plan with storage types, in which some values are bfloat16.
func storedBoth(t *testing.T, d plan.Device, roots ...plan.Root) (plan.Program, *reference.Program) {
	t.Helper()
	p, err := plan.Compile(t.Context(), roots, plan.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	if halfValues(p) == 0 {
		t.Fatalf("no value is bf16 in\n%v", p)
	}
	return both(t, d, p, false)
}
