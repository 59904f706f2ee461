package translate

import (
	"slices"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/plan"
)

// form writes an operator of the operands xs and returns what it makes, of which its caller
// sets the shape. A nil small is none.
type form func(w *writer, p pair, xs []value) value

// forms are the operators that fields, and gradients of energies, are made of.
var forms map[plan.Kind]form

func init() {
	forms = map[plan.Kind]form{
		plan.Scale: immediate("Mul"), plan.Shift: immediate("Add"), plan.Fill: fill,
		plan.Exp: unary("Exp"), plan.Log: unary("Log"),
		plan.Sqrt: unary("Sqrt"), plan.Recip: unary("Reciprocal"),
		plan.Sin: unary("Sin"), plan.Cos: unary("Cos"), plan.Tanh: unary("Tanh"),
		plan.Sigmoid: unary("Sigmoid"), plan.SiLU: silu,
		plan.Add: binary("Add"), plan.Sub: binary("Sub"), plan.Mul: binary("Mul"), plan.Div: binary("Div"),
		plan.Min: binary("Min"), plan.Max: binary("Max"), plan.Less: less,

		plan.Reshape: reshape, plan.Expand: expand, plan.Narrow: narrow, plan.Swap: swap, plan.Concat: concat,
		plan.Sum: sum, plan.Dot: dot,
		plan.MatMul: matMul, plan.Conv: conv, plan.ConvData: convData,
		plan.Norm: norm, plan.Softmax: softmax, plan.Attention: attention, plan.AttentionGrad: attentionGrad,
	}
}

func unary(op string) form {
	return func(w *writer, _ pair, xs []value) value {
		return value{name: w.node(op, []string{xs[0].name}), small: xs[0].small}
	}
}

// immediate is an operator of x and of the number Imm.
func immediate(op string) form {
	return func(w *writer, p pair, xs []value) value {
		imm := w.number(p.a.Op.Imm, len(p.a.Shape))
		return value{name: w.node(op, []string{xs[0].name, imm}), small: xs[0].small}
	}
}

// fill is one number that stands for all.
func fill(w *writer, p pair, _ []value) value {
	return value{name: w.number(p.a.Op.Imm, len(p.a.Shape)), small: repeated(p.dims())}
}

// repeated marks every axis of more than one element.
func repeated(dims []dim) []bool {
	small := make([]bool, len(dims))
	for i, d := range dims {
		small[i] = !d.one()
	}
	return small
}

// x·σ(x)
func silu(w *writer, _ pair, xs []value) value {
	s := w.node("Sigmoid", []string{xs[0].name})
	return value{name: w.node("Mul", []string{xs[0].name, s}), small: xs[0].small}
}

// binary is an operator of two arrays, which repeats of each the axes that are small.
func binary(op string) form {
	return func(w *writer, _ pair, xs []value) value {
		return value{name: w.node(op, []string{xs[0].name, xs[1].name}), small: both(xs[0], xs[1])}
	}
}

// both marks the axes that are small in x and y.
func both(x, y value) []bool {
	small := make([]bool, len(x.small))
	for i := range small {
		small[i] = x.small[i] && y.small[i]
	}
	return small
}

func less(w *writer, _ pair, xs []value) value {
	is := w.node("Less", []string{xs[0].name, xs[1].name})
	y := w.node("Cast", []string{is}, integer("to", int(onnx.Float)))
	return value{name: y, small: both(xs[0], xs[1])}
}

func reshape(w *writer, p pair, xs []value) value {
	if xs[0].single() {
		return single(w, p, xs[0])
	}
	return value{name: w.under(xs[0], p.dims()...)}
}

// single is one element under another shape, of which it stands for all.
func single(w *writer, p pair, x value) value {
	ones := slices.Repeat([]dim{fixed(1)}, len(p.a.Shape))
	name := x.name
	if len(x.dims) != len(ones) {
		name = w.reshaped(x.name, ones...)
	}
	return value{name: name, small: repeated(p.dims())}
}

