package graph

import (
	"math"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

// Unary applies a pointwise operator of one operand: Exp, Log, Sqrt, Recip,
// Sin, Cos, Tanh, Sigmoid or SiLU.
func (b *Builder) Unary(k plan.Kind, x Node) Node { return b.Apply(plan.Op{Kind: k}, x) }

// Binary applies a pointwise operator of two operands of one shape.
func (b *Builder) Binary(k plan.Kind, x, y Node) Node { return b.Apply(plan.Op{Kind: k}, x, y) }

// Add is x + y.
func (b *Builder) Add(x, y Node) Node { return b.Binary(plan.Add, x, y) }

// Sub is x − y.
func (b *Builder) Sub(x, y Node) Node { return b.Binary(plan.Sub, x, y) }

// Mul is x·y, element by element.
func (b *Builder) Mul(x, y Node) Node { return b.Binary(plan.Mul, x, y) }

// Div is x/y, element by element.
func (b *Builder) Div(x, y Node) Node { return b.Binary(plan.Div, x, y) }

// Scale is k·x.
func (b *Builder) Scale(k float64, x Node) Node { return b.Apply(plan.Op{Kind: plan.Scale, Imm: k}, x) }

// Shift is x + k.
func (b *Builder) Shift(k float64, x Node) Node { return b.Apply(plan.Op{Kind: plan.Shift, Imm: k}, x) }

// Fill is k everywhere in the given shape. anchor ties it to the graph.
func (b *Builder) Fill(k float64, anchor Node, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Fill, Imm: k, Shape: own(shape)}, anchor)
}

// own makes the scalar shape, which is empty, tell from no shape.
func own(shape []int) []int { return append([]int{}, shape...) }

// Reshape gives x another shape of as many elements.
func (b *Builder) Reshape(x Node, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Reshape, Shape: own(shape)}, x)
}

// Expand repeats x, seen as [outer, inner], over a middle axis, to shape.
func (b *Builder) Expand(x Node, outer, inner int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Expand, Outer: outer, Inner: inner, Shape: own(shape)}, x)
}

// Sum adds x, seen as [outer, m, inner], over m, to shape.
func (b *Builder) Sum(x Node, outer, inner int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Sum, Outer: outer, Inner: inner, Shape: own(shape)}, x)
}

// SumAxis adds x over the axis of that number, counted from 0, which goes.
func (b *Builder) SumAxis(x Node, axis int) Node {
	if b.err != nil {
		return nil
	}
	s := x.Shape()
	return b.Sum(x, plan.Size(s[:axis]), plan.Size(s[axis+1:]), slices.Concat(s[:axis], s[axis+1:])...)
}

// RepeatAxis repeats x along a new axis of the given extent, which comes before
// the axis of that number.
func (b *Builder) RepeatAxis(x Node, axis, extent int) Node {
	if b.err != nil {
		return nil
	}
	s := x.Shape()
	shape := slices.Concat(s[:axis], []int{extent}, s[axis:])
	return b.Expand(x, plan.Size(s[:axis]), plan.Size(s[axis:]), shape...)
}

// Rows repeats row x [c] to [n, c] of the given shape, whose last axis is c.
func (b *Builder) Rows(x Node, shape ...int) Node {
	return b.Expand(x, 1, shape[len(shape)-1], shape...)
}

// Columns repeats column x [n] along the other axes of the given shape, whose first is n.
func (b *Builder) Columns(x Node, shape ...int) Node { return b.Expand(x, shape[0], 1, shape...) }

// Dot is Σ x·y over each of rows equal parts, to shape.
func (b *Builder) Dot(x, y Node, rows int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Dot, Rows: rows, Shape: own(shape)}, x, y)
}

// Gather is row i[r] of x [n, …] for each r of i [m], to [m, …].
func (b *Builder) Gather(x, i Node) Node { return b.Apply(plan.Op{Kind: plan.Gather}, x, i) }

// Narrow takes columns off..off+width of x seen as rows rows, to shape.
func (b *Builder) Narrow(x Node, rows, off, width int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Narrow, Rows: rows, Off: off, Width: width, Shape: own(shape)}, x)
}

