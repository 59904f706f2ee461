package graph_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// TestLeafGuard: Gorgonia makes one node of two leaves of a name; a Builder refuses.
func TestLeafGuard(t *testing.T) {
	g := G.NewGraph()
	leaf := func() *G.Node { return G.NewMatrix(g, tensor.Float32, G.WithShape(2, 2), G.WithName("w")) }
	if first, second := leaf(), leaf(); first != second {
		t.Fatal("gorgonia keeps leaves of one name apart: the guard is no longer needed")
	}
	for name, make := range map[string]func(b *graph.Builder){
		"twice":    func(b *graph.Builder) { b.Input("w", 2); b.State("w", 2) },
		"unnamed":  func(b *graph.Builder) { b.Input("", 2) },
		"no shape": func(b *graph.Builder) { b.Input("w") },
		"empty":    func(b *graph.Builder) { b.State("w", 2, 0) },
	} {
		b := graph.New()
		make(b)
		if err := b.Err(); err == nil || !strings.HasPrefix(err.Error(), "graph: ") {
			t.Errorf("%s: error %v, want one of graph", name, err)
		}
	}
}

// TestEqualOperatorsStayApart: two applications of one operator to one operand
// are two nodes, so Gorgonia's hashes cannot take one for another.
func TestEqualOperatorsStayApart(t *testing.T) {
	b := graph.New()
	x := b.Input("x", 2, 2)
	y, z := b.Unary(plan.Exp, x), b.Unary(plan.Exp, x)
	if b.Err() != nil || y == z || graph.Gorgonia(y).Hashcode() == graph.Gorgonia(z).Hashcode() {
		t.Errorf("two applications: one node %v, hashes %x and %x, error %v", y == z,
			graph.Gorgonia(y).Hashcode(), graph.Gorgonia(z).Hashcode(), b.Err())
	}
}

// TestGradientsTwice: gradients of two costs, and of a gradient, on one graph.
// gorgonia.Grad gives d(1000x²) = 60 at x = 3 when d(10x²) was taken before.
func TestGradientsTwice(t *testing.T) {
	b := graph.NewFloat64()
	x, w := b.Input("x", 1), b.Input("w", 1)
	sq := b.Mul(x, x)
	d1 := b.Gradients(b.Scale(10, sq), x)[0]
	d2 := b.Gradients(b.Scale(1000, sq), x)[0]
	gx := b.Gradients(b.Mul(w, sq), x)[0]  // 2wx
	gw := b.Gradients(b.Mul(gx, gx), w)[0] // 8wx²
	none := b.Gradients(b.Mul(x, x), w)[0] // does not depend on w
	p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "d1", Node: d1},
		graph.Root{Name: "d2", Node: d2},
		graph.Root{Name: "gw", Node: gw}, graph.Root{Name: "none", Node: none})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	for name, v := range map[string]float32{"x": 3, "w": 5} {
		if err := g.Write(name, []float32{v}); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"d1": 60, "d2": 6000, "gw": 360, "none": 0} {
		if got, _ := g.Data(name); got[0] != want {
			t.Errorf("%s = %v, want %v", name, got[0], want)
		}
	}
}

// TestForeignOperator: an operator that is not ours does not compile, by name.
func TestForeignOperator(t *testing.T) {
	b := graph.New()
	y := (*graph.Value)(G.Must(G.Tanh(graph.Gorgonia(b.Input("x", 2, 2)))))
	if _, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "y", Node: y}); err == nil ||
		!strings.Contains(err.Error(), "tanh") {
		t.Errorf("error %v, want one that names tanh", err)
	}
	other := graph.New().Input("elsewhere", 2)
	if _, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "y", Node: other}); err == nil ||
		!strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("error %v, want one that names the foreign leaf", err)
	}
}
