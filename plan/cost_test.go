package plan_test

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// kind is an operator without attributes.
func kind(k plan.Kind) plan.Op { return plan.Op{Kind: k} }

// costs are steps of one operator with what they cost, worked out by hand.
var costs = []struct {
	op     plan.Op
	in     shapes
	states int // the first operands
	flops  float64
	floats float64 // moved
}{
	{op: kind(plan.Exp), in: shapes{{2, 3}}, flops: 6, floats: 6 + 6},
	{op: kind(plan.Add), in: shapes{{2, 3}, {2, 3}}, flops: 6, floats: 12 + 6},
	{op: plan.Op{Kind: plan.Expand, Outer: 1, Inner: 3, Shape: []int{2, 3}}, in: shapes{{3}}, flops: 0,
		floats: 3 + 6},
	{op: plan.Op{Kind: plan.Normal, Shape: []int{5, 7}}, in: shapes{{5, 3}}, flops: 35, floats: 15 + 35},
	{op: kind(plan.MatMul), in: shapes{{2, 3}, {3, 4}}, flops: 2 * 2 * 3 * 4, floats: 6 + 12 + 8},
	{op: plan.Op{Kind: plan.MatMul, TransA: true}, in: shapes{{3, 2}, {3, 4}}, flops: 2 * 2 * 3 * 4,
		floats: 6 + 12 + 8},
	{op: kind(plan.MatMul), in: shapes{{5, 2, 3}, {5, 3, 4}}, flops: 5 * 2 * 2 * 3 * 4,
		floats: 5 * (6 + 12 + 8)},
	{op: kind(plan.Conv), in: shapes{{2, 4, 5, 3}, {3, 3, 3, 7}}, flops: 2 * (2 * 4 * 5) * (9 * 3 * 7),
		floats: 120 + 189 + 280},
	{op: kind(plan.ConvData), in: shapes{{2, 4, 5, 7}, {3, 3, 3, 7}}, flops: 2 * (2 * 4 * 5) * (9 * 3 * 7),
		floats: 280 + 189 + 120},
	{op: plan.Op{Kind: plan.ConvFilter, Width: 3}, in: shapes{{2, 4, 5, 3}, {2, 4, 5, 7}},
		flops: 2 * (2 * 4 * 5) * (9 * 3 * 7), floats: 120 + 280 + 189},
	{op: plan.Op{Kind: plan.Sum, Outer: 2, Inner: 3, Shape: []int{6}}, in: shapes{{2, 5, 3}}, flops: 30,
		floats: 30 + 6},
	{op: plan.Op{Kind: plan.Dot, Rows: 2, Shape: []int{2}}, in: shapes{{2, 5}, {2, 5}}, flops: 20,
		floats: 20 + 2},
	{op: kind(plan.Gather), in: shapes{{9, 5}, {2}}, flops: 0, floats: 2*5 + 2 + 2*5},
	{op: plan.Op{Kind: plan.Attention, Groups: 2}, in: shapes{{2, 5, 12}},
		// q·kᵀ and P·v: 2 heads of 2 coordinates
		flops: 2 * 2 * (2 * 2 * 5 * 5 * 2), floats: 120 + 40},
	{op: plan.Op{Kind: plan.AttentionGrad, Groups: 2}, in: shapes{{2, 5, 12}, {2, 5, 4}},
		// dv, dP, dq, dk, and the scores
		flops: 5 * 2 * (2 * 2 * 5 * 5 * 2), floats: 120 + 40 + 120},
	{op: kind(plan.Assign), in: shapes{{6}, {6}}, states: 1, flops: 6, floats: 6 + 6 + 6},
	// y, x and the result
	{op: kind(plan.AdamW), in: shapes{{6}, {6}, {6}, {6}, {6}, {1}, {4}}, states: 4, flops: 18 * 6,
		floats: 5*6 + 4*6 + 1 + 4 + 1},
	{op: plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{More: 2}}, states: 6, flops: (18 + 2*3) * 6,
		in:     shapes{{6}, {6}, {6}, {6}, {6}, {6}, {6}, {1}, {6}},
		floats: 7*6 + 6*6 + 1 + 6 + 1},
}

func TestCost(t *testing.T) {
	for _, c := range costs {
		t.Run(fmt.Sprint(c.op, c.in), func(t *testing.T) {
			var xs []*plan.Node
			for i, s := range c.in {
				if i < c.states {
					xs = append(xs, state(fmt.Sprint("s", i), s...))
				} else {
					xs = append(xs, input(fmt.Sprint("x", i), s...))
				}
			}
			p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: apply(c.op, xs...)}},
				plan.Float32)
			if err != nil {
				t.Fatal(err)
			}
			if f := p.FLOPs(0); len(p.Steps) != 1 || f != c.flops || p.TotalFLOPs() != f {
				t.Errorf("%v FLOP, want %v", f, c.flops)
			}
			if b := p.Bytes(0); b != 4*c.floats {
				t.Errorf("%v bytes, want %v", b, 4*c.floats)
			}
		})
	}
}

// A product with a bias adds one to each element, and reads the row once.
func TestCostOfBias(t *testing.T) {
	row := apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: 4, Shape: []int{2, 4}}, input("b", 4))
	y := binary(plan.Add, apply(plan.Op{Kind: plan.MatMul}, input("x", 2, 3), input("w", 3, 4)), row)
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: y}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if f, b := p.FLOPs(0), p.Bytes(0); len(p.Steps) != 1 || f != 2*24+8 || b != 4*(6+12+4+8) {
		t.Errorf("%d steps, %v FLOP, %v bytes; want 1, 56, 120", len(p.Steps), f, b)
	}
}

// A result that only its epilogue reads is neither written nor read; one that
// the host reads too is written.
func TestCostOfEpilogue(t *testing.T) {
	s := apply(plan.Op{Kind: plan.MatMul}, input("x", 2, 3), input("w", 3, 4))
	y := binary(plan.Add, s, input("r", 2, 4))
	for kept, want := range []float64{4 * (6 + 12), 4 * (6 + 12 + 8)} {
		p := mustCompile(t, append([]plan.Root{{Name: "y", Node: y}},
			[]plan.Root{{Name: "s", Node: s}}[:kept]...))
		if b := p.Bytes(0); b != want {
			t.Errorf("kept %d: the product moves %v bytes, want %v", kept, b, want)
		}
		if b := p.Bytes(1); b != 4*(8+8) {
			t.Errorf("kept %d: the epilogue moves %v bytes, want 64", kept, b)
		}
	}
}

// In bf16 the weights on the right of a product may be read at 2 bytes each; what
// is no state has no copy.
func TestCostOfCopy(t *testing.T) {
	x, w := input("x", 2, 3), state("w", 3, 4)
	for _, c := range []struct {
		y    *plan.Node
		want float64
	}{{binary(plan.MatMul, x, w), 4*6 + 2*12 + 4*8},
		{binary(plan.MatMul, x, input("v", 3, 4)), 4 * (6 + 12 + 8)}} {
		p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: c.y}}, plan.BFloat16)
		if err != nil {
			t.Fatal(err)
		}
		if b := p.Bytes(0); b != c.want {
			t.Errorf("%v bytes, want %v, in\n%v", b, c.want, p)
		}
	}
}
