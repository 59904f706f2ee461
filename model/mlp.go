package model

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// MLP is a residual multilayer perceptron on points u [n, D], with each block behind
// a layer normalisation:
//
//	h ← W u + b
//	h ← h + W₂ silu(W₁ norm(h) + b₁) + b₂      Depth times
//	f ← W norm(h) + b                          from zero; see Conservative
//
// It takes about 2·Width·(2D + 2·Depth·Width) FLOP a point. Points of other shapes are
// taken flat. What it is told modulates every norm.
type MLP struct {
	Width, Depth int
	Condition
}

var _ = Kinds.Add(choice.Entry[Make]{
	Name: "mlp", Example: "mlp:width=256,depth=2", About: "residual MLP on flat points",
	Params: []choice.Param{
		{Name: "width", Default: 512, About: "hidden units: cost grows with the square",
			In: choice.Between(1, 1<<16, "hidden units")},
		{Name: "depth", Default: 4, About: "residual blocks of two products each",
			In: choice.Between(0, 1<<10, "blocks")},
	},
	Make: func(v choice.Values, _ []int) (Network, choice.Faults) {
		return MLP{v.Int("width"), v.Int("depth"), condition(v)}, nil
	},
})

func (m MLP) String() string { return fmt.Sprintf("mlp %d×%d%v", m.Width, m.Depth, m.Condition) }

// Build is f(u).
func (m MLP) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	n := begin(b, p).tell(m.Condition, in, m.Width)
	shape := in.U.Shape()
	dim := plan.Size(shape) / shape[0]
	h := n.linear("in", n.Reshape(in.U, shape[0], dim), m.Width, FanIn)
	for i := range m.Depth {
		k, x := n.at(fmt.Sprintf("block%d", i)), h
		h = n.Block(func() graph.Node {
			y := k.norm("norm", x, 1)
			y = k.Unary(plan.SiLU, k.linear("expand", y, m.Width, FanIn))
			return k.Add(x, k.linear("contract", y, m.Width, zero))
		})
	}
	f := n.linear("out", n.norm("norm", h, 1), dim, n.last)
	return n.Reshape(f, shape...)
}
