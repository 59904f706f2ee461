package plan_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// drawNet is a random network of matrices [rows, c], most of them with rows that may be
// bfloat16: contractions of each kind with what feeds them, residual sums, gradients of
// biases and norms, copies and parts.
func drawNet(t *rapid.T) *dag {
	const rows = 16
	d := &dag{t: t, written: map[*plan.Node]bool{}}
	for i, c := range []int{8, 24, 20} {
		d.leaf(plan.Input, fmt.Sprintf("in%d", i), []int{rows, c})
	}
	nodes := slices.Clone(d.nodes) // matrices
	for range rapid.IntRange(3, 24).Draw(t, "layers") {
		x := nodes[len(nodes)-1-d.int(0, len(nodes)-1, "back")]
		nodes = append(nodes, d.layer(x))
		for _, n := range nodes[len(nodes)-1:] {
			if n.Shape[0] != rows {
				d.roots = append(d.roots, plan.Root{Name: fmt.Sprint("out", len(d.roots)), Node: n})
				nodes = nodes[:len(nodes)-1]
			}
		}
	}
	last := nodes[len(nodes)-1]
	d.roots = append(d.roots, plan.Root{Name: "last", Node: last})
	return d
}

// layer is one operator of x, a matrix, as a matrix.
func (d *dag) layer(x *plan.Node) *plan.Node {
	r, c := x.Shape[0], x.Shape[1]
	image, filter := []int{2, 2, r / 4, c}, []int{3, 3, c, 8}
	weights := func(shape ...int) *plan.Node {
		return d.leaf(plan.State, fmt.Sprintf("w%d", len(d.nodes)), shape)
	}
	flat := func(n *plan.Node) *plan.Node { return d.shaped(n, r, plan.Size(n.Shape)/r) }
	switch d.int(0, 11, "layer") {
	case 0, 1:
		return d.apply(plan.Op{Kind: plan.MatMul}, x, weights(c, 24))
	case 2:
		return d.apply(plan.Op{Kind: plan.MatMul, TransA: true}, x, d.like(x)) // [c, c]
	case 3:
		return flat(d.apply(plan.Op{Kind: plan.Conv}, d.shaped(x, image...), weights(filter...)))
	case 4:
		w := weights(3, 3, 8, c)
		return flat(d.apply(plan.Op{Kind: plan.ConvData}, d.shaped(x, image...), w))
	case 5:
		y := d.shaped(d.like(x), image...)
		f := d.apply(plan.Op{Kind: plan.ConvFilter, Width: 3}, d.shaped(x, image...), y)
		return d.shaped(f, 9*c, c)
	case 6:
		qkv := d.shaped(d.apply(plan.Op{Kind: plan.MatMul}, x, weights(c, 24)), 2, r/2, 24)
		return flat(d.apply(plan.Op{Kind: plan.Attention, Groups: d.int(1, 2, "heads")}, qkv))
	case 7:
		one, other := weights(c), d.like(x)
		g := d.apply(plan.Op{Kind: plan.NormGrad, Groups: 1, Imm: 1e-3}, x, one, other)
		return flat(d.apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: r * c, Shape: []int{r, c}}, g))
	case 8:
		return d.apply(plan.Op{Kind: plan.Norm, Groups: 1, Imm: 1e-3}, x, weights(c), weights(c))
	case 9:
		return d.shaped(d.apply(plan.Op{Kind: plan.Sum, Outer: 1, Inner: c, Shape: []int{c}}, x), 1, c)
	case 10:
		return d.apply(plan.Op{Kind: plan.Add}, x, d.like(x))
	}
	return d.apply(plan.Op{Kind: plan.SiLU}, x)
}

// TestStorage compiles random networks with storage types and without. The types follow the
// rules of package plan; where no sum reads rounded numbers, the definition gives the same
// bits for both.
func TestStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawNet(t)
		wide, err := plan.CompileFloat32(t.Context(), d.roots, plan.BFloat16)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Compile(t.Context(), d.roots, plan.BFloat16)
		if err != nil {
			t.Fatal(err)
		}
		checkPlan(t, wide)
		checkPlan(t, p)
		checkTypes(t, p)
		if slices.ContainsFunc(wide.Values, func(v plan.Value) bool { return v.Storage != plan.InFloat32 }) {
			t.Fatal("CompileFloat32 gives storage types")
		}
		if sumsRounded(p) {
			return
		}
		a, b := runOn(t, wide), runOn(t, p)
		for _, r := range d.roots {
			x, _ := a.Data(r.Name)
			y, _ := b.Data(r.Name)
			for i := range x {
				if x[i] != y[i] && !(math.IsNaN(x[i]) && math.IsNaN(y[i])) {
					t.Fatalf("%s[%d] is %v, and %v with storage types:\n%v", r.Name, i, x[i], y[i], p)
				}
			}
		}
	})
}

