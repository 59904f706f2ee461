package plan_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
)

// dag is a random graph: nodes in an order in which each follows its operands,
// and what is wanted of it.
type dag struct {
	t       *rapid.T
	nodes   []*plan.Node
	roots   []plan.Root
	written map[*plan.Node]bool // states that an effect writes
}

// maxSize keeps the values of a dag small.
const maxSize = 96

// drawDAG makes a graph of every kind of operator, with views of views, pieces
// put together, several readers of one node, and effects.
func drawDAG(t *rapid.T) *dag {
	d := &dag{t: t, written: map[*plan.Node]bool{}}
	shapes := [][]int{{2, 3, 4}, {4, 3}, {24}, {2, 2, 2, 3}, {1}, {3, 3, 3, 2}, {12}, {3, 2}}
	for i, n := 0, rapid.IntRange(1, 4).Draw(t, "inputs"); i < n; i++ {
		d.leaf(plan.Input, fmt.Sprintf("in%d", i), rapid.SampledFrom(shapes).Draw(t, "shape"))
	}
	for i, n := 0, rapid.IntRange(0, 3).Draw(t, "states"); i < n; i++ {
		d.leaf(plan.State, fmt.Sprintf("st%d", i), rapid.SampledFrom(shapes).Draw(t, "shape"))
	}
	for range rapid.IntRange(1, 50).Draw(t, "operators") + 14 {
		d.step()
	}
	d.choose()
	return d
}

func (d *dag) leaf(k plan.Kind, name string, shape []int) *plan.Node {
	n := &plan.Node{Op: plan.Op{Kind: k}, Name: name, Shape: shape}
	d.nodes = append(d.nodes, n)
	return n
}

func (d *dag) int(lo, hi int, label string) int { return rapid.IntRange(lo, hi).Draw(d.t, label) }

// pick draws a node. The library favours small draws, so this favours late nodes.
func (d *dag) pick() *plan.Node { return d.nodes[len(d.nodes)-1-d.int(0, len(d.nodes)-1, "back")] }

// like draws a node of as many elements as x, reshaped to its shape.
func (d *dag) like(x *plan.Node) *plan.Node {
	var fit []*plan.Node
	for _, n := range d.nodes {
		if plan.Size(n.Shape) == plan.Size(x.Shape) {
			fit = append(fit, n)
		}
	}
	return d.shaped(fit[len(fit)-1-d.int(0, len(fit)-1, "like")], x.Shape...)
}

func (d *dag) shaped(n *plan.Node, shape ...int) *plan.Node {
	if fmt.Sprint(n.Shape) == fmt.Sprint(shape) {
		return n
	}
	return d.apply(plan.Op{Kind: plan.Reshape, Shape: shape}, n)
}

// sized is n elements, made of x by repeating or cutting it.
func (d *dag) sized(x *plan.Node, shape ...int) *plan.Node {
	n, size := plan.Size(shape), plan.Size(x.Shape)
	if n > size {
		m := (n + size - 1) / size
		x = d.apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: size, Shape: []int{m * size}}, x)
		size *= m
	}
	if n < size {
		x = d.apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: d.int(0, size-n, "off"), Width: n,
			Shape: []int{n}}, x)
	}
	return d.shaped(x, shape...)
}

func (d *dag) apply(op plan.Op, xs ...*plan.Node) *plan.Node {
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Shape
	}
	shape, err := op.Infer(shapes...)
	if err != nil {
		d.t.Fatal(err)
	}
	n := &plan.Node{Op: op, In: xs, Shape: shape}
	n.Order, n.Region = d.int(0, 9, "order"), d.int(0, 9, "region")/9
	d.nodes = append(d.nodes, n)
	return n
}

// split draws a factorisation of n into k factors.
func (d *dag) split(n, k int) []int {
	fs := make([]int, k)
	for i := range fs {
		var divisors []int
		for q := 1; q <= n; q++ {
			if n%q == 0 {
				divisors = append(divisors, q)
			}
		}
		fs[i] = divisors[d.int(0, len(divisors)-1, "factor")*7%len(divisors)]
		if i == k-1 {
			fs[i] = n
		}
		n /= fs[i]
	}
	return fs
}

