package plan

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/plan/philox"
)

// Infer returns the shape of op applied to operands of the given shapes, or an
// error that names what was given and what was wanted. Every attribute is
// checked here, so that a device may trust a compiled plan.
func (op Op) Infer(in ...[]int) ([]int, error) {
	want, ok := arity[op.Kind]
	switch {
	case !ok:
		return nil, fmt.Errorf("plan: %v: not an operator a graph can apply", op.Kind)
	case want >= 0 && len(in) != want:
		return nil, fmt.Errorf("plan: %v: %d operands, want %d", op, len(in), want)
	case len(in) == 0:
		return nil, fmt.Errorf("plan: %v: operands %v, want at least one operand", op, in)
	}
	for _, s := range append([][]int{op.Shape}, in...) {
		for _, d := range s {
			if d < 1 {
				return nil, fmt.Errorf("plan: %v: operands %v, result %v: every extent must be positive",
					op, in, op.Shape)
			}
		}
	}
	out, why := op.infer(in)
	if why != "" {
		return nil, fmt.Errorf("plan: %v: operands %v, result %v: %s", op, in, op.Shape, why)
	}
	return out, nil
}

var arity = map[Kind]int{
	Scale: 1, Shift: 1, Fill: 1, Exp: 1, Log: 1, Sqrt: 1, Recip: 1, Sin: 1, Cos: 1, Tanh: 1,
	Sigmoid: 1, SiLU: 1,
	Add: 2, Sub: 2, Mul: 2, Div: 2, Min: 2, Max: 2, Less: 2, Uniform: 1, Normal: 1,
	Reshape: 1, Expand: 1, Narrow: 1, Swap: 1, Concat: -1, Sum: 1, Dot: 2, Gather: 2,
	MatMul: 2, Conv: 2, ConvData: 2, ConvFilter: 2,
	Norm: 3, NormGrad: 3, Softmax: 1, Attention: 1, AttentionGrad: 2,
	AllSum: 1, Assign: 2, AdamW: -1, Clip: 4,
}

// infer returns the result's shape, or why there is none.
func (op Op) infer(in [][]int) (out []int, why string) {
	switch op.Kind {
	case Scale, Shift, Exp, Log, Sqrt, Recip, Sin, Cos, Tanh, Sigmoid, SiLU:
		return in[0], ""
	case Add, Sub, Mul, Div, Min, Max, Less, Assign:
		if !equal(in[0], in[1]) {
			return nil, "want operands of one shape"
		}
		return in[0], ""
	case Fill:
		return op.Shape, wantShape(op)
	case Uniform, Normal:
		return op.inferDraw(in[0])
	case Reshape:
		if Size(in[0]) != Size(op.Shape) {
			return nil, fmt.Sprintf("%d elements cannot become %d", Size(in[0]), Size(op.Shape))
		}
		return op.Shape, wantShape(op)
	case Expand, Sum, Narrow, Swap, Concat, Dot:
		return op.inferLayout(in)
	case Gather:
		x, i := in[0], in[1]
		if len(x) < 1 || x[0] > 1<<24 || len(i) != 1 {
			return nil, "want x [n,…], n ≤ 2²⁴, and row numbers [m]"
		}
		return append([]int{i[0]}, x[1:]...), ""
	case MatMul, Conv, ConvData, ConvFilter:
		return op.inferContraction(in)
	case Norm, NormGrad, Softmax, Attention, AttentionGrad:
		return op.inferNetwork(in)
	case AllSum:
		return op.inferAllSum(in[0])
	case AdamW:
		return op.inferAdamW(in)
	case Clip:
		if n := Size(in[0]); n < 3 || n%2 == 0 || Size(in[1]) != 1 || Size(in[2]) != 1 || Size(in[3]) != 1 {
			return nil, "want record [1+2K], loss [1], gg [1], control [1]"
		}
		return []int{1}, ""
	}
	return nil, "not an operator a graph can apply"
}

// inferAllSum is the shape of the sum of every process's x.
func (op Op) inferAllSum(x []int) ([]int, string) {
	switch {
	case len(x) != 1:
		return nil, "want x of one axis"
	case op.Ranks < 1:
		return nil, fmt.Sprintf("Ranks is %d, want at least 1", op.Ranks)
	case op.Exact && op.Ranks&(op.Ranks-1) != 0:
		return nil, fmt.Sprintf("Ranks is %d, want a power of 2 for an exact sum", op.Ranks)
	}
	return x, ""
}

// inferAdamW is the shape of AdamW's result.
func (op Op) inferAdamW(in [][]int) ([]int, string) {
	more := op.Adam.More
	switch {
	case more < 0:
		return nil, fmt.Sprintf("More is %d, want More ≥ 0", more)
	case len(in) != 7+more:
		return nil, fmt.Sprintf("%d operands, want %d for %d more averages", len(in), 7+more, more)
	}
	w, scale, hyper := in[0], in[5+more], in[6+more]
	for _, s := range in[1 : 5+more] {
		if !equal(s, w) || len(w) != 1 {
			return nil, "want w, m, v, every avg and g of one shape [n]"
		}
	}
	if Size(scale) != 1 || Size(hyper) != HyperLen+more || op.Adam.DecayLen < 0 || op.Adam.DecayLen > w[0] {
		return nil, fmt.Sprintf("want scale [1], hyper [%d] and 0 ≤ DecayLen ≤ n", HyperLen+more)
	}
	return []int{1}, ""
}