// x [outer, inner] to [outer, m, inner]: the axes between the two are small, where there are
// such axes.
func expand(w *writer, p pair, xs []value) value {
	if xs[0].single() {
		return single(w, p, xs[0])
	}
	dims := p.dims()
	i, j, ok := split(dims, p.outer(), p.inner())
	if ok {
		thin, small := slices.Clone(dims), make([]bool, len(dims))
		for k := i; k < j; k++ {
			thin[k], small[k] = fixed(1), !dims[k].one()
		}
		return value{name: w.under(xs[0], thin...), small: small}
	}
	times := dim{0, plan.Size(p.a.Shape) / (p.a.Op.Outer * p.a.Op.Inner)}
	x := value{w.under(xs[0], p.outer(), fixed(1), p.inner()), []dim{p.outer(), times, p.inner()},
		[]bool{false, true, false}}
	return value{name: w.reshaped(w.full(x).name, dims...)}
}

// Columns off to off+width−1 of x [rows, total].
func narrow(w *writer, p pair, xs []value) value {
	rows, width, off, total := p.rows(), p.width(), p.off(), p.in(0).size()
	last := xs[0].dims
	columns := dimOf(total.at(A)/rows.at(A), total.at(B)/rows.at(B))
	if off == fixed(0) && width == columns {
		return value{name: w.under(xs[0], p.dims()...)}
	}
	if off.k != 0 || width.k != 0 {
		w.fail("columns %v to %v depend on the number of points", off, width)
	}
	name, axis := "", 1
	if n := len(last); n > 0 && last[n-1] == columns { // no need to make a matrix of it
		name, axis = w.full(xs[0]).name, n-1
		last = append(slices.Clone(last[:n-1]), width)
	} else {
		name, last = w.under(xs[0], rows, columns), []dim{rows, width}
	}
	return value{name: w.shaped(w.slice(name, axis, off.c, off.c+width.c), last, p.dims())}
}

// slice is the elements from to to−1 of an axis.
func (w *writer) slice(name string, axis, from, to int) string {
	return w.node("Slice", []string{name, w.ints(int64(from)), w.ints(int64(to)), w.ints(int64(axis))})
}

// x [a, b, c, d] to [a, c, b, d]
func swap(w *writer, p pair, xs []value) value {
	dims := make([]dim, 4)
	for i := range dims {
		dims[i] = dimOf(p.a.Op.Dims[i], p.b.Op.Dims[i])
	}
	y := w.node("Transpose", []string{w.under(xs[0], dims...)}, list("perm", 0, 2, 1, 3))
	turned := []dim{dims[0], dims[2], dims[1], dims[3]}
	return value{name: w.shaped(y, turned, p.dims())}
}

func concat(w *writer, p pair, xs []value) value {
	var parts []string
	for i, x := range xs {
		n := p.in(i).size()
		width := dimOf(n.at(A)/p.rows().at(A), n.at(B)/p.rows().at(B))
		parts = append(parts, w.under(x, p.rows(), width))
	}
	y := parts[0]
	if len(parts) > 1 {
		y = w.node("Concat", parts, integer("axis", 1))
	}
	n := p.size()
	all := []dim{p.rows(), dimOf(n.at(A)/p.rows().at(A), n.at(B)/p.rows().at(B))}
	return value{name: w.shaped(y, all, p.dims())}
}

// x [outer, m, inner] to [outer, inner]
func sum(w *writer, p pair, xs []value) value {
	n, parts := p.in(0).size(), func(n int, p *plan.Node) int { return n / (p.Op.Outer * p.Op.Inner) }
	m := dimOf(parts(n.at(A), p.a), parts(n.at(B), p.b))
	return w.added(w.under(xs[0], p.outer(), m, p.inner()), p, p.outer(), p.inner())
}

// added is the sum over the second axis of x, which leaves the extents left, under p's shape.
func (w *writer) added(x string, p pair, left ...dim) value {
	y := w.node("ReduceSum", []string{x, w.ints(1)}, integer("keepdims", 0))
	return value{name: w.shaped(y, left, p.dims())}
}

// Σ x·y over each row
func dot(w *writer, p pair, xs []value) value {
	xy := value{w.node("Mul", []string{xs[0].name, xs[1].name}), xs[0].dims, both(xs[0], xs[1])}
	n := p.in(0).size()
	width := dimOf(n.at(A)/p.rows().at(A), n.at(B)/p.rows().at(B))
	return w.added(w.under(xy, p.rows(), width), p, p.rows())
}
