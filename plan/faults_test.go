package plan_test

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

func input(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: shape}
}

func state(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.State}, Name: name, Shape: shape}
}

// apply is op over xs, which must fit.
func apply(op plan.Op, xs ...*plan.Node) *plan.Node {
	in := make([][]int, len(xs))
	for i, x := range xs {
		in[i] = x.Shape
	}
	shape, err := op.Infer(in...)
	if err != nil {
		panic(err)
	}
	return &plan.Node{Op: op, In: xs, Shape: shape}
}

func unary(k plan.Kind, x *plan.Node) *plan.Node { return apply(plan.Op{Kind: k, Imm: 2}, x) }

func binary(k plan.Kind, x, y *plan.Node) *plan.Node { return apply(plan.Op{Kind: k}, x, y) }

// compileFault is a graph that does not compile, and a part of the error.
type compileFault struct {
	name  string
	roots []plan.Root
	want  string
}

func compileFaults() []compileFault {
	x, s, r := input("x", 4), state("s", 4), state("r", 4)
	loop := unary(plan.Exp, x)
	loop.In = []*plan.Node{unary(plan.Log, loop)}
	assigned := binary(plan.Assign, s, unary(plan.Exp, x))
	return []compileFault{
		{"nil root", []plan.Root{{Name: "y"}}, "no node"},
		{"nil operand", []plan.Root{{Name: "y",
			Node: &plan.Node{Op: plan.Op{Kind: plan.Exp}, In: []*plan.Node{nil}}}}, "no node"},
		{"its own operand", []plan.Root{{Name: "y", Node: loop}}, "its own operand"},
		{"foreign operator", []plan.Root{{Name: "y",
			Node: &plan.Node{Op: plan.Op{Kind: 200}, In: []*plan.Node{x}}}}, "kind(200)"},
		{"no operator", []plan.Root{{Name: "y", Node: &plan.Node{}}}, "none"},
		{"unnamed leaf", []plan.Root{{Name: "y", Node: unary(plan.Exp, input("", 4))}}, "has no name"},
		{"leaf with operands", []plan.Root{{Name: "y",
			Node: &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: "q", Shape: []int{4},
				In: []*plan.Node{x}}}}, "want a leaf"},
		{"empty leaf", []plan.Root{{Name: "y", Node: input("q", 2, 0)}}, "positive extents"},
		{"negative leaf", []plan.Root{{Name: "y", Node: input("q", -2, -3)}}, "positive extents"},
		{"two leaves of one name", []plan.Root{{Name: "y", Node: binary(plan.Add, x, state("x", 4))}},
			`two leaves are called "x"`},
		{"two outputs of one name", []plan.Root{{Name: "y", Node: x}, {Name: "y", Node: s}}, `called "y"`},
		{"output named like an earlier leaf", []plan.Root{{Name: "x", Node: unary(plan.Exp, x)}},
			`called "x"`},
		{"output named like a later leaf", []plan.Root{{Name: "x", Node: unary(plan.Exp, s)},
			{Name: "z", Node: x}}, `called "x"`},
		{"wrong shape", []plan.Root{{Name: "y",
			Node: &plan.Node{Op: plan.Op{Kind: plan.Exp}, In: []*plan.Node{x}, Shape: []int{2, 2}}}},
			"the graph says [2 2], the operands say [4]"},
		{"operands that do not fit", []plan.Root{{Name: "y", Node: &plan.Node{Op: plan.Op{Kind: plan.Add},
			In: []*plan.Node{x, input("q", 5)}, Shape: []int{4}}}}, "[[4] [5]]"},
		{"effect on an input", []plan.Root{{Node: binary(plan.Assign, x, s)}}, "want a state to write to"},
		{"effect on a view", []plan.Root{{Node: binary(plan.Assign,
			apply(plan.Op{Kind: plan.Reshape, Shape: []int{4}}, s), x)}},
			"want a state to write to"},
		{"two effects on one state", []plan.Root{{Node: assigned}, {Node: binary(plan.Assign, s, x)}},
			`both write state "s"`},
		{"one effect twice on a state", []plan.Root{{Node: apply(plan.Op{Kind: plan.AdamW}, s, s, r,
			state("a", 4), x,
			input("k", 1), input("h", 4))}}, `both write state "s"`},
		{"an effect reads what it writes", []plan.Root{{Node: binary(plan.Assign, s,
			apply(plan.Op{Kind: plan.Reshape, Shape: []int{4}}, s))}}, `operand 1 of assign is state "s"`},
		{"two states exchanged", []plan.Root{{Node: binary(plan.Assign, s, r)},
			{Node: binary(plan.Assign, r, s)}}, "cycle of effects"},
		{"a reader of a state after its effect",
			[]plan.Root{{Name: "y", Node: binary(plan.Add, s, assigned)}}, "cycle of effects"},
		{"an output that an effect changes", []plan.Root{{Node: assigned}, {Name: "y",
			Node: apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: 1, Width: 2, Shape: []int{2}}, s)}},
			`output "y" is state "s"`},
	}
}

