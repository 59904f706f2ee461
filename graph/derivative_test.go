package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// example is an operator over operands of given shapes; low bounds their
// entries from below, for operators that want positive ones.
type example struct {
	op   plan.Op
	in   [][]int
	low  float64
	name string
}

func shape(d ...int) []int { return append([]int{}, d...) }

// examples has at least one row for every operator; TestEveryKind sees to it.
var examples = []example{
	{op: plan.Op{Kind: plan.Scale, Imm: -1.5}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Shift, Imm: .5}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Fill, Imm: 2, Shape: shape(2, 2)}, in: [][]int{{3}}},
	{op: plan.Op{Kind: plan.Exp}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Log}, in: [][]int{{2, 3}}, low: .5},
	{op: plan.Op{Kind: plan.Sqrt}, in: [][]int{{2, 3}}, low: .5},
	{op: plan.Op{Kind: plan.Recip}, in: [][]int{{2, 3}}, low: .5},
	{op: plan.Op{Kind: plan.Sin}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Cos}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Tanh}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Sigmoid}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.SiLU}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Add}, in: [][]int{{2, 3}, {2, 3}}},
	{op: plan.Op{Kind: plan.Sub}, in: [][]int{{2, 3}, {2, 3}}},
	{op: plan.Op{Kind: plan.Mul}, in: [][]int{{2, 3}, {2, 3}}},
	{op: plan.Op{Kind: plan.Div}, in: [][]int{{2, 3}, {2, 3}}, low: .5},
	{op: plan.Op{Kind: plan.Min}, in: [][]int{{4, 3}, {4, 3}}},
	{op: plan.Op{Kind: plan.Max}, in: [][]int{{4, 3}, {4, 3}}},
	{op: plan.Op{Kind: plan.Less}, in: [][]int{{4, 3}, {4, 3}}},
	{op: plan.Op{Kind: plan.Uniform, Seed: 3, Purpose: 1, Shape: shape(3, 5)}, in: [][]int{{3, 3}}},
	{op: plan.Op{Kind: plan.Normal, Seed: 3, Purpose: 1, Shape: shape(3, 5)}, in: [][]int{{3, 3}}},
	{op: plan.Op{Kind: plan.Reshape, Shape: shape(3, 2)}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Expand, Outer: 2, Inner: 3, Shape: shape(2, 4, 3)}, in: [][]int{{2, 3}}},
	{op: plan.Op{Kind: plan.Sum, Outer: 2, Inner: 3, Shape: shape(2, 3)}, in: [][]int{{2, 4, 3}}},
	{op: plan.Op{Kind: plan.Sum, Outer: 1, Inner: 1, Shape: shape()}, in: [][]int{{2, 3}}, name: "all"},
	{op: plan.Op{Kind: plan.Narrow, Rows: 2, Off: 1, Width: 2, Shape: shape(2, 2)}, in: [][]int{{2, 4}}},
	{op: plan.Op{Kind: plan.Narrow, Rows: 1, Off: 2, Width: 3, Shape: shape(3)}, in: [][]int{{5}},
		name: "row"},
	{op: plan.Op{Kind: plan.Swap, Dims: [4]int{2, 3, 2, 2}, Shape: shape(2, 2, 3, 2)},
		in: [][]int{{2, 3, 2, 2}}},
	{op: plan.Op{Kind: plan.Concat, Rows: 2, Shape: shape(2, 5)}, in: [][]int{{2, 2}, {2, 3}}},
	{op: plan.Op{Kind: plan.Concat, Rows: 1, Shape: shape(10)}, in: [][]int{{2, 2}, {2, 3}}, name: "row"},
	{op: plan.Op{Kind: plan.Dot, Rows: 2, Shape: shape(2)}, in: [][]int{{2, 3}, {2, 3}}},
	{op: plan.Op{Kind: plan.Dot, Rows: 1, Shape: shape()}, in: [][]int{{2, 3}, {2, 3}}, name: "all"},
	{op: plan.Op{Kind: plan.Gather}, in: [][]int{{4, 2}, {3}}, name: "selection"},
	{op: plan.Op{Kind: plan.MatMul}, in: [][]int{{2, 3}, {3, 4}}},
	{op: plan.Op{Kind: plan.MatMul, TransA: true}, in: [][]int{{3, 2}, {3, 4}}},
	{op: plan.Op{Kind: plan.MatMul, TransB: true}, in: [][]int{{2, 3}, {4, 3}}},
	{op: plan.Op{Kind: plan.MatMul, TransA: true, TransB: true}, in: [][]int{{3, 2}, {4, 3}}},
	{op: plan.Op{Kind: plan.MatMul, TransB: true}, in: [][]int{{2, 2, 3}, {2, 4, 3}}, name: "batch"},
	{op: plan.Op{Kind: plan.Conv}, in: [][]int{{2, 3, 4, 2}, {3, 3, 2, 3}}},
	{op: plan.Op{Kind: plan.ConvData}, in: [][]int{{2, 3, 4, 3}, {3, 3, 2, 3}}},
	{op: plan.Op{Kind: plan.ConvFilter, Width: 3}, in: [][]int{{2, 3, 4, 2}, {2, 3, 4, 3}}},
	{op: plan.Op{Kind: plan.Norm, Groups: 2, Imm: NormEps}, in: [][]int{{2, 3, 4}, {4}, {4}}},
	{op: plan.Op{Kind: plan.NormGrad, Groups: 2, Imm: NormEps}, in: [][]int{{2, 3, 4}, {4}, {2, 3, 4}}},
	{op: plan.Op{Kind: plan.Softmax}, in: [][]int{{3, 4}}},
	{op: plan.Op{Kind: plan.Attention, Groups: 2}, in: [][]int{{2, 3, 12}}},
	{op: plan.Op{Kind: plan.AttentionGrad, Groups: 2}, in: [][]int{{2, 3, 12}, {2, 3, 4}}},
	{op: plan.Op{Kind: plan.AllSum, Ranks: 1}, in: [][]int{{5}}},
	{op: plan.Op{Kind: plan.Assign}, in: [][]int{{3}, {3}}, name: "effect"},
	{op: plan.Op{Kind: plan.AdamW}, in: [][]int{{3}, {3}, {3}, {3}, {3}, {1}, {plan.HyperLen}},
		name: "effect"},
	{op: plan.Op{Kind: plan.Clip}, in: [][]int{{5}, {1}, {1}, {1}}, name: "effect"},
}

