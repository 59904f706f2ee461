package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

type shapes = [][]int

// inferFaults has, for every kind and every thing that Infer checks, operands
// that break it, and words that the error must hold.
var inferFaults = []struct {
	op   plan.Op
	in   shapes
	want string
}{
	{plan.Op{Kind: plan.None}, nil, "not an operator"},
	{plan.Op{Kind: plan.Input}, nil, "not an operator"},
	{plan.Op{Kind: plan.State}, nil, "not an operator"},
	{plan.Op{Kind: plan.Load}, shapes{{2}}, "not an operator"},
	{plan.Op{Kind: 255}, nil, "kind(255): not an operator"},
	{plan.Op{Kind: plan.Exp}, shapes{{2}, {2}}, "2 operands, want 1"},
	{plan.Op{Kind: plan.Add}, shapes{{2}}, "1 operands, want 2"},
	{plan.Op{Kind: plan.AdamW}, shapes{{2}}, "1 operands, want 7"},
	{plan.Op{Kind: plan.Exp}, shapes{{2, 0}}, "every extent must be positive"},
	{plan.Op{Kind: plan.Fill, Shape: []int{-1}}, shapes{{2}}, "every extent must be positive"},
	{plan.Op{Kind: plan.Fill}, shapes{{2}}, "want the attribute Shape"},
	{plan.Op{Kind: plan.Uniform, Shape: []int{4}}, shapes{{3}}, "want an operand [4, 3]"},
	{plan.Op{Kind: plan.Normal, Shape: []int{4, 5}}, shapes{{5, 3}}, "want an operand [4, 3]"},
	{plan.Op{Kind: plan.Normal, Shape: []int{4, 5}}, shapes{{12}}, "want an operand [4, 3]"},
	{plan.Op{Kind: plan.Normal}, shapes{{2, 3}}, "want the attribute Shape"},
	{plan.Op{Kind: plan.Normal, Shape: []int{}}, shapes{{2}}, "want a result of at least one axis"},
	{plan.Op{Kind: plan.Uniform, Shape: []int{4}, Purpose: 256}, shapes{{4, 3}},
		"Purpose is 256, want less than 256"},
	{plan.Op{Kind: plan.Reshape, Shape: []int{4}}, shapes{{2, 3}}, "6 elements cannot become 4"},
	{plan.Op{Kind: plan.Reshape}, shapes{{1}}, "want the attribute Shape"},
	{plan.Op{Kind: plan.Expand, Outer: 2, Inner: 2, Shape: []int{2, 2, 3}}, shapes{{2, 3}},
		"[2, m, 2] on one side and [2, 2]"},
	{plan.Op{Kind: plan.Expand, Outer: 2, Inner: 3, Shape: []int{7}}, shapes{{6}}, "on one side"},
	{plan.Op{Kind: plan.Expand, Outer: 0, Inner: 3, Shape: []int{6}}, shapes{{6}}, "on one side"},
	{plan.Op{Kind: plan.Expand, Outer: -2, Inner: -3, Shape: []int{6}}, shapes{{6}}, "on one side"},
	{plan.Op{Kind: plan.Sum, Outer: 2, Inner: 2, Shape: []int{2, 3}}, shapes{{2, 4, 3}}, "on one side"},
	{plan.Op{Kind: plan.Sum, Outer: 1, Inner: 1}, shapes{{4}}, "want the attribute Shape"},
	{plan.Op{Kind: plan.Narrow, Rows: 2, Off: 3, Width: 2, Shape: []int{2, 2}}, shapes{{2, 4}},
		"columns within 8 elements in 2 rows"},
	{plan.Op{Kind: plan.Narrow, Rows: 2, Off: -1, Width: 2, Shape: []int{2, 2}}, shapes{{2, 4}},
		"columns within"},
	{plan.Op{Kind: plan.Narrow, Rows: 3, Width: 2, Shape: []int{6}}, shapes{{2, 4}}, "columns within"},
	{plan.Op{Kind: plan.Narrow, Rows: 0, Width: 2, Shape: []int{6}}, shapes{{2, 4}}, "columns within"},
	{plan.Op{Kind: plan.Narrow, Rows: 2, Width: 0, Shape: []int{6}}, shapes{{2, 4}}, "columns within"},
	{plan.Op{Kind: plan.Narrow, Rows: 2, Width: 2, Shape: []int{5}}, shapes{{2, 4}}, "columns within"},
	{plan.Op{Kind: plan.Narrow, Rows: 2, Off: 1 << 62, Width: 1 << 62, Shape: []int{1}}, shapes{{2, 4}},
		"columns within"},
	{plan.Op{Kind: plan.Swap, Dims: [4]int{2, 2, 2, 2}, Shape: []int{12}}, shapes{{12}},
		"want Dims of 12 elements"},
	{plan.Op{Kind: plan.Swap, Dims: [4]int{-2, -6, 1, 1}, Shape: []int{12}}, shapes{{12}}, "want Dims"},
	{plan.Op{Kind: plan.Swap, Dims: [4]int{2, 6, 1, 1}, Shape: []int{11}}, shapes{{12}}, "want Dims"},
	{plan.Op{Kind: plan.Concat, Rows: 2, Shape: []int{5}}, shapes{{2}, {3}}, "want operands of 2 rows"},
	{plan.Op{Kind: plan.Concat, Rows: 0, Shape: []int{5}}, shapes{{2}, {3}}, "want operands of 0 rows"},
	{plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{6}}, shapes{{2}, {3}}, "operands have 5 elements"},
	{plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{}}, nil, "at least one operand"},
	{plan.Op{Kind: plan.Gather}, shapes{{}, {2}}, "want x [n,…], n ≤ 2²⁴, and row numbers [m]"},
	{plan.Op{Kind: plan.Gather}, shapes{{4, 2}, {2, 2}}, "row numbers [m]"},
	{plan.Op{Kind: plan.Gather}, shapes{{1<<24 + 1}, {2}}, "n ≤ 2²⁴"},
	{plan.Op{Kind: plan.Dot, Rows: 2, Shape: []int{2}}, shapes{{4}, {2, 2}}, "one shape and 2 rows"},
	{plan.Op{Kind: plan.Dot, Rows: 3, Shape: []int{3}}, shapes{{4}, {4}}, "one shape and 3 rows"},
	{plan.Op{Kind: plan.Dot, Rows: 2, Shape: []int{3}}, shapes{{4}, {4}}, "one shape and 2 rows"},
	{plan.Op{Kind: plan.Dot, Rows: 0, Shape: []int{1}}, shapes{{4}, {4}}, "one shape and 0 rows"},
	{plan.Op{Kind: plan.MatMul}, shapes{{2, 3}, {4, 5}}, "inner extents 3 and 4 differ"},
	{plan.Op{Kind: plan.MatMul, TransA: true}, shapes{{2, 3}, {3, 5}}, "inner extents 2 and 3 differ"},
	{plan.Op{Kind: plan.MatMul, TransB: true}, shapes{{2, 3}, {3, 5}}, "inner extents 3 and 5 differ"},
	{plan.Op{Kind: plan.MatMul}, shapes{{3}, {3, 5}}, "want two matrices"},
	{plan.Op{Kind: plan.MatMul}, shapes{{2, 2, 3}, {3, 3, 5}}, "batches of as many"},
	{plan.Op{Kind: plan.Conv}, shapes{{1, 4, 4, 2}, {3, 3, 3, 5}}, "want x [n,h,w,c]"},
	{plan.Op{Kind: plan.Conv}, shapes{{1, 4, 4, 2}, {2, 2, 2, 5}}, "k odd"},
	{plan.Op{Kind: plan.Conv}, shapes{{1, 4, 4, 2}, {3, 1, 2, 5}}, "[k,k,c,o]"},
	{plan.Op{Kind: plan.Conv}, shapes{{4, 4, 2}, {3, 3, 2, 5}}, "want x [n,h,w,c]"},
	{plan.Op{Kind: plan.ConvData}, shapes{{1, 4, 4, 2}, {3, 3, 2, 5}}, "[k,k,c,o]"},
	{plan.Op{Kind: plan.ConvFilter, Width: 2}, shapes{{1, 4, 4, 2}, {1, 4, 4, 3}}, "odd Width"},
	{plan.Op{Kind: plan.ConvFilter, Width: -1}, shapes{{1, 4, 4, 2}, {1, 4, 4, 3}}, "odd Width"},
	{plan.Op{Kind: plan.ConvFilter, Width: 3}, shapes{{1, 4, 4, 2}, {1, 4, 5, 3}}, "g [n,h,w,o]"},
	{plan.Op{Kind: plan.Norm, Groups: 3, Imm: 1}, shapes{{2, 4}, {4}, {4}}, "groups that divide c"},
	{plan.Op{Kind: plan.Norm, Groups: 2}, shapes{{2, 4}, {4}, {4}}, "ε > 0"},
	{plan.Op{Kind: plan.Norm, Groups: 2, Imm: 1}, shapes{{4}, {4}, {4}}, "want x [n,…,c]"},
	{plan.Op{Kind: plan.Norm, Groups: 2, Imm: 1}, shapes{{2, 4}, {3}, {4}}, "γ [c]"},
	{plan.Op{Kind: plan.Norm, Groups: 2, Imm: 1}, shapes{{2, 4}, {4}, {3}}, "want β [c]"},
	{plan.Op{Kind: plan.NormGrad, Groups: 2, Imm: 1}, shapes{{2, 4}, {4}, {2, 3}}, "want g of x's shape"},
	{plan.Op{Kind: plan.Softmax}, shapes{{}}, "want at least one axis"},
	{plan.Op{Kind: plan.Attention, Groups: 1}, shapes{{2, 3, 4}}, "want qkv [n,t,3c]"},
	{plan.Op{Kind: plan.Attention, Groups: 2}, shapes{{2, 3, 9}}, "heads that divide c"},
	{plan.Op{Kind: plan.Attention}, shapes{{2, 3, 9}}, "heads that divide c"},
	{plan.Op{Kind: plan.AttentionGrad, Groups: 1}, shapes{{2, 3, 9}, {2, 3, 9}}, "want g [n,t,c]"},
	{plan.Op{Kind: plan.AdamW}, shapes{{3}, {3}, {3}, {3}, {4}, {1}, {4}}, "one shape [n]"},
	{plan.Op{Kind: plan.AdamW}, shapes{{3, 1}, {3, 1}, {3, 1}, {3, 1}, {3, 1}, {1}, {4}}, "one shape [n]"},
	{plan.Op{Kind: plan.AdamW}, shapes{{3}, {3}, {3}, {3}, {3}, {2}, {4}}, "want scale [1]"},
	{plan.Op{Kind: plan.AdamW}, shapes{{3}, {3}, {3}, {3}, {3}, {1}, {3}}, "hyper [4]"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{DecayLen: 4}},
		shapes{{3}, {3}, {3}, {3}, {3}, {1}, {4}}, "0 ≤ DecayLen ≤ n"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{DecayLen: -1}},
		shapes{{3}, {3}, {3}, {3}, {3}, {1}, {4}}, "0 ≤ DecayLen ≤ n"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{More: 1}},
		shapes{{3}, {3}, {3}, {3}, {3}, {1}, {5}}, "7 operands, want 8 for 1 more averages"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{More: -1}},
		shapes{{3}, {3}, {3}, {3}, {1}, {3}}, "More ≥ 0"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{More: 1}},
		shapes{{3}, {3}, {3}, {3}, {4}, {3}, {1}, {5}}, "one shape [n]"},
	{plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{More: 1}},
		shapes{{3}, {3}, {3}, {3}, {3}, {3}, {1}, {4}}, "hyper [5]"},
	{plan.Op{Kind: plan.Clip}, shapes{{4}, {1}, {1}, {1}}, "want record [1+2K]"},
	{plan.Op{Kind: plan.Clip}, shapes{{1}, {1}, {1}, {1}}, "want record [1+2K]"},
	{plan.Op{Kind: plan.Clip}, shapes{{3}, {2}, {1}, {1}}, "loss [1]"},
	{plan.Op{Kind: plan.Clip}, shapes{{3}, {1}, {2}, {1}}, "gg [1]"},
	{plan.Op{Kind: plan.Clip}, shapes{{3}, {1}, {1}, {2}}, "control [1]"},
}