func TestCompileFaults(t *testing.T) {
	for _, c := range compileFaults() {
		t.Run(c.name, func(t *testing.T) {
			p, err := plan.Compile(t.Context(), c.roots, plan.Float32)
			if err == nil {
				t.Fatalf("compiles to\n%v", p)
			}
			if !strings.HasPrefix(err.Error(), "plan: ") || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %q, want one line with %q", err, c.want)
			}
		})
	}
}

// An effect whose result and whose state's other reader meet in one node: the
// reader goes first, so the two cannot be one chain.
func TestEffectBetweenReaders(t *testing.T) {
	x, s := input("x", 4), state("s", 4)
	before := unary(plan.Scale, s)
	after := unary(plan.Shift, binary(plan.Assign, s, x))
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: binary(plan.Mul, after, before)}},
		plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	if len(p.Steps) != 3 {
		t.Errorf("%d steps, want a chain, the effect and a chain:\n%v", len(p.Steps), p)
	}
}

// The first elements of one part of a value and the whole of the next are put together: what
// lies between the two is left out.
func TestConcatLeavesOut(t *testing.T) {
	a, b := unary(plan.Exp, input("u", 8)), unary(plan.Sin, input("v", 8))
	both := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{16}}, a, b)
	first := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: 5, Shape: []int{5}}, a)
	y := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{13}}, first, b)
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "both", Node: both}, {Name: "y", Node: y}},
		plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
}

// One row of weights as the bias of two products: the effect on it follows both.
func TestSharedBiasBeforeEffect(t *testing.T) {
	x, w, b := input("x", 2, 3), input("w", 3, 4), state("b", 4)
	row := apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: 4, Shape: []int{2, 4}}, b)
	y := binary(plan.Add, apply(plan.Op{Kind: plan.MatMul}, x, w), row)
	z := binary(plan.Add, apply(plan.Op{Kind: plan.MatMul}, unary(plan.Exp, x), w), row)
	p, err := plan.Compile(t.Context(), []plan.Root{{Node: binary(plan.Assign, b, input("c", 4))},
		{Name: "y", Node: y},
		{Name: "z", Node: z}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	if st := p.Steps[len(p.Steps)-1]; st.Op.Kind != plan.Assign {
		t.Errorf("the last step is %v, want assign:\n%v", st.Op, p)
	}
}

// TestDeepGraph compiles 10⁵ nodes, each an operand of the next.
func TestDeepGraph(t *testing.T) {
	x := input("x", 2, 2)
	y := x
	for range 50_000 {
		y = &plan.Node{Op: plan.Op{Kind: plan.MatMul}, In: []*plan.Node{y, x}, Shape: x.Shape}
		y = &plan.Node{Op: plan.Op{Kind: plan.Tanh}, In: []*plan.Node{y}, Shape: x.Shape}
	}
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: y}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Steps) != 100_000 || p.Arena > 128 {
		t.Errorf("%d steps in an arena of %d, want 100000 in 128", len(p.Steps), p.Arena)
	}
}

// BenchmarkCompile is the cost of a node: of a chain that is cut at the limits,
// of kernels in a row, and of pointwise operators over all that went before.
func BenchmarkCompile(b *testing.B) {
	const n = 10_000
	for _, c := range []struct {
		name string
		next func(i int, all []*plan.Node) (plan.Kind, []*plan.Node)
	}{
		{"pointwise", func(i int, all []*plan.Node) (plan.Kind, []*plan.Node) { return plan.Tanh, all[i:] }},
		{"kernels", func(i int, all []*plan.Node) (plan.Kind, []*plan.Node) {
			return plan.MatMul, []*plan.Node{all[i], all[0]}
		}},
		{"tangle", func(i int, all []*plan.Node) (plan.Kind, []*plan.Node) {
			return [2]plan.Kind{plan.Add, plan.MatMul}[i%3/2], []*plan.Node{all[i], all[i*7919%(i+1)]}
		}},
	} {
		all := []*plan.Node{input("x", 4, 4)}
		for i := range n {
			k, in := c.next(i, all)
			all = append(all, apply(plan.Op{Kind: k}, in...))
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := plan.Compile(b.Context(), []plan.Root{{Name: "y", Node: all[n]}},
					plan.Float32); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/node")
		})
	}
}
