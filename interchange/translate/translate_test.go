package translate

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/internal/onnxrun"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// sized is an operator at n points: of operands of those shapes, the first of n rows.
type sized func(n int) (op plan.Op, operands [][]int)

// op is an operator whose operands have n rows each.
func op(k plan.Kind, operands ...[]int) sized {
	return func(n int) (plan.Op, [][]int) {
		var all [][]int
		for _, s := range operands {
			all = append(all, append([]int{n}, s...))
		}
		return plan.Op{Kind: k, Imm: .7}, all
	}
}

// layout is an operator of one operand [n, …] with attributes that depend on n.
func layout(row []int, of func(n int) plan.Op) sized {
	return func(n int) (plan.Op, [][]int) { return of(n), [][]int{append([]int{n}, row...)} }
}

// examples are applications of every operator that has a form, in every way it is written.
var examples = map[plan.Kind][]sized{
	plan.Fill: {layout([]int{3}, func(n int) plan.Op {
		return plan.Op{Kind: plan.Fill, Imm: 2, Shape: []int{n, 3}}
	})},
	plan.Reshape: {layout([]int{2, 3}, func(n int) plan.Op {
		return plan.Op{Kind: plan.Reshape, Shape: []int{2 * n, 3}}
	})},
	plan.Expand: {
		layout([]int{3}, func(n int) plan.Op { // each row, between axes
			return plan.Op{Kind: plan.Expand, Outer: n, Inner: 3, Shape: []int{n, 2, 5, 3}}
		}),
		layout([]int{3}, func(n int) plan.Op { // each number
			return plan.Op{Kind: plan.Expand, Outer: 3 * n, Inner: 1, Shape: []int{n, 3, 4}}
		}),
		layout([]int{3}, func(n int) plan.Op { // where the result has no axis for it
			return plan.Op{Kind: plan.Expand, Outer: n, Inner: 3, Shape: []int{2 * n, 3}}
		}),
	},
	plan.Narrow: {
		layout([]int{2, 6}, func(n int) plan.Op {
			return plan.Op{Kind: plan.Narrow, Rows: 2 * n, Off: 1, Width: 4, Shape: []int{n, 2, 4}}
		}),
		layout([]int{2, 6}, func(n int) plan.Op {
			return plan.Op{Kind: plan.Narrow, Rows: n, Off: 3, Width: 8, Shape: []int{n, 8}}
		}),
		layout([]int{6}, func(n int) plan.Op { // all of it
			return plan.Op{Kind: plan.Narrow, Rows: 1, Off: 0, Width: 6 * n, Shape: []int{n, 3, 2}}
		}),
	},
	plan.Swap: {layout([]int{4, 6}, func(n int) plan.Op {
		return plan.Op{Kind: plan.Swap, Dims: [4]int{2 * n, 2, 3, 2}, Shape: []int{n, 24}}
	})},
	plan.Concat: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Concat, Rows: n, Shape: []int{n, 11}}, [][]int{{n, 3}, {n, 2, 4}}
	}, func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{5 * n}}, [][]int{{n, 3}, {2 * n}}
	}},
	plan.Sum: {layout([]int{4, 3}, func(n int) plan.Op {
		return plan.Op{Kind: plan.Sum, Outer: n, Inner: 3, Shape: []int{n, 3, 1}}
	}), layout([]int{4, 3}, func(n int) plan.Op {
		return plan.Op{Kind: plan.Sum, Outer: 1, Inner: 12, Shape: []int{12}}
	})},
	plan.Dot: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Dot, Rows: 2 * n, Shape: []int{n, 2}}, [][]int{{n, 2, 5}, {n, 2, 5}}
	}},
	plan.MatMul: {matrices(false, false), matrices(true, false), matrices(false, true), matrices(true, true)},
	plan.Conv: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Conv}, [][]int{{n, 4, 5, 2}, {3, 3, 2, 3}}
	}},
	plan.ConvData: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.ConvData}, [][]int{{n, 4, 5, 3}, {3, 3, 2, 3}}
	}},
	plan.Norm: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Norm, Groups: 1, Imm: 1e-5}, [][]int{{n, 6}, {6}, {6}}
	}, func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Norm, Groups: 3, Imm: 1e-2}, [][]int{{n, 2, 4, 6}, {6}, {6}}
	}},
	plan.Softmax: {op(plan.Softmax, []int{2, 5})},
	plan.Attention: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.Attention, Groups: 2}, [][]int{{n, 5, 24}}
	}},
	plan.AttentionGrad: {func(n int) (plan.Op, [][]int) {
		return plan.Op{Kind: plan.AttentionGrad, Groups: 2}, [][]int{{n, 5, 24}, {n, 5, 8}}
	}},
}

