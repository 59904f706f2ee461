package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// networks are small forms of all that model has.
var networks = []struct {
	net   model.Network
	point []int
}{
	{model.MLP{Width: 6, Depth: 2}, []int{5}},
	{model.UNet{Channels: 4, Blocks: 1, Heads: 2, Levels: []int{1, 2}, Attention: []int{2}}, []int{4, 4, 2}},
	{model.MLP{Width: 6, Depth: 1, Condition: told}, []int{5}},
	{model.UNet{Channels: 2, Blocks: 1, Heads: 1, Levels: []int{1}, Condition: told}, []int{2, 2, 1}},
	{model.DiT{Width: 4, Depth: 1, Heads: 1, Patch: 2}, []int{2, 4, 1}},
	{model.DiT{Width: 8, Depth: 2, Heads: 2, Patch: 2, QKNorm: true, Condition: told}, []int{4, 2, 2}},
}

// told is all that a network can be told.
var told = model.Condition{Clock: true, Classes: 2}

// inputs is the point u [n, …] with what net is told of it, whose shapes it notes.
func inputs(b *graph.Builder, net model.Network, u graph.Node, leaves map[string][]int) model.Inputs {
	in, n := model.Inputs{U: u}, u.Shape()[0]
	if net.Told().Clock {
		in.T, leaves["t"] = b.Input("t", n), []int{n}
	}
	if net.Told().Classes > 0 {
		in.Label, leaves["label"] = b.Input("label", n), []int{n}
	}
	return in
}

// loss is ‖f(u) − r‖² of a network under construction, and its gradient.
type loss struct {
	b           *graph.Builder
	theta, cost graph.Node
	f, grad     graph.Node
	leaves      map[string][]int // shapes
}

func build(t *testing.T, b *graph.Builder, net model.Network, point []int) *loss {
	t.Helper()
	params, err := model.Declare(net, point)
	if err != nil {
		t.Fatal(err)
	}
	shape := append([]int{3}, point...)
	l := &loss{b: b, leaves: map[string][]int{"u": shape, "r": shape, "weights": {params.Len}}}
	u, r := b.Input("u", shape...), b.Input("r", shape...)
	l.theta = b.State("weights", params.Len)
	bound := params.Bind(b, l.theta)
	l.f = net.Build(b, bound, inputs(b, net, u, l.leaves))
	miss := b.Sub(l.f, r)
	l.cost = b.Dot(miss, miss, 1)
	l.grad = bound.Gradient(b, l.cost)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return l
}

// values are the same for a name whatever the builder, rounded to float32.
func values(name string, n int) []float64 {
	rng := rand.New(rand.NewPCG(uint64(len(name)), uint64(name[0])))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float32(.5 * rng.NormFloat64()))
		if name == "label" {
			x[i] = float64([]int{1, model.NoLabel}[i%2])
		}
	}
	return x
}

// tape runs the graph on Gorgonia's machine and returns the values of ns.
func tape(t *testing.T, l *loss, dt tensor.Dtype, ns ...graph.Node) [][]float64 {
	t.Helper()
	for _, n := range l.b.Graph().Inputs() {
		s, ok := l.leaves[n.Name()]
		if !ok {
			continue // the seed of gorgonia.Grad has its value
		}
		x := tensor.New(tensor.WithShape(s...), tensor.Of(dt))
		for i, v := range values(n.Name(), plan.Size(s)) {
			if dt == tensor.Float32 {
				x.Set(i, float32(v))
			} else {
				x.Set(i, v)
			}
		}
		if err := G.Let(n, x); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]G.Value, len(ns))
	for i, n := range ns {
		G.Read(graph.Gorgonia(n), &got[i])
	}
	vm := G.NewTapeMachine(l.b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(ns))
	for i, v := range got {
		switch d := v.Data().(type) {
		case []float64:
			out[i] = slices.Clone(d)
		case []float32:
			for _, x := range d {
				out[i] = append(out[i], float64(x))
			}
		case float64:
			out[i] = []float64{d}
		case float32:
			out[i] = []float64{float64(d)}
		}
	}
	return out
}

