package cpu

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// viewGen draws a view of at most 20,000 elements, whose axes are broadcast, dense or
// strided, and the size of a value that holds it. An injective view, which may be stored
// to, has no broadcast axis.
func viewGen(t *rapid.T, injective bool) (v plan.View, size int) {
	v.Axes = rapid.IntRange(1, 5).Draw(t, "axes")
	v.Off = rapid.IntRange(0, 3).Draw(t, "offset")
	stride, n := 1, 1
	for k := v.Axes - 1; k >= 0; k-- {
		dims := []int{1, 2, 3, 5, 8, 16, 17, 64, 300, 1100}
		for v.Dims[k] = rapid.SampledFrom(dims).Draw(t, "dim"); n*v.Dims[k] > 20000; {
			v.Dims[k] = 1
		}
		n *= v.Dims[k]
		if !injective && rapid.IntRange(0, 2).Draw(t, "broadcast") == 0 {
			continue
		}
		stride *= rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "gap")
		v.Strides[k] = stride
		stride *= v.Dims[k]
	}
	if rapid.Bool().Draw(t, "turn") { // strides need not fall from axis to axis
		k := rapid.IntRange(0, v.Axes-1).Draw(t, "axis")
		v.Dims[0], v.Dims[k] = v.Dims[k], v.Dims[0]
		v.Strides[0], v.Strides[k] = v.Strides[k], v.Strides[0]
	}
	last := v.Off
	for k := range v.Axes {
		last += (v.Dims[k] - 1) * v.Strides[k]
	}
	return v, last + 1
}

// sumPlan is z = x + 2y on n elements of the views: one chain. sizes are those of x, y, z.
func sumPlan(sizes []int, n int, x, y, z plan.Arg) *plan.Plan {
	p := &plan.Plan{Arena: sizes[2], Inputs: []plan.Port{{Name: "x", Value: 0}, {Name: "y", Value: 1}},
		Outputs: []plan.Port{{Name: "z", Value: 2}}}
	for i, class := range []plan.Class{plan.InputClass, plan.InputClass, plan.Temporary} {
		p.Values = append(p.Values, plan.Value{Shape: []int{sizes[i]}, Size: sizes[i], Class: class})
	}
	code := []plan.Instr{
		{Kind: plan.Load, Dst: 0, A: 0}, {Kind: plan.Load, Dst: 1, A: 1},
		{Kind: plan.Scale, Dst: 1, A: 1, Imm: 2}, {Kind: plan.Add, Dst: 0, A: 0, B: 1},
		{Kind: plan.Store, B: 0},
	}
	p.Steps = []plan.Step{{Out: -1, Chain: &plan.Chain{
		Len: n, Regs: 2, Args: []plan.Arg{x, y}, Outs: []plan.Arg{z}, Code: code}}}
	return p
}

// TestViews: a chain x + 2y that reads y through any view, or stores its result through
// any, reads and writes the elements that View.At names.
func TestViews(t *testing.T) {
	d, err := New(Options{Workers: 2, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		out := rapid.Bool().Draw(t, "out")
		v, size := viewGen(t, out)
		n := v.Len()
		plain := plan.PlainView(n)
		x := plan.Arg{Value: 0, View: plain}
		y, z := plan.Arg{Value: 1, View: v}, plan.Arg{Value: 2, View: plain}
		sizes := []int{n, size, n}
		if out {
			y, z, sizes = plan.Arg{Value: 1, View: plain}, plan.Arg{Value: 2, View: v}, []int{n, n, size}
		}
		g, err := d.Load(t.Context(), sumPlan(sizes, n, x, y, z))
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}()
		xs, ys, got := make([]float32, n), make([]float32, sizes[1]), make([]float32, sizes[2])
		for i := range xs {
			xs[i] = float32(i) / 4
		}
		for i := range ys {
			ys[i] = float32(i)
		}
		want := make([]float32, len(got))
		for i := range want {
			want[i] = float32(math.NaN())
		}
		for i := range n {
			want[z.View.At(i)] = xs[i] + 2*ys[y.View.At(i)]
		}
		if g.Write("x", xs) != nil || g.Write("y", ys) != nil || g.Run() != nil || g.Read("z", got) != nil {
			t.Fatal("the program does not run")
		}
		for i, w := range want {
			if got[i] != w && (got[i] == got[i] || w == w) {
				t.Fatalf("view %v, output %v: z[%d] = %v, want %v", v, out, i, got[i], w)
			}
		}
	})
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestViewsThatLeave: a view that goes beyond its value is an error of Load.
func TestViewsThatLeave(t *testing.T) {
	d, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []plan.View{
		{Axes: 1, Dims: [6]int{10}, Strides: [6]int{2}},
		{Axes: 1, Dims: [6]int{10}, Strides: [6]int{1}, Off: 1},
		{Axes: 2, Dims: [6]int{5, 2}, Strides: [6]int{0, -1}},
	} {
		p := &plan.Plan{Arena: 10, Values: []plan.Value{{Size: 10, Class: plan.InputClass}, {Size: 10}}}
		p.Steps = []plan.Step{{Out: -1, Chain: &plan.Chain{Len: 10, Regs: 1,
			Args: []plan.Arg{{Value: 0, View: v}},
			Outs: []plan.Arg{{Value: 1, View: plan.PlainView(10)}},
			Code: []plan.Instr{{Kind: plan.Load}, {Kind: plan.Store}}}}}
		if _, err := d.Load(t.Context(), p); err == nil {
			t.Errorf("Load of %v: no error", v)
		}
	}
}

