package model

import (
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// MLP is a residual multilayer perceptron on points u [n, D], with each block behind
// a layer normalisation:
//
//	h ← W u + b
//	h ← h + W₂ silu(W₁ norm(h) + b₁) + b₂      Depth times
//	f ← W norm(h) + b                          from zero
//
// It takes about 2·Width·(2D + 2·Depth·Width) FLOP a point. Points of other shapes are
// taken flat.
type MLP struct{ Width, Depth int }

func newMLP(s Spec, _ []int) (Network, []error) {
	var f faults
	f.want(s.Width >= 1 && s.Width <= 1<<16, "width", s.Width, "between 1 and 65536 hidden units")
	f.want(s.Depth >= 0 && s.Depth <= 1<<10, "depth", s.Depth, "between 0 and 1024 blocks")
	f.unused("mlp", map[string]bool{"channels": s.Channels != 0, "levels": s.Levels != nil,
		"blocks": s.Blocks != 0, "attention": s.Attention != nil, "heads": s.Heads != 0})
	return MLP{s.Width, s.Depth}, f
}

func (m MLP) String() string { return fmt.Sprintf("mlp %d×%d", m.Width, m.Depth) }

// Build is f(u), blind to time and label.
func (m MLP) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	n := net{b, p, ""}
	shape := in.U.Shape()
	dim := plan.Size(shape) / shape[0]
	h := n.linear("in", n.Reshape(in.U, shape[0], dim), m.Width, FanIn)
	for i := range m.Depth {
		k := n.at(fmt.Sprintf("block%d", i))
		y := k.norm("norm", h, 1)
		y = k.Unary(plan.SiLU, k.linear("expand", y, m.Width, FanIn))
		h = k.Add(h, k.linear("contract", y, m.Width, zero))
	}
	f := n.linear("out", n.norm("norm", h, 1), dim, zero)
	return n.Reshape(f, shape...)
}