func (d *dag) step() {
	x := d.pick()
	switch d.int(0, 9, "step") {
	case 0, 1, 2:
		d.binary(x)
	case 3, 4:
		d.unary(x)
	case 5, 6:
		d.view(x)
	case 7:
		d.concat(x)
	case 8:
		d.kernel(x)
	case 9:
		if !d.effect(x) {
			d.draw(x)
		}
	}
}

func (d *dag) unary(x *plan.Node) {
	k := rapid.SampledFrom([]plan.Kind{plan.Scale, plan.Shift, plan.Fill, plan.Exp, plan.Log, plan.Sqrt,
		plan.Recip,
		plan.Sin, plan.Cos, plan.Tanh, plan.Sigmoid, plan.SiLU}).Draw(d.t, "unary")
	op := plan.Op{Kind: k, Imm: .75}
	switch k {
	case plan.Fill:
		op.Shape = x.Shape
	case plan.Exp, plan.Log, plan.Sqrt, plan.Recip: // stay finite
		x = d.apply(plan.Op{Kind: plan.Sigmoid}, x)
	}
	d.apply(op, x)
}

func (d *dag) binary(x *plan.Node) {
	k := rapid.SampledFrom([]plan.Kind{plan.Add, plan.Add, plan.Sub, plan.Mul, plan.Div, plan.Min, plan.Max,
		plan.Less}).
		Draw(d.t, "binary")
	y := d.like(x)
	switch k {
	case plan.Div:
		y = d.apply(plan.Op{Kind: plan.Shift, Imm: 1}, d.apply(plan.Op{Kind: plan.Sigmoid}, y))
	case plan.Mul:
		y = d.apply(plan.Op{Kind: plan.Tanh}, y)
	}
	d.apply(plan.Op{Kind: k}, x, y)
}

func (d *dag) view(x *plan.Node) {
	n := plan.Size(x.Shape)
	switch d.int(0, 3, "view") {
	case 0:
		d.apply(plan.Op{Kind: plan.Reshape, Shape: d.split(n, d.int(1, 4, "axes"))}, x)
	case 1:
		f := d.split(n, 2)
		m := d.int(1, max(1, min(4, maxSize/n)), "mid")
		d.apply(plan.Op{Kind: plan.Expand, Outer: f[0], Inner: f[1], Shape: []int{f[0], m, f[1]}}, x)
	case 2:
		f := d.split(n, 2)
		off := d.int(0, f[1]-1, "off")
		w := d.int(1, f[1]-off, "width")
		d.apply(plan.Op{Kind: plan.Narrow, Rows: f[0], Off: off, Width: w, Shape: []int{f[0], w}}, x)
	case 3:
		f := d.split(n, 4)
		d.apply(plan.Op{Kind: plan.Swap, Dims: [4]int(f), Shape: []int{f[0], f[2], f[1], f[3]}}, x)
	}
}

func (d *dag) concat(x *plan.Node) {
	rows := 1
	if d.int(0, 1, "rowed") == 1 {
		rows = d.split(plan.Size(x.Shape), 2)[0]
	}
	xs, total := []*plan.Node{x}, plan.Size(x.Shape)
	for range d.int(0, 3, "operands") {
		y := d.pick()
		if n := plan.Size(y.Shape); n%rows == 0 && total+n <= maxSize {
			xs, total = append(xs, y), total+n
		}
	}
	d.apply(plan.Op{Kind: plan.Concat, Rows: rows, Shape: []int{total}}, xs...)
}

