package plan_test

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// A norm's gradient is two values unless something reads across them.
func TestSplitGradients(t *testing.T) {
	const n, c = 6, 4
	bundle := func() *plan.Node {
		return apply(plan.Op{Kind: plan.NormGrad, Groups: 1, Imm: 1e-5}, input("x", n, c), input("gamma", c),
			input("g", n, c))
	}
	part := func(b *plan.Node, off, width int) *plan.Node {
		return apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: off, Width: width, Shape: []int{width}}, b)
	}
	for _, tt := range []struct {
		name  string
		parts [][2]int // what is read of the bundle: offset and width
		split bool
	}{
		{"dx and the rest", [][2]int{{0, n * c}, {n * c, 2 * c}}, true},
		{"dγ and dβ apart", [][2]int{{0, n * c}, {n * c, c}, {n*c + c, c}}, true},
		{"a part of dx", [][2]int{{3, 5}}, true},
		{"across", [][2]int{{0, n * c}, {n*c - 1, 2}}, false},
		{"all", [][2]int{{0, n*c + 2*c}}, false},
	} {
		b := bundle()
		var roots []plan.Root
		for k, q := range tt.parts {
			x := part(b, q[0], q[1])
			roots = append(roots, plan.Root{Name: string(rune('a' + k)), Node: unary(plan.Exp, x)},
				plan.Root{Name: string(rune('A' + k)), Node: apply(plan.Op{Kind: plan.Softmax}, x)})
		}
		p, err := plan.Compile(t.Context(), roots, plan.Float32)
		if err != nil {
			t.Fatal(err)
		}
		checkPlan(t, p)
		if p.Steps[0].Op.Kind != plan.NormGrad || p.Steps[0].Split != tt.split {
			t.Errorf("%s: step 0 is %v and split: %v, want a NormGrad and %v", tt.name, p.Steps[0].Op,
				p.Steps[0].Split, tt.split)
		}
	}
}
