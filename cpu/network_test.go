package cpu

import (
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// input is a node of that name and shape.
func input(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: shape}
}

// state is a node of that name and shape.
func state(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.State}, Name: name, Shape: shape}
}

// apply is a node of op, with the shape that follows.
func apply(op plan.Op, xs ...*plan.Node) *plan.Node {
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Shape
	}
	s, err := op.Infer(shapes...)
	if err != nil {
		panic(err)
	}
	return &plan.Node{Op: op, In: xs, Shape: s}
}

// The images of the test network have side² pixels of so many channels.
const side, channels = 9, 24

// network is a graph that takes every kernel of the device: n noisy images through a
// convolution, a group norm, attention and a layer norm, with some of their adjoints, the
// sums that a loss and its gradient need, and an optimiser's step. Outputs whose names begin
// with "row" have one row for each sample, which depends on that sample alone.
func network(n int) []plan.Root {
	k := func(k plan.Kind, xs ...*plan.Node) *plan.Node { return apply(plan.Op{Kind: k, Imm: .5}, xs...) }
	c, t := channels, side*side
	image := []int{n, side, side, c}
	tokens := func(x *plan.Node, w int) *plan.Node {
		return apply(plan.Op{Kind: plan.Reshape, Shape: []int{n, t, w}}, x)
	}
	x, draws := input("x", image...), input("draws", n, plan.DrawLen)
	noise := apply(plan.Op{Kind: plan.Normal, Seed: 3, Purpose: 2, Shape: image}, draws)
	level := apply(plan.Op{Kind: plan.Uniform, Seed: 3, Purpose: 1, Shape: []int{n}}, draws)
	at := apply(plan.Op{Kind: plan.Expand, Outer: n, Inner: 1, Shape: image}, level)
	u := k(plan.Add, k(plan.Mul, at, x), k(plan.Mul, k(plan.Sub, k(plan.Shift, at), at), noise))

	filter, w := state("filter", 3, 3, c, c), state("w", c, 3*c)
	gamma, beta := state("gamma", c), state("beta", c)
	h := apply(plan.Op{Kind: plan.Conv}, u, filter)
	h = k(plan.SiLU, apply(plan.Op{Kind: plan.Norm, Groups: 4, Imm: 1e-5}, h, gamma, beta))
	flat := apply(plan.Op{Kind: plan.Reshape, Shape: []int{n * t, c}}, h)
	qkv := tokens(apply(plan.Op{Kind: plan.MatMul}, flat, w), 3*c)
	a := apply(plan.Op{Kind: plan.Attention, Groups: 2}, qkv)
	rows := apply(plan.Op{Kind: plan.Reshape, Shape: []int{n * t, c}}, a)
	y := apply(plan.Op{Kind: plan.Norm, Groups: 1, Imm: 1e-5}, rows, gamma, beta)
	d := k(plan.Sub, apply(plan.Op{Kind: plan.Reshape, Shape: image}, y), noise)

	loss := k(plan.Scale, apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, d, d))
	each := apply(plan.Op{Kind: plan.Dot, Rows: n, Shape: []int{n}}, d, d)
	dflat := apply(plan.Op{Kind: plan.Reshape, Shape: []int{n * t, c}}, d)
	back := apply(plan.Op{Kind: plan.NormGrad, Groups: 1, Imm: 1e-5}, rows, gamma, dflat)
	drows := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: n * t * c, Shape: []int{n * t, c}}, back)
	dqkv := apply(plan.Op{Kind: plan.AttentionGrad, Groups: 2}, qkv, tokens(drows, c))
	flatQKV := apply(plan.Op{Kind: plan.Reshape, Shape: []int{n * t, 3 * c}}, dqkv)
	dw := apply(plan.Op{Kind: plan.MatMul, TransA: true}, flat, flatQKV)
	dflatH := apply(plan.Op{Kind: plan.MatMul, TransB: true}, flatQKV, w)
	dh := apply(plan.Op{Kind: plan.Reshape, Shape: image}, dflatH)
	gn := apply(plan.Op{Kind: plan.NormGrad, Groups: 4, Imm: 1e-5}, u, gamma, dh)
	du := apply(plan.Op{Kind: plan.ConvData}, dh, filter)
	df := apply(plan.Op{Kind: plan.ConvFilter, Width: 3}, u, dh)
	means := apply(plan.Op{Kind: plan.Sum, Outer: n, Inner: c, Shape: []int{n, c}}, h)
	p := apply(plan.Op{Kind: plan.Softmax}, means)

	size := c*3*c + 9*c*c
	grad := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{size}}, dw, df)
	gg := apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, grad, grad)
	scale := apply(plan.Op{Kind: plan.Clip, Max: 1}, state("log", 9), loss, gg, input("slot", 1))
	rates := plan.AdamWConst{Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .1, DecayLen: 700}
	adam := apply(plan.Op{Kind: plan.AdamW, Adam: rates},
		state("theta", size), state("m", size), state("v", size), state("avg", size),
		grad, scale, input("hyper", plan.HyperLen))
	return []plan.Root{
		{Name: "row d", Node: d}, {Name: "row dqkv", Node: dqkv}, {Name: "row du", Node: du},
		{Name: "row p", Node: p}, {Name: "row loss", Node: each}, {Name: "gn", Node: gn},
		{Name: "grad", Node: grad}, {Name: "loss", Node: loss}, {Name: "scale", Node: scale}, {Node: adam},
	}
}

// compile is the plan of the network for n images, in float32.
func compile(t testing.TB, n int) *plan.Plan { return compileAt(t, plan.Float32, n) }

// compileAt is the plan of the network for n images at a precision.
func compileAt(t testing.TB, precision plan.Precision, n int) *plan.Plan {
	t.Helper()
	p, err := plan.Compile(t.Context(), network(n), precision)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// open loads the network for a batch of n in float32, its operands filled: samples from
// first on, of a fixed sequence.
func open(t testing.TB, o Options, n, first int) *Program {
	return openAt(t, o, plan.Float32, n, first)
}

// openAt is open at a precision.
func openAt(t testing.TB, o Options, precision plan.Precision, n, first int) *Program {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	g, err := d.load(t.Context(), compileAt(t, precision, n))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if g.Close() != nil || d.Close() != nil {
			t.Error("Close failed")
		}
	})
	for _, ports := range [][]plan.Port{g.plan.Inputs, g.plan.States} {
		for i, p := range ports {
			rng := rand.New(rand.NewPCG(uint64(i), 9))
			x := make([]float32, g.plan.Values[p.Value].Size)
			fill := func(x []float32, scale float32) {
				for e := range x {
					x[e] = scale * float32(rng.NormFloat64())
				}
			}
			switch p.Name {
			case "x":
				one := side * side * channels
				all := make([]float32, (first+n)*one)
				fill(all, 1)
				copy(x, all[first*one:])
			case "draws":
				plan.DrawRows(x, uint64(first), 0)
			case "hyper":
				copy(x, []float32{1e-3, 1.5, 1.25, .01})
			case "log", "slot", "m", "v":
			default:
				fill(x, .1)
			}
			if err := g.Write(p.Name, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	return g
}

// results reads every output and state.
func results(t testing.TB, g *Program) map[string][]float32 {
	t.Helper()
	m := map[string][]float32{}
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, p := range ports {
			x := make([]float32, g.plan.Values[p.Value].Size)
			if err := g.Read(p.Name, x); err != nil {
				t.Fatal(err)
			}
			m[p.Name] = x
		}
	}
	return m
}