func (e example) String() string { return fmt.Sprintf("%v%v%s", e.op, e.in, e.name) }

func TestEveryKind(t *testing.T) {
	seen := map[plan.Kind]bool{}
	for _, e := range examples {
		seen[e.op.Kind] = true
	}
	for _, k := range plan.Kinds() {
		if !seen[k] {
			t.Errorf("no example of %v", k)
		}
	}
}

// TestDerivatives holds every rule to central differences, and the rules of the
// rules: with c = ⟨w, y(x)⟩ and c₂ = Σ ⟨∂c/∂xᵢ, vᵢ⟩, the gradients of both.
// Differences of step h of a smooth function are off by O(h²) and by u/h.
func TestDerivatives(t *testing.T) {
	for _, e := range examples {
		if e.name == "effect" || e.name == "selection" {
			continue
		}
		for _, order := range []int{1, 2} {
			t.Run(fmt.Sprintf("%v/order=%d", e, order), func(t *testing.T) { checkDerivative(t, e, order) })
		}
	}
}

// A gradient through Gather, which has none, is an error and not zeros.
func TestGatherHasNoDerivative(t *testing.T) {
	b := New()
	x, i := b.Input("x", 4, 2), b.Input("i", 3)
	cost, _ := against(b, b.Gather(x, i), "w")
	b.Gradients(cost, x)
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "gather has no derivative") {
		t.Errorf("a gradient through gather: %v", err)
	}
}

// against is ⟨y, w⟩ with a new input w.
func against(b *Builder, y Node, name string) (dot, w Node) {
	n := plan.Size(y.Shape())
	w = b.Input(name, n)
	return b.Dot(b.Reshape(y, n), w, 1), w
}

// checkDerivative holds the derivative of that order of an example to differences.
func checkDerivative(t *testing.T, e example, order int) {
	b := New()
	var xs []Node
	for i, s := range e.in {
		xs = append(xs, b.Input(fmt.Sprintf("x%d", i), s...))
	}
	y := b.Apply(e.op, xs...)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	cost, w := against(b, y, "w")
	wrt := append(xs, w)
	for range order - 1 {
		gs := b.Gradients(cost, wrt...)
		cost = nil
		for i, g := range gs {
			d, _ := against(b, g, fmt.Sprintf("v%d", i))
			if cost == nil {
				cost = d
			} else {
				cost = b.Add(cost, d)
			}
		}
	}
	roots := []Root{{"cost", cost}}
	for i, g := range b.Gradients(cost, wrt...) {
		roots = append(roots, Root{fmt.Sprintf("g%d", i), g})
	}
	p, err := b.Compile(t.Context(), plan.Float32, roots...)
	if err != nil {
		t.Fatal(err)
	}
	prog := reference.Load(p)
	fill(prog, p, e.low)
	for i := range wrt {
		if e.op.Kind.Random() && i == 0 {
			continue // it counts samples
		}
		differences(t, prog, wrt[i].Name(), fmt.Sprintf("g%d", i))
	}
}

// fill gives every input numbers of [low+.1, low+1.1), and of both signs where low
// is 0.
func fill(prog *reference.Program, p *plan.Plan, low float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, port := range p.Inputs {
		d, _ := prog.Data(port.Name)
		for i := range d {
			d[i] = low + rng.Float64() + .1
			if low == 0 && rng.IntN(2) == 0 {
				d[i] = -d[i]
			}
		}
	}
}

// differences holds the output of that name to central differences of "cost" in the
// elements of an input. An input that the cost does not depend on is not there.
func differences(t *testing.T, prog *reference.Program, input, gradient string) {
	t.Helper()
	value := func() float64 {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		d, _ := prog.Data("cost")
		return d[0]
	}
	value()
	x, err := prog.Data(input)
	if err != nil {
		return
	}
	g, _ := prog.Data(gradient)
	got := append([]float64(nil), g...)
	for j := range x {
		const h = 1e-5
		at := x[j]
		x[j] = at + h
		up := value()
		x[j] = at - h
		down := value()
		x[j] = at
		want := (up - down) / (2 * h)
		if math.Abs(got[j]-want) > 1e-6*(1+math.Abs(want)) {
			t.Errorf("d/d%s[%d]: got %.9g, want %.9g", input, j, got[j], want)
		}
	}
}
