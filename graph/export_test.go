package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Graph is the graph as Gorgonia has it.
func (b *Builder) Graph() *G.ExprGraph { return b.g }

// Gorgonia is a node as Gorgonia has it.
func Gorgonia(n Node) *G.Node { return n.gorgonia() }

// Op is an operator as it is in the graph.
type Op = operator

// NewFloat64 returns a Builder of float64 nodes, which only oracles need.
func NewFloat64() *Builder { return newBuilder(tensor.Float64) }

// SmallNorm and SmallAttention are the fused operators in small ones.
func (b *Builder) SmallNorm(x, gamma, beta, like Node) Node {
	return b.smallNorm(like.op().(*operator).Op, x, gamma, beta)
}

// SmallAttention is the attention like in small operators.
func (b *Builder) SmallAttention(qkv, like Node) Node {
	return b.smallAttention(like.op().(*operator).Op, qkv)
}

// Applied is how many operators have been applied so far, in all graphs.
func Applied() int { return int(uids.Load()) }