// graphGen draws a graph of pointwise operators and views of matrices [rows, cols], of which
// some nodes are outputs.
func graphGen(t *rapid.T, rows, cols int) (roots []plan.Root) {
	shape := []int{rows, cols}
	row, col := input("row", cols), input("col", rows)
	nodes := []*plan.Node{input("x", shape...), input("y", shape...),
		apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: cols, Shape: shape}, row),
		apply(plan.Op{Kind: plan.Expand, Outer: rows, Inner: 1, Shape: shape}, col)}
	pick := func() *plan.Node { return nodes[rapid.IntRange(0, len(nodes)-1).Draw(t, "node")] }
	kinds := []plan.Kind{plan.Add, plan.Sub, plan.Min, plan.Max, plan.Less,
		plan.Scale, plan.Shift, plan.Fill, plan.Swap}
	for range rapid.IntRange(1, 20).Draw(t, "operators") {
		op := plan.Op{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Imm: -1, Shape: shape}
		in := []*plan.Node{pick()}
		switch {
		case op.Kind == plan.Swap:
			op.Dims = [4]int{1, rows, cols, 1}
			op.Shape = []int{rows, cols}
		case op.Kind >= plan.Add:
			in = append(in, pick())
		}
		n := apply(op, in...)
		nodes = append(nodes, n)
		if rapid.IntRange(0, 3).Draw(t, "output") == 0 {
			roots = append(roots, plan.Root{Name: string(rune('a' + len(roots))), Node: n})
		}
	}
	return append(roots, plan.Root{Name: "last", Node: nodes[len(nodes)-1]})
}

// TestGraphs: any graph of pointwise operators and views gives what the reference gives, to
// the bit: its numbers are small integers and exact.
func TestGraphs(t *testing.T) {
	d, err := New(Options{Workers: 2, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SampledFrom([]int{1, 3, 40}).Draw(t, "rows")
		cols := rapid.SampledFrom([]int{1, 5, 16, 65, 400}).Draw(t, "cols")
		p, err := plan.Compile(ctx, graphGen(t, rows, cols), plan.Float32)
		if err != nil {
			t.Fatal(err)
		}
		g, err := d.Load(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}()
		ref := reference.Load(p)
		for k, q := range p.Inputs {
			x := make([]float32, p.Values[q.Value].Size)
			for i := range x {
				x[i] = float32((i*7+k*3)%11 - 5)
			}
			if g.Write(q.Name, x) != nil || ref.Write(q.Name, x) != nil {
				t.Fatal("Write failed")
			}
		}
		if g.Run() != nil || ref.Run() != nil {
			t.Fatal("Run failed")
		}
		for _, o := range p.Outputs {
			got, want := make([]float32, rows*cols), make([]float32, rows*cols)
			if g.Read(o.Name, got) != nil || ref.Read(o.Name, want) != nil {
				t.Fatal("Read failed")
			}
			for i, w := range want {
				if got[i] != w {
					t.Fatalf("%s[%d] = %v, want %v\n%v", o.Name, i, got[i], w, p)
				}
			}
		}
	})
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