// inferDraw is the shape of Uniform and Normal, whose operand has shape rows.
func (op Op) inferDraw(rows []int) ([]int, string) {
	switch {
	case op.Shape == nil:
		return nil, wantShape(op)
	case len(op.Shape) == 0:
		return nil, "want a result of at least one axis: one row for each sample"
	case !equal(rows, []int{op.Shape[0], DrawLen}):
		return nil, fmt.Sprintf("want an operand [%d, %d]: sample lo, sample hi and draw of each row",
			op.Shape[0], DrawLen)
	case op.Purpose >= philox.Purposes:
		return nil, fmt.Sprintf("Purpose is %d, want less than %d", op.Purpose, philox.Purposes)
	}
	return op.Shape, ""
}

func wantShape(op Op) string {
	if op.Shape == nil {
		return "want the attribute Shape"
	}
	return ""
}

func (op Op) inferLayout(in [][]int) ([]int, string) {
	n := Size(in[0])
	switch op.Kind {
	case Expand, Sum:
		small, big := n, Size(op.Shape)
		if op.Kind == Sum {
			small, big = big, small
		}
		if op.Outer < 1 || op.Inner < 1 || op.Outer*op.Inner != small || big%small != 0 {
			return nil, fmt.Sprintf("want [%d, m, %d] on one side and [%d, %d] on the other",
				op.Outer, op.Inner, op.Outer, op.Inner)
		}
	case Narrow:
		if op.Rows < 1 || n%op.Rows != 0 || op.Off < 0 || op.Width < 1 || op.Off > n/op.Rows-op.Width ||
			Size(op.Shape) != op.Rows*op.Width {
			return nil, fmt.Sprintf("want columns within %d elements in %d rows", n, op.Rows)
		}
	case Swap:
		if d := op.Dims[:]; Size(d) != n || Size(op.Shape) != n || slices.Min(d) < 1 {
			return nil, fmt.Sprintf("want Dims of %d elements", n)
		}
	case Concat:
		total := 0
		for _, s := range in {
			if op.Rows < 1 || Size(s)%op.Rows != 0 {
				return nil, fmt.Sprintf("want operands of %d rows", op.Rows)
			}
			total += Size(s)
		}
		if total != Size(op.Shape) {
			return nil, fmt.Sprintf("operands have %d elements", total)
		}
	case Dot:
		if !equal(in[0], in[1]) || op.Rows < 1 || n%op.Rows != 0 || Size(op.Shape) != op.Rows {
			return nil, fmt.Sprintf("want two operands of one shape and %d rows, and a result of as many"+
				" elements", op.Rows)
		}
	}
	return op.Shape, wantShape(op)
}

func (op Op) inferContraction(in [][]int) ([]int, string) {
	x, y := in[0], in[1]
	switch op.Kind {
	case MatMul:
		r := len(x)
		if len(y) != r || r != 2 && r != 3 || r == 3 && x[0] != y[0] {
			return nil, "want two matrices, or two batches of as many"
		}
		m, k, k2, n := x[r-2], x[r-1], y[r-2], y[r-1]
		if op.TransA {
			m, k = k, m
		}
		if op.TransB {
			k2, n = n, k2
		}
		if k != k2 {
			return nil, fmt.Sprintf("inner extents %d and %d differ", k, k2)
		}
		return append(append([]int{}, x[:r-2]...), m, n), ""
	case Conv, ConvData:
		c := 2 // the axis of y that x's channels contract with
		if op.Kind == ConvData {
			c = 3
		}
		if len(x) != 4 || len(y) != 4 || y[0] != y[1] || y[0]%2 == 0 || x[3] != y[c] {
			return nil, "want x [n,h,w,c] and a filter [k,k,c,o], k odd"
		}
		return []int{x[0], x[1], x[2], y[5-c]}, ""
	default: // ConvFilter
		if len(x) != 4 || len(y) != 4 || !equal(x[:3], y[:3]) || op.Width < 1 || op.Width%2 == 0 {
			return nil, "want x [n,h,w,c], g [n,h,w,o] and an odd Width"
		}
		return []int{op.Width, op.Width, x[3], y[3]}, ""
	}
}

func (op Op) inferNetwork(in [][]int) ([]int, string) {
	x := in[0]
	c := 0
	if len(x) > 0 {
		c = x[len(x)-1]
	}
	switch op.Kind {
	case Norm, NormGrad:
		if len(x) < 2 || op.Groups < 1 || c%op.Groups != 0 || Size(in[1]) != c || op.Imm <= 0 {
			return nil, "want x [n,…,c], γ [c], groups that divide c and ε > 0"
		}
		if op.Kind == Norm {
			if Size(in[2]) != c {
				return nil, "want β [c]"
			}
			return x, ""
		}
		if !equal(in[2], x) {
			return nil, "want g of x's shape"
		}
		return []int{Size(x) + 2*c}, ""
	case Softmax:
		if len(x) < 1 {
			return nil, "want at least one axis"
		}
		return x, ""
	default: // Attention, AttentionGrad
		if len(x) != 3 || c%3 != 0 || op.Groups < 1 || c/3%op.Groups != 0 {
			return nil, "want qkv [n,t,3c] and heads that divide c"
		}
		out := []int{x[0], x[1], c / 3}
		if op.Kind == Attention {
			return out, ""
		}
		if !equal(in[1], out) {
			return nil, "want g [n,t,c]"
		}
		return x, ""
	}
}