// matrices is the product of two batches of matrices.
func matrices(a, b bool) sized {
	turned := func(t bool, m, k int) []int {
		if t {
			m, k = k, m
		}
		return []int{m, k}
	}
	return func(n int) (plan.Op, [][]int) {
		x, y := turned(a, 3, 4), turned(b, 4, 2)
		operands := [][]int{append([]int{n}, x...), append([]int{n}, y...)}
		return plan.Op{Kind: plan.MatMul, TransA: a, TransB: b}, operands
	}
}

// applied is the operator at n points, applied to inputs x0, x1, ….
func applied(t *testing.T, s sized, n int) plan.Root {
	t.Helper()
	op, operands := s(n)
	node := &plan.Node{Op: op, Name: "part"}
	for i, shape := range operands {
		leaf := &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: fmt.Sprint("x", i), Shape: shape}
		node.In = append(node.In, leaf)
	}
	var err error
	if node.Shape, err = op.Infer(operands...); err != nil {
		t.Fatal(err)
	}
	return plan.Root{Name: "y", Node: node}
}

// held holds a graph for any number of points to the operators' definition at n points.
func held(t *testing.T, g onnx.Graph, root plan.Root) {
	t.Helper()
	in := map[string]onnxrun.Array{}
	var eval func(n *plan.Node) reference.Tensor
	eval = func(n *plan.Node) reference.Tensor {
		if n.Op.Kind == plan.Input {
			x := make([]float64, plan.Size(n.Shape))
			for i := range x {
				x[i] = 1.1 + math.Sin(float64(3*i)+float64(len(n.Name)*int(n.Name[1])))
			}
			in[n.Name] = onnxrun.Array{Shape: n.Shape, Data: x}
			return reference.Tensor{Data: x, Shape: n.Shape}
		}
		var xs []reference.Tensor
		for _, x := range n.In {
			xs = append(xs, eval(x))
		}
		y, err := reference.Eval(n.Op, xs...)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	want := eval(root.Node)
	outs, err := onnxrun.Run(g, in)
	if err != nil {
		t.Fatalf("%v: %v", root.Node.Op, err)
	}
	got := outs["y"]
	if fmt.Sprint(got.Shape) != fmt.Sprint(want.Shape) {
		t.Fatalf("%v: got shape %v, want %v", root.Node.Op, got.Shape, want.Shape)
	}
	for i, x := range want.Data {
		if !(math.Abs(got.Data[i]-x) <= 1e-6*(1+math.Abs(x))) {
			t.Fatalf("%v: element %d is %v, want %v", root.Node.Op, i, got.Data[i], x)
		}
	}
}

// inputs are as many as any example has.
var inputs = []Input{{Name: "x0"}, {Name: "x1"}, {Name: "x2"}}

// Every operator that has a form is what plan defines it to be, for numbers of points beside
// those that the graph was learnt from.
func TestForms(t *testing.T) {
	for k := range forms {
		all := examples[k]
		if all == nil && k.Pointwise() {
			operands := [][]int{{2, 3}, {2, 3}}
			if _, err := (plan.Op{Kind: k}).Infer([]int{1}); err == nil {
				operands = operands[:1]
			}
			all = []sized{op(k, operands...)}
		}
		if len(all) == 0 {
			t.Errorf("%v has a form and no example", k)
		}
		for _, s := range all {
			g, err := Graph(applied(t, s, A), applied(t, s, B), nil, inputs...)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, n := range []int{1, 5} {
				held(t, g, applied(t, s, n))
			}
		}
	}
}

// The gradient of a normalisation in what is normalised is part of a bundle.
func TestNormGrad(t *testing.T) {
	dx := func(n int) plan.Root {
		root := applied(t, func(n int) (plan.Op, [][]int) {
			return plan.Op{Kind: plan.NormGrad, Groups: 2, Imm: 1e-2}, [][]int{{n, 3, 4}, {4}, {n, 3, 4}}
		}, n)
		part := plan.Op{Kind: plan.Narrow, Rows: 1, Width: 12 * n, Shape: []int{n, 3, 4}}
		in := []*plan.Node{root.Node}
		return plan.Root{Name: "y", Node: &plan.Node{Op: part, Shape: part.Shape, In: in}}
	}
	g, err := Graph(dx(A), dx(B), nil, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	held(t, g, dx(5))
}

// What is repeated stays small until something asks for all of it, also where a repeated axis
// is that of the points.
func TestRepeated(t *testing.T) {
	root := func(n int) plan.Root {
		leaf := func(name string, shape ...int) *plan.Node {
			return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: shape}
		}
		node := func(op plan.Op, shape []int, in ...*plan.Node) *plan.Node {
			return &plan.Node{Op: op, Shape: shape, In: in}
		}
		all := []int{n, 3, 4}
		bias := node(plan.Op{Kind: plan.Expand, Outer: 1, Inner: 4, Shape: all}, all, leaf("x1", 4))
		one := node(plan.Op{Kind: plan.Fill, Imm: 2, Shape: all}, all, bias)
		both := node(plan.Op{Kind: plan.Mul}, all, bias, one)
		flat := node(plan.Op{Kind: plan.Reshape, Shape: []int{3 * n, 4}}, []int{3 * n, 4}, both)
		point := leaf("x0", n, 12)
		x := node(plan.Op{Kind: plan.Reshape, Shape: []int{3 * n, 4}}, []int{3 * n, 4}, point)
		sum := node(plan.Op{Kind: plan.Add}, flat.Shape, flat, x)
		tall := []int{2 * n, 5}
		ones := node(plan.Op{Kind: plan.Fill, Imm: 3, Shape: tall}, tall, x)
		row := node(plan.Op{Kind: plan.Sum, Outer: 2 * n, Inner: 1, Shape: []int{2 * n}}, []int{2 * n}, ones)
		two := node(plan.Op{Kind: plan.Reshape, Shape: []int{n, 2}}, []int{n, 2}, row)
		six := []int{n, 6, 2}
		wide := node(plan.Op{Kind: plan.Expand, Outer: n, Inner: 2, Shape: six}, six, two)
		again := node(plan.Op{Kind: plan.Reshape, Shape: sum.Shape}, sum.Shape, wide)
		return plan.Root{Name: "y", Node: node(plan.Op{Kind: plan.Mul}, sum.Shape, sum, again)}
	}
	g, err := Graph(root(A), root(B), nil, Input{Name: "x0"}, Input{Name: "x1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 6} {
		held(t, g, root(n))
	}
}

// What ONNX has no form of is refused by name.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		s          sized
	}{
		{"gradient in a filter", "conv_filter", func(n int) (plan.Op, [][]int) {
			return plan.Op{Kind: plan.ConvFilter, Width: 3}, [][]int{{n, 4, 4, 1}, {n, 4, 4, 1}}
		}},
		{"random numbers", "normal", func(n int) (plan.Op, [][]int) {
			return plan.Op{Kind: plan.Normal, Shape: []int{n, 2}}, [][]int{{n, plan.DrawLen}}
		}},
		{"columns by the number of points", "number of points", layout([]int{6}, func(n int) plan.Op {
			return plan.Op{Kind: plan.Narrow, Rows: 1, Off: n, Width: n, Shape: []int{n}}
		})},
	} {
		_, err := Graph(applied(t, tt.s, A), applied(t, tt.s, B), nil, inputs...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	s := op(plan.Exp, []int{2})
	if _, err := Graph(applied(t, s, A), applied(t, s, B), nil); err == nil {
		t.Error("an input that is not known is read")
	}
}
