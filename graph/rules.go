package graph

import (
	"github.com/stillfield/stillfield/plan"
)

// With s = σ(x):  d(x·s) = s·(1 + x·(1 − s)). s is computed again from x, which
// the backward chain reads anyway, rather than kept from the forward pass.
func diffSiLU(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
	s := b.Unary(plan.Sigmoid, x[0])
	return []Node{b.Mul(b.Mul(g, s), b.Shift(1, b.Sub(x[0], b.Mul(x[0], s))))}
}

// The gradient goes to the smaller operand, and to y where they are equal.
func diffMin(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
	gx := b.Mul(g, b.Binary(plan.Less, x[0], x[1]))
	return []Node{gx, b.Sub(g, gx)}
}

// The gradient in the columns that were left out is zero.
func diffNarrow(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
	total := plan.Size(x[0].Shape()) / op.Rows
	var parts []Node
	if op.Off > 0 {
		parts = append(parts, b.Fill(0, g, op.Rows, op.Off))
	}
	parts = append(parts, g)
	if rest := total - op.Off - op.Width; rest > 0 {
		parts = append(parts, b.Fill(0, g, op.Rows, rest))
	}
	return []Node{b.Concat(op.Rows, x[0].Shape(), parts...)}
}

// The gradient in each operand is its part of g.
func diffConcat(b *Builder, op plan.Op, xs []Node, _, g Node) []Node {
	ds, off := make([]Node, len(xs)), 0
	for i, x := range xs {
		w := plan.Size(x.Shape()) / op.Rows
		ds[i] = b.Narrow(g, op.Rows, off, w, x.Shape()...)
		off += w
	}
	return ds
}

// Of C = A·B, dA = g·Bᵀ and dB = Aᵀ·g; where an operand was transposed, so is its
// gradient.
func diffMatMul(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
	x0, x1 := x[0], x[1]
	switch {
	case !op.TransA && !op.TransB:
		return []Node{b.MatMul(g, x1, false, true), b.MatMul(x0, g, true, false)}
	case !op.TransA:
		return []Node{b.MatMul(g, x1, false, false), b.MatMul(g, x0, true, false)}
	case !op.TransB:
		return []Node{b.MatMul(x1, g, false, true), b.MatMul(x0, g, false, false)}
	}
	return []Node{b.MatMul(x1, g, true, true), b.MatMul(g, x0, true, true)}
}

// The convolution, its data gradient and its filter gradient are one trilinear
// form ⟨g, x*w⟩ seen from its three sides, so each differentiates to the others.
func diffConv(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
	return []Node{b.Apply(plan.Op{Kind: plan.ConvData}, g, x[1]), b.filter(x[0], g, x[1].Shape()[0])}
}

func diffConvData(b *Builder, _ plan.Op, x []Node, _, h Node) []Node {
	return []Node{b.Conv(h, x[1]), b.filter(h, x[0], x[1].Shape()[0])}
}

func diffConvFilter(b *Builder, _ plan.Op, x []Node, _, h Node) []Node {
	return []Node{b.Apply(plan.Op{Kind: plan.ConvData}, x[1], h), b.Conv(x[0], h)}
}

// filter is the gradient in a k×k filter of the convolution of x, whose result has
// the gradient g.
func (b *Builder) filter(x, g Node, k int) Node {
	return b.Apply(plan.Op{Kind: plan.ConvFilter, Width: k}, x, g)
}

// NormGrad gives all three gradients in one flat bundle dx | dγ | dβ.
func diffNorm(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
	bundle := b.Apply(plan.Op{Kind: plan.NormGrad, Groups: op.Groups, Imm: op.Imm}, x[0], x[1], g)
	n, c := plan.Size(x[0].Shape()), plan.Size(x[1].Shape())
	return []Node{
		b.Narrow(bundle, 1, 0, n, x[0].Shape()...),
		b.Narrow(bundle, 1, n, c, x[1].Shape()...),
		b.Narrow(bundle, 1, n+c, c, x[2].Shape()...),
	}
}

// NormGrad is itself the derivative of Norm, here written in small operators; its
// derivative is found by a sweep over that derivative.
func diffNormGrad(b *Builder, op plan.Op, x []Node, _, h Node) []Node {
	beta := b.Fill(0, x[1], x[1].Shape()...) // the gradient does not depend on β
	y := b.smallNorm(op, x[0], x[1], beta)
	d := b.partial(y, x[2], x[0], x[1], beta)
	if b.err != nil {
		return nil
	}
	n, c := plan.Size(x[0].Shape()), plan.Size(x[1].Shape())
	flat := func(i, n int) Node { return b.Reshape(d[i], n) }
	bundle := b.Concat(1, []int{n + 2*c}, flat(0, n), flat(1, c), flat(2, c))
	return b.partial(bundle, h, x...)
}

func diffAttention(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
	return []Node{b.Apply(plan.Op{Kind: plan.AttentionGrad, Groups: op.Groups}, x[0], g)}
}

// The cost is the sum of every process's: its gradient in the operand of one is the sum of the
// gradients in the result, of which each process has one.
func diffAllSum(b *Builder, op plan.Op, _ []Node, _, g Node) []Node {
	return []Node{b.Apply(op, g)}
}

// As for NormGrad.
func diffAttentionGrad(b *Builder, op plan.Op, x []Node, _, h Node) []Node {
	y := b.smallAttention(op, x[0])
	d := b.partial(y, x[1], x[0])
	if b.err != nil {
		return nil
	}
	return b.partial(d[0], h, x...)
}

// With y = softmax(x) of each row, ∘ element by element:
//
//	dx = y∘(g − Σ_row g∘y)
func diffSoftmax(b *Builder, _ plan.Op, x []Node, y, g Node) []Node {
	shape := x[0].Shape()
	rows := plan.Size(shape) / shape[len(shape)-1]
	return []Node{b.Mul(y, b.Sub(g, b.Expand(b.Dot(g, y, rows, rows), rows, 1, shape...)))}
}