// Concat puts xs, seen as rows rows each, side by side, to shape.
func (b *Builder) Concat(rows int, shape []int, xs ...Node) Node {
	return b.Apply(plan.Op{Kind: plan.Concat, Rows: rows, Shape: own(shape)}, xs...)
}

// Swap exchanges the middle two of the four axes that x is seen as.
func (b *Builder) Swap(x Node, dims [4]int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Swap, Dims: dims, Shape: own(shape)}, x)
}

// MatMul is op(x)·op(y), of matrices or of two batches of them.
func (b *Builder) MatMul(x, y Node, transA, transB bool) Node {
	return b.Apply(plan.Op{Kind: plan.MatMul, TransA: transA, TransB: transB}, x, y)
}

// Conv is the same-padded convolution of x [n,h,w,c] with w [k,k,c,o].
func (b *Builder) Conv(x, w Node) Node { return b.Apply(plan.Op{Kind: plan.Conv}, x, w) }

// NormEps is ε of every normalisation.
const NormEps = 1e-5

// Norm normalises each of the given groups of channels of each n of x [n,…,c],
// then scales by gamma [c] and shifts by beta [c].
func (b *Builder) Norm(x, gamma, beta Node, groups int) Node {
	return b.Apply(plan.Op{Kind: plan.Norm, Groups: groups, Imm: NormEps}, x, gamma, beta)
}

// Softmax is over the last axis.
func (b *Builder) Softmax(x Node) Node { return b.Unary(plan.Softmax, x) }

// Attention of qkv [n,t,3c] with the given number of heads is [n,t,c].
func (b *Builder) Attention(qkv Node, heads int) Node {
	return b.Apply(plan.Op{Kind: plan.Attention, Groups: heads}, qkv)
}

// Draw is random numbers of shape [n, …], of kind Uniform or Normal, for the given
// purpose of package philox. Row i is what row i of rows [n, 3] says: low and high
// 24 bits of a sample's number, and the number of its draw (plan.DrawRow).
func (b *Builder) Draw(k plan.Kind, rows Node, seed uint64, purpose uint32, shape ...int) Node {
	return b.Apply(plan.Op{Kind: k, Seed: seed, Purpose: purpose, Shape: own(shape)}, rows)
}

// smallNorm is Norm in small operators: what its gradient is differentiated through.
func (b *Builder) smallNorm(op plan.Op, x, gamma, beta Node) Node {
	shape := x.Shape()
	n, c := shape[0], shape[len(shape)-1]
	s, cg := shape.TotalSize()/n/c, c/op.Groups
	rows, m := n*op.Groups, float64(s*cg)
	wide := []int{n, op.Groups, s, cg}
	row := func(y Node) Node { return b.Expand(y, rows, 1, wide...) } // [rows] to [rows, s·cg]

	xs := b.Swap(x, [4]int{n, s, op.Groups, cg}, wide...)
	centred := b.Sub(xs, row(b.Scale(1/m, b.Sum(xs, rows, 1, rows))))
	variance := b.Scale(1/m, b.Dot(centred, centred, rows, rows))
	rstd := b.Unary(plan.Recip, b.Unary(plan.Sqrt, b.Shift(op.Imm, variance)))
	xh := b.Swap(b.Mul(centred, row(rstd)), [4]int{n, op.Groups, s, cg}, shape...)
	return b.Add(b.Mul(xh, b.Rows(gamma, shape...)), b.Rows(beta, shape...))
}

// smallAttention is Attention in small operators.
func (b *Builder) smallAttention(op plan.Op, qkv Node) Node {
	shape := qkv.Shape()
	n, t, c := shape[0], shape[1], shape[2]/3
	h, d := op.Groups, c/op.Groups
	part := func(k int) Node { // [n,t,c] to [n·h, t, d]
		x := b.Narrow(qkv, n*t, k*c, c, n, t, c)
		return b.Swap(x, [4]int{n, t, h, d}, n*h, t, d)
	}
	p := b.Softmax(b.Scale(1/math.Sqrt(float64(d)), b.MatMul(part(0), part(1), false, true)))
	return b.Swap(b.MatMul(p, part(2), false, false), [4]int{n, h, t, d}, n, t, c)
}
