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

// own copies a shape, never to nil: the empty shape is a scalar's, and nil is no shape.
func own(shape []int) []int { return append([]int{}, shape...) }

// Reshape gives x another shape of as many elements.
func (b *Builder) Reshape(x Node, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Reshape, Shape: own(shape)}, x)
}

// AllSum is the sum of x [n] over so many processes that run the same graph, in each of them:
// exact adds in a fixed tree, by rank.
func (b *Builder) AllSum(x Node, ranks int, exact bool) Node {
	return b.Apply(plan.Op{Kind: plan.AllSum, Ranks: ranks, Exact: exact}, x)
}

// Expand takes x for [outer, inner] and repeats it over an axis between the two; the
// result [outer, m, inner] has the given shape, which says how often.
func (b *Builder) Expand(x Node, outer, inner int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Expand, Outer: outer, Inner: inner, Shape: own(shape)}, x)
}

// Sum takes x for [outer, m, inner] and adds over m; the result [outer, inner] has the
// given shape. It is the adjoint of Expand.
func (b *Builder) Sum(x Node, outer, inner int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Sum, Outer: outer, Inner: inner, Shape: own(shape)}, x)
}

// SumAxis adds x over the axis of that number, counted from 0. The result has one
// axis less.
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

// SpreadRow repeats x [c] along all axes of the given shape but the last, which is c.
func (b *Builder) SpreadRow(x Node, shape ...int) Node {
	return b.Expand(x, 1, shape[len(shape)-1], shape...)
}

// SpreadColumn repeats x [n] along all axes of the given shape but the first, which is n.
func (b *Builder) SpreadColumn(x Node, shape ...int) Node { return b.Expand(x, shape[0], 1, shape...) }

// Column is column k of the matrix x [n, c], as [n].
func (b *Builder) Column(x Node, k int) Node {
	if b.err != nil {
		return nil
	}
	n := x.Shape()[0]
	return b.Narrow(x, n, k, 1, n)
}

// Dot takes x and y, of one shape, for matrices of so many rows and is Σ x·y over each
// row, in the given shape of as many elements.
func (b *Builder) Dot(x, y Node, rows int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Dot, Rows: rows, Shape: own(shape)}, x, y)
}

// Gather is rows i[0], i[1], … of x [n, …], as [m, …] for i [m].
func (b *Builder) Gather(x, i Node) Node { return b.Apply(plan.Op{Kind: plan.Gather}, x, i) }

// Narrow takes x for a matrix of so many rows and is its columns off to off+width−1,
// in the given shape.
func (b *Builder) Narrow(x Node, rows, off, width int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Narrow, Rows: rows, Off: off, Width: width, Shape: own(shape)}, x)
}

// Concat takes each of xs for a matrix of so many rows and puts them side by side, in
// the given shape.
func (b *Builder) Concat(rows int, shape []int, xs ...Node) Node {
	return b.Apply(plan.Op{Kind: plan.Concat, Rows: rows, Shape: own(shape)}, xs...)
}

// Swap takes x for an array of four axes dims and exchanges the two in the middle; the
// result has the given shape.
func (b *Builder) Swap(x Node, dims [4]int, shape ...int) Node {
	return b.Apply(plan.Op{Kind: plan.Swap, Dims: dims, Shape: own(shape)}, x)
}

// MatMul is the product of two matrices, each transposed if it says so, or of two
// batches [b, m, k] and [b, k, n] of as many.
func (b *Builder) MatMul(x, y Node, transA, transB bool) Node {
	return b.Apply(plan.Op{Kind: plan.MatMul, TransA: transA, TransB: transB}, x, y)
}

// Conv is the convolution of images x [n, h, w, c] with w [k, k, c, o], k odd, stride 1,
// with zeros around the image so that the result is [n, h, w, o].
func (b *Builder) Conv(x, w Node) Node { return b.Apply(plan.Op{Kind: plan.Conv}, x, w) }

// NormEps is ε of every normalisation.
const NormEps = 1e-5

// Norm is group normalisation (Wu and He, arXiv 1803.08494): in each row of x [n, …, c]
// each of so many groups of channels is shifted and scaled to mean 0 and variance 1,
// then each channel is scaled by gamma [c] and shifted by beta [c]. One group of a
// row [n, c] is layer normalisation.
func (b *Builder) Norm(x, gamma, beta Node, groups int) Node {
	return b.Apply(plan.Op{Kind: plan.Norm, Groups: groups, Imm: NormEps}, x, gamma, beta)
}

// Softmax is eˣ/Σeˣ over the last axis.
func (b *Builder) Softmax(x Node) Node { return b.Unary(plan.Softmax, x) }

// Attention is softmax(q·kᵀ/√d)·v of t tokens for each of so many heads of width d = c/heads
// (Vaswani et al., arXiv 1706.03762), [n, t, c] for qkv [n, t, 3c], which holds q, k
// and v side by side.
func (b *Builder) Attention(qkv Node, heads int) Node {
	return b.Apply(plan.Op{Kind: plan.Attention, Groups: heads}, qkv)
}

// Draw is random numbers of shape [n, …], of kind Uniform or Normal, for the given
// purpose of package philox. Row i is what row i of rows [n, 3] says: low and high
// 24 bits of a sample's number, and the number of its draw (plan.DrawRow).
func (b *Builder) Draw(k plan.Kind, rows Node, seed uint64, purpose uint32, shape ...int) Node {
	return b.Apply(plan.Op{Kind: k, Seed: seed, Purpose: purpose, Shape: own(shape)}, rows)
}

// smallNorm is Norm written in small operators, through which the gradient of Norm is
// differentiated.
func (b *Builder) smallNorm(op plan.Op, x, gamma, beta Node) Node {
	shape := x.Shape()
	n, c := shape[0], shape[len(shape)-1]
	s, cg := plan.Size(shape)/n/c, c/op.Groups
	rows, m := n*op.Groups, float64(s*cg)
	wide := []int{n, op.Groups, s, cg}
	row := func(y Node) Node { return b.Expand(y, rows, 1, wide...) } // [rows] to [rows, s·cg]

	xs := b.Swap(x, [4]int{n, s, op.Groups, cg}, wide...)
	centred := b.Sub(xs, row(b.Scale(1/m, b.Sum(xs, rows, 1, rows))))
	variance := b.Scale(1/m, b.Dot(centred, centred, rows, rows))
	rstd := b.Unary(plan.Recip, b.Unary(plan.Sqrt, b.Shift(op.Imm, variance)))
	xh := b.Swap(b.Mul(centred, row(rstd)), [4]int{n, op.Groups, s, cg}, shape...)
	return b.Add(b.Mul(xh, b.SpreadRow(gamma, shape...)), b.SpreadRow(beta, shape...))
}

// smallAttention is Attention written in small operators, likewise.
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