// runOn runs p on the reference with numbers of either sign.
func runOn(t fataler, p *plan.Plan) *reference.Program {
	g := reference.Load(p)
	for _, ports := range [][]plan.Port{p.Inputs, p.States} {
		for _, q := range ports {
			x, _ := g.Data(q.Name)
			for i := range x {
				x[i] = math.Sin(float64(len(q.Name)*31 + 7*i + int(q.Name[len(q.Name)-1])))
			}
		}
	}
	if err := g.Run(); err != nil {
		t.Fatalf("%v", err)
	}
	return g
}

// sumsRounded reports whether a step that uses an operand unrounded reads bfloat16.
func sumsRounded(p *plan.Plan) bool {
	for _, st := range p.Steps {
		k := map[plan.Kind]int{plan.Sum: 0, plan.AttentionGrad: 1}
		if i, ok := k[st.Op.Kind]; ok && p.Values[st.In[i]].Storage == plan.InBFloat16 {
			return true
		}
	}
	return false
}

// checkTypes holds the storage types of p to the rules, read from the steps anew.
func checkTypes(t fataler, p *plan.Plan) {
	t.Helper()
	contracted := make([]bool, len(p.Values))
	for s := range p.Steps {
		st := &p.Steps[s]
		reads(st, func(v int, _ *plan.View) {
			q := &p.Values[v]
			b, off := p.Root(v)
			if q.Storage == plan.InFloat32 {
				return
			}
			row := q.Shape[len(q.Shape)-1]
			switch st.Op.Kind {
			case plan.MatMul, plan.Conv, plan.ConvData, plan.ConvFilter:
				contracted[b] = true
			case plan.Attention:
				contracted[b] = true
				row /= 3 * st.Op.Groups
			case plan.Sum:
				if st.Op.Outer == 1 {
					return
				}
				fallthrough
			default:
				t.Fatalf("step %d reads %%%d, which is bf16, in\n%v", s, v, p)
			}
			if row%8 != 0 || off%8 != 0 || len(st.In) > 2 && st.In[2] == v {
				t.Fatalf("step %d reads rows of %d from %d on of %%%d, in bf16, in\n%v", s, row, off, v, p)
			}
		})
	}
	for v, q := range p.Values {
		if q.Storage == plan.InBFloat16 && q.Class == plan.Temporary && !contracted[v] {
			t.Fatalf("%%%d is bf16 and no contraction reads it in\n%v", v, p)
		}
		if q.Storage == plan.InBFloat16 && (q.Class == plan.InputClass || q.Class == plan.StateClass) {
			t.Fatalf("%%%d is %v in\n%v", v, q.Storage, p)
		}
	}
	for _, o := range p.Outputs {
		if p.Values[o.Value].Storage != plan.InFloat32 {
			t.Fatalf("output %q is %v", o.Name, p.Values[o.Value].Storage)
		}
	}
}

// residualStep is a layer of a residual network with its gradients: x + silu(x·w1 + b)·w2
// twice over, of a norm between, with what a bias's gradient and a residual stream read.
func residualStep() []plan.Root {
	const n, c = 4, 8
	x, g := input("x", n, c), input("g", n, c)
	w1, w2, gamma := state("w1", c, c), state("w2", c, c), state("gamma", c)
	nn, nt := plan.Op{Kind: plan.MatMul}, plan.Op{Kind: plan.MatMul, TransB: true}
	tn := plan.Op{Kind: plan.MatMul, TransA: true}
	rows := plan.Op{Kind: plan.Sum, Outer: 1, Inner: c, Shape: []int{c}}
	norm := apply(plan.Op{Kind: plan.Norm, Groups: 1, Imm: 1e-5}, x, gamma, state("beta", c))
	s := apply(nn, norm, w1)
	h := unary(plan.SiLU, s)
	y := binary(plan.Add, x, apply(nn, h, w2))
	r := binary(plan.Mul, g, y) // in the residual stream of gradients
	gs := binary(plan.Mul, apply(nt, r, w2), s)
	gx := apply(plan.Op{Kind: plan.NormGrad, Groups: 1, Imm: 1e-5}, x, gamma, apply(nt, gs, w1))
	dx := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: n * c, Shape: []int{n, c}}, gx)
	dgamma := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: n * c, Width: 2 * c, Shape: []int{2 * c}}, gx)
	return []plan.Root{{Name: "y", Node: y},
		{Name: "dw2", Node: apply(tn, h, r)}, {Name: "db2", Node: apply(rows, r)},
		{Name: "dw1", Node: apply(tn, norm, gs)}, {Name: "db1", Node: apply(rows, gs)},
		{Name: "next", Node: unary(plan.Scale, r)}, {Name: "dw0", Node: apply(nt, dx, state("w0", c, c))},
		{Name: "dgamma", Node: dgamma}}
}

// The plan of residualStep shows each rule at work.
func TestGoldenStorage(t *testing.T) {
	p, err := plan.Compile(t.Context(), residualStep(), plan.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	checkTypes(t, p)
	const file = "testdata/stored.golden"
	if *update {
		if err := os.WriteFile(file, []byte(p.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), p.String()); d != "" {
		t.Errorf("the plan differs from %s (-want +got):\n%s", file, d)
	}
}