func (d *dag) kernel(x *plan.Node) {
	n := plan.Size(x.Shape)
	switch f := d.split(n, 3); d.int(0, 10, "kernel") {
	case 0, 1:
		d.matMul(x, f[0], n/f[0])
	case 7:
		d.apply(plan.Op{Kind: plan.AllSum, Ranks: 1}, d.shaped(x, n))
	case 2:
		d.apply(plan.Op{Kind: plan.Sum, Outer: f[0], Inner: f[2], Shape: []int{f[0], f[2]}}, x)
	case 3:
		d.apply(plan.Op{Kind: plan.Dot, Rows: f[0], Shape: []int{f[0]}}, x, d.like(x))
	case 4:
		d.apply(plan.Op{Kind: plan.Softmax}, d.shaped(x, f[0], n/f[0]))
	case 5:
		x = d.shaped(x, f[0], f[1], f[2])
		op := plan.Op{Kind: plan.Norm, Groups: d.split(f[2], 2)[0], Imm: 1e-3}
		if d.int(0, 1, "grad") == 0 {
			d.apply(op, x, d.sized(d.pick(), f[2]), d.sized(d.pick(), f[2]))
			return
		}
		op.Kind = plan.NormGrad
		d.apply(op, x, d.sized(d.pick(), f[2]), d.like(x))
	case 6:
		qkv := d.sized(x, 2, 3, 6)
		if op := (plan.Op{Kind: plan.Attention, Groups: 2}); d.int(0, 1, "grad") == 0 {
			d.apply(op, qkv)
		} else {
			op.Kind = plan.AttentionGrad
			d.apply(op, qkv, d.sized(d.pick(), 2, 3, 2))
		}
	default:
		d.conv(x)
	}
}

// matMul multiplies x, of m rows and k columns, and now and then adds a bias.
func (d *dag) matMul(x *plan.Node, m, k int) {
	n := d.int(1, 3, "columns")
	op := plan.Op{Kind: plan.MatMul, TransA: d.int(0, 1, "ta") == 1, TransB: d.int(0, 1, "tb") == 1}
	a, b := []int{m, k}, []int{k, n}
	if op.TransA {
		a = []int{k, m}
	}
	if op.TransB {
		b = []int{n, k}
	}
	d.bias(d.apply(op, d.shaped(x, a...), d.sized(d.pick(), b...)))
}

func (d *dag) bias(y *plan.Node) {
	if d.int(0, 2, "bias") == 2 {
		return
	}
	w := y.Shape[len(y.Shape)-1]
	row := d.sized(d.nodes[d.int(0, len(d.nodes)-1, "row")], w) // an early node: often a leaf
	d.apply(plan.Op{Kind: plan.Add}, y, d.apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: w,
		Shape: y.Shape}, row))
}

func (d *dag) conv(x *plan.Node) {
	img, k := []int{1, 2, 3, 2}, []int{3, 3, 2, 1}
	out := []int{1, 2, 3, 1}
	switch d.int(0, 2, "conv") {
	case 0:
		d.bias(d.apply(plan.Op{Kind: plan.Conv}, d.sized(x, img...), d.sized(d.pick(), k...)))
	case 1:
		d.apply(plan.Op{Kind: plan.ConvData}, d.sized(x, out...), d.sized(d.pick(), k...))
	case 2:
		d.apply(plan.Op{Kind: plan.ConvFilter, Width: 3}, d.sized(x, img...), d.sized(d.pick(), out...))
	}
}

// draw adds random numbers; what a row draws is what the dag has, made whole. At a
// width of 3 the operand is as long as the result, and may not join its chain.
func (d *dag) draw(x *plan.Node) {
	k := rapid.SampledFrom([]plan.Kind{plan.Uniform, plan.Normal}).Draw(d.t, "random")
	n, width := d.int(1, 4, "rows"), d.int(2, 5, "width")
	rows := d.apply(plan.Op{Kind: plan.Less}, d.sized(x, n, plan.DrawLen), d.sized(d.pick(), n, plan.DrawLen))
	if rapid.Bool().Draw(d.t, "turned") { // a view that is not one run
		rows = d.apply(plan.Op{Kind: plan.Swap, Dims: [4]int{1, n, plan.DrawLen, 1},
			Shape: []int{n, plan.DrawLen}}, rows)
	}
	d.apply(plan.Op{Kind: k, Seed: 9, Purpose: 2, Shape: []int{n, width}}, rows)
}

// choose makes some nodes outputs; those an effect would change are not.
func (d *dag) choose() {
	for i := range d.int(1, 4, "outputs") {
		if n := d.pick(); !d.written[leafOf(n)] {
			d.roots = append(d.roots, plan.Root{Name: fmt.Sprintf("out%d", i), Node: n})
		}
	}
}
