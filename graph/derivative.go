package graph

import (
	"fmt"
	"maps"

	G "gorgonia.org/gorgonia"

	"github.com/stillfield/stillfield/plan"
)

// DiffWRT says which of n operands op has a derivative in.
func (op *operator) DiffWRT(n int) []bool {
	w := make([]bool, n)
	_, ok := derivatives[op.Kind]
	for i := range w {
		w[i] = ok
	}
	return w
}

// SymDiff returns, for each operand, the gradient of a cost whose gradient in
// op's result is g: the adjoint of op's derivative, applied to g.
func (op *operator) SymDiff(in G.Nodes, out, g *G.Node) (G.Nodes, error) {
	rule, ok := derivatives[op.Kind]
	if !ok {
		return nil, fmt.Errorf("graph: %v has no derivative", op)
	}
	y := (*Value)(out)
	b := over(y)
	b.scope, b.region = op.label, op.block
	ds := rule(b, op.Op, ours(in), y, (*Value)(g))
	return gorgonias(ds), b.err
}

// rule is the derivative of an operator: the gradients of a cost in the operands
// in, where that in the result out is g.
type rule func(b *Builder, op plan.Op, in []Node, out, g Node) []Node

// derivatives are the rules. An operator that is not here is constant (Fill, Less,
// the random numbers) or has effects. It is filled in by init, since the rules of
// the fused gradients sweep over a graph, and the sweep asks this table.
var derivatives map[plan.Kind]rule

func init() {
	derivatives = map[plan.Kind]rule{
		plan.MatMul:        diffMatMul,
		plan.Conv:          diffConv,
		plan.ConvData:      diffConvData,
		plan.ConvFilter:    diffConvFilter,
		plan.Norm:          diffNorm,
		plan.NormGrad:      diffNormGrad,
		plan.Softmax:       diffSoftmax,
		plan.Attention:     diffAttention,
		plan.AttentionGrad: diffAttentionGrad,
		plan.AllSum:        diffAllSum,
	}
	maps.Copy(derivatives, pointwise)
	maps.Copy(derivatives, layouts)
}

// pointwise are the rules of operators of elements.
var pointwise = map[plan.Kind]rule{
	plan.Scale: func(b *Builder, op plan.Op, _ []Node, _, g Node) []Node {
		return []Node{b.Scale(op.Imm, g)}
	},
	plan.Shift: func(_ *Builder, _ plan.Op, _ []Node, _, g Node) []Node { return []Node{g} },
	plan.Exp:   func(b *Builder, _ plan.Op, _ []Node, y, g Node) []Node { return []Node{b.Mul(g, y)} },
	plan.Log: func(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Div(g, x[0])}
	},
	plan.Sqrt: func(b *Builder, _ plan.Op, _ []Node, y, g Node) []Node {
		return []Node{b.Scale(.5, b.Div(g, y))}
	},
	plan.Recip: func(b *Builder, _ plan.Op, _ []Node, y, g Node) []Node {
		return []Node{b.Scale(-1, b.Mul(g, b.Mul(y, y)))}
	},
	plan.Sin: func(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Mul(g, b.Unary(plan.Cos, x[0]))}
	},
	plan.Cos: func(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Scale(-1, b.Mul(g, b.Unary(plan.Sin, x[0])))}
	},
	plan.Tanh: func(b *Builder, _ plan.Op, _ []Node, y, g Node) []Node {
		return []Node{b.Sub(g, b.Mul(g, b.Mul(y, y)))}
	},
	plan.Sigmoid: func(b *Builder, _ plan.Op, _ []Node, y, g Node) []Node {
		return []Node{b.Mul(g, b.Sub(y, b.Mul(y, y)))}
	},
	plan.SiLU: diffSiLU,

	plan.Add: func(_ *Builder, _ plan.Op, _ []Node, _, g Node) []Node { return []Node{g, g} },
	plan.Sub: func(b *Builder, _ plan.Op, _ []Node, _, g Node) []Node {
		return []Node{g, b.Scale(-1, g)}
	},
	plan.Mul: func(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Mul(g, x[1]), b.Mul(g, x[0])}
	},
	plan.Div: func(b *Builder, _ plan.Op, x []Node, y, g Node) []Node {
		q := b.Div(g, x[1])
		return []Node{q, b.Scale(-1, b.Mul(q, y))}
	},
	plan.Min: diffMin,
	plan.Max: func(b *Builder, op plan.Op, x []Node, y, g Node) []Node {
		d := diffMin(b, op, x, y, g)
		return []Node{d[1], d[0]}
	},
}

// layouts are the rules of views, of sums over an axis and of selections. Each is
// linear, so its rule is its adjoint.
var layouts = map[plan.Kind]rule{
	plan.Reshape: func(b *Builder, _ plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Reshape(g, x[0].Shape()...)}
	},
	plan.Expand: func(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Sum(g, op.Outer, op.Inner, x[0].Shape()...)}
	},
	plan.Sum: func(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
		return []Node{b.Expand(g, op.Outer, op.Inner, x[0].Shape()...)}
	},
	plan.Narrow: diffNarrow,
	plan.Swap: func(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
		d := op.Dims
		return []Node{b.Swap(g, [4]int{d[0], d[2], d[1], d[3]}, x[0].Shape()...)}
	},
	plan.Concat: diffConcat,
	plan.Dot: func(b *Builder, op plan.Op, x []Node, _, g Node) []Node {
		e := b.Expand(g, op.Rows, 1, x[0].Shape()...)
		return []Node{b.Mul(e, x[1]), b.Mul(e, x[0])}
	},
	plan.Gather: func(b *Builder, _ plan.Op, _ []Node, _, _ Node) []Node {
		b.Fail(fmt.Errorf("graph: gather has no derivative: rows asked for twice would have to be added"))
		return nil
	},
}