func TestInferFaults(t *testing.T) {
	for _, c := range inferFaults {
		t.Run(fmt.Sprint(c.op, c.in), func(t *testing.T) {
			out, err := c.op.Infer(c.in...)
			if err == nil {
				t.Fatalf("Infer = %v, want an error", out)
			}
			if !strings.HasPrefix(err.Error(), "plan: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %q, want %q in it", err, c.want)
			}
			arity := strings.Contains(c.want, "operands, want") || strings.Contains(c.want, "not an operator")
			if given := fmt.Sprint(c.in); !arity && !strings.Contains(err.Error(), given) {
				t.Errorf("error %q does not name the operands %v", err, given)
			}
		})
	}
}

// TestInferTwoOperands: every operator of two operands of one shape says so.
func TestInferTwoOperands(t *testing.T) {
	for _, k := range []plan.Kind{plan.Add, plan.Sub, plan.Mul, plan.Div, plan.Min, plan.Max, plan.Less,
		plan.Assign} {
		if _, err := (plan.Op{Kind: k}).Infer([]int{2, 3}, []int{3, 2}); err == nil ||
			!strings.Contains(err.Error(), "[[2 3] [3 2]]") {
			t.Errorf("%v: error %v, want one that names [2 3] and [3 2]", k, err)
		}
	}
}
