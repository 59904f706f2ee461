package graph

import (
	"fmt"
	"maps"

	G "gorgonia.org/gorgonia"

	"github.com/stillfield/stillfield/plan"
)

// DiffWRT says which of n operands op has a derivative in.
func (op *Op) DiffWRT(n int) []bool {
	w := make([]bool, n)
	_, ok := derivatives[op.Kind]
	for i := range w {
		w[i] = ok
	}
	return w
}

// SymDiff returns, for each operand, the gradient of a cost whose gradient in
// op's result is g: the adjoint of op's derivative, applied to g.
func (op *Op) SymDiff(in G.Nodes, out, g Node) (G.Nodes, error) {
	rule, ok := derivatives[op.Kind]
	if !ok {
		return nil, fmt.Errorf("graph: %v has no derivative", op)
	}
	b := over(out)
	b.scope = op.label
	ds := rule(b, op.Op, in, out, g)
	return ds, b.err
}

// rule is the derivative of an operator: the gradients of a cost in the operands
// in, where that in the result out is g.
type rule func(b *Builder, op plan.Op, in []Node, out, g Node) G.Nodes

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
	}
	maps.Copy(derivatives, pointwise)
	maps.Copy(derivatives, layouts)
}

// pointwise are the rules of operators of elements.
var pointwise = map[plan.Kind]rule{
	plan.Scale: func(b *Builder, op plan.Op, _ []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Scale(op.Imm, g)}
	},
	plan.Shift: func(_ *Builder, _ plan.Op, _ []Node, _, g Node) G.Nodes { return G.Nodes{g} },
	plan.Exp:   func(b *Builder, _ plan.Op, _ []Node, y, g Node) G.Nodes { return G.Nodes{b.Mul(g, y)} },
	plan.Log: func(b *Builder, _ plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Div(g, x[0])}
	},
	plan.Sqrt: func(b *Builder, _ plan.Op, _ []Node, y, g Node) G.Nodes {
		return G.Nodes{b.Scale(.5, b.Div(g, y))}
	},
	plan.Recip: func(b *Builder, _ plan.Op, _ []Node, y, g Node) G.Nodes {
		return G.Nodes{b.Scale(-1, b.Mul(g, b.Mul(y, y)))}
	},
	plan.Sin: func(b *Builder, _ plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Mul(g, b.Unary(plan.Cos, x[0]))}
	},
	plan.Cos: func(b *Builder, _ plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Scale(-1, b.Mul(g, b.Unary(plan.Sin, x[0])))}
	},
	plan.Tanh: func(b *Builder, _ plan.Op, _ []Node, y, g Node) G.Nodes {
		return G.Nodes{b.Sub(g, b.Mul(g, b.Mul(y, y)))}
	},
	plan.Sigmoid: func(b *Builder, _ plan.Op, _ []Node, y, g Node) G.Nodes {
		return G.Nodes{b.Mul(g, b.Sub(y, b.Mul(y, y)))}
	},
	plan.SiLU: diffSiLU,

	plan.Add: func(_ *Builder, _ plan.Op, _ []Node, _, g Node) G.Nodes { return G.Nodes{g, g} },
	plan.Sub: func(b *Builder, _ plan.Op, _ []Node, _, g Node) G.Nodes {
		return G.Nodes{g, b.Scale(-1, g)}
	},
	plan.Mul: func(b *Builder, _ plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Mul(g, x[1]), b.Mul(g, x[0])}
	},
	plan.Div: func(b *Builder, _ plan.Op, x []Node, y, g Node) G.Nodes {
		q := b.Div(g, x[1])
		return G.Nodes{q, b.Scale(-1, b.Mul(q, y))}
	},
	plan.Min: diffMin,
	plan.Max: func(b *Builder, op plan.Op, x []Node, y, g Node) G.Nodes {
		d := diffMin(b, op, x, y, g)
		return G.Nodes{d[1], d[0]}
	},
}

// layouts are the rules of views, of sums over an axis and of selections. Each is
// linear, so its rule is its adjoint.
var layouts = map[plan.Kind]rule{
	plan.Reshape: func(b *Builder, _ plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Reshape(g, x[0].Shape()...)}
	},
	plan.Expand: func(b *Builder, op plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Sum(g, op.Outer, op.Inner, x[0].Shape()...)}
	},
	plan.Sum: func(b *Builder, op plan.Op, x []Node, _, g Node) G.Nodes {
		return G.Nodes{b.Expand(g, op.Outer, op.Inner, x[0].Shape()...)}
	},
	plan.Narrow: diffNarrow,
	plan.Swap: func(b *Builder, op plan.Op, x []Node, _, g Node) G.Nodes {
		d := op.Dims
		return G.Nodes{b.Swap(g, [4]int{d[0], d[2], d[1], d[3]}, x[0].Shape()...)}
	},
	plan.Concat: diffConcat,
	plan.Dot: func(b *Builder, op plan.Op, x []Node, _, g Node) G.Nodes {
		e := b.Expand(g, op.Rows, 1, x[0].Shape()...)
		return G.Nodes{b.Mul(e, x[1]), b.Mul(e, x[0])}
	},
	plan.Gather: func(b *Builder, _ plan.Op, _ []Node, _, _ Node) G.Nodes {
		b.Fail(fmt.Errorf("graph: gather has no derivative: rows asked for twice would have to be added"))
		return nil
	},
}