// compiled runs the roots as a plan on the reference device.
func compiled(t *testing.T, l *loss, ns ...graph.Node) [][]float64 {
	t.Helper()
	var roots []graph.Root
	for i, n := range ns {
		roots = append(roots, graph.Root{Name: fmt.Sprint("out", i), Node: n})
	}
	p, err := l.b.Compile(t.Context(), plan.Float32, roots...)
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	for name, s := range l.leaves {
		if d, err := g.Data(name); err == nil {
			copy(d, values(name, plan.Size(s)))
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(ns))
	for i := range ns {
		out[i], _ = g.Data(fmt.Sprint("out", i))
	}
	return out
}

// near wants got and want to differ by at most tol of the largest of want.
func near(t *testing.T, name string, got, want []float64, tol float64) {
	t.Helper()
	most, worst := 0.0, 0.0
	for i, w := range want {
		most = math.Max(most, math.Abs(w))
		worst = math.Max(worst, math.Abs(got[i]-w))
		if math.IsNaN(got[i]) {
			t.Fatalf("%s[%d] is NaN, want %v", name, i, w)
		}
	}
	if len(got) != len(want) || most == 0 || worst > tol*most {
		t.Errorf("%s: %d elements off by %.2g of the largest, want %d within %.2g", name, len(got),
			worst/most, len(want), tol)
	}
}

// TestAgainstGorgonia: on whole networks the compiled plan, Gorgonia's tape
// machine and gorgonia.Grad, called once, say the same. In float64 they differ
// by the order of sums, some thousand roundings of 2⁻⁵³ each; in float32 the
// machine rounds every node, some hundred in a row, to 2⁻²⁴.
func TestAgainstGorgonia(t *testing.T) {
	for _, c := range networks {
		for dt, tol := range map[tensor.Dtype]float64{tensor.Float64: 0x1p-53 * 1e4,
			tensor.Float32: 0x1p-24 * 1e3} {
			t.Run(fmt.Sprint(c.net, "/", dt), func(t *testing.T) {
				b := graph.NewFloat64()
				if dt == tensor.Float32 {
					b = graph.New()
				}
				l := build(t, b, c.net, c.point)
				want := compiled(t, l, l.f, l.cost, l.grad)
				g, err := G.Grad(graph.Gorgonia(l.cost), graph.Gorgonia(l.theta))
				if err != nil {
					t.Fatal(err)
				}
				got := tape(t, l, dt, l.f, l.cost, l.grad, (*graph.Value)(g[0]))
				near(t, "f", got[0], want[0], tol)
				near(t, "cost", got[1], want[1], tol)
				near(t, "gradient", got[2], want[2], tol)
				near(t, "gorgonia.Grad", got[3], want[2], tol)
			})
		}
	}
}

// TestNodeCount: Gorgonia has merged nothing: there are as many nodes as leaves
// and operators were asked for.
func TestNodeCount(t *testing.T) {
	for _, c := range networks {
		before := graph.Applied()
		if _, err := model.Declare(c.net, c.point); err != nil { // build does so too
			t.Fatal(err)
		}
		b, between := graph.New(), graph.Applied()
		l := build(t, b, c.net, c.point)
		applied := graph.Applied() - between - (between - before)
		nodes := b.Graph().AllNodes()
		leaves, uids := 0, map[string]bool{}
		for _, n := range nodes {
			if op, ok := n.Op().(*graph.Op); ok {
				uids[op.String()] = true
			} else {
				leaves++
			}
		}
		if leaves != len(l.leaves) || len(uids)+leaves != len(nodes) || applied != len(uids) {
			t.Errorf("%v: %d nodes, of %d leaves and %d operators; %d leaves and %d operators were made",
				c.net, len(nodes), leaves, len(uids), len(l.leaves), applied)
		}
	}
}

// TestFusedFormsForward: the fused operators equal the small ones their second
// derivative goes through. Sums of at most 24 terms in another order.
func TestFusedFormsForward(t *testing.T) {
	b := graph.NewFloat64()
	l := &loss{b: b, leaves: map[string][]int{"x": {2, 3, 8}, "gamma": {8}, "shift": {8}, "qkv": {2, 3, 12}}}
	x, gamma, beta, qkv := b.Input("x", 2, 3, 8), b.Input("gamma", 8), b.Input("shift", 8),
		b.Input("qkv", 2, 3, 12)
	norm, attention := b.Norm(x, gamma, beta, 2), b.Attention(qkv, 2)
	got := compiled(t, l, norm, b.SmallNorm(x, gamma, beta, norm), attention,
		b.SmallAttention(qkv, attention))
	near(t, "norm", got[1], got[0], 64*0x1p-53)
	near(t, "attention", got[3], got[2], 64*0x1p-53)
}

// TestConcurrentBuilders: separate graphs may be built at once, and are equal.
func TestConcurrentBuilders(t *testing.T) {
	const workers = 8
	plans := make([]string, workers)
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			l := build(t, graph.New(), networks[1].net, networks[1].point)
			p, err := l.b.Compile(t.Context(), plan.Float32, graph.Root{Name: "grad", Node: l.grad})
			if err != nil {
				t.Error(err)
				return
			}
			plans[k] = p.String()
		})
	}
	wg.Wait()
	for k, p := range plans {
		if p != plans[0] || !strings.Contains(p, "conv") {
			t.Fatalf("builder %d made another plan:\n%s", k, p)
		}
	}
}
