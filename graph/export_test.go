package graph

import "gorgonia.org/tensor"

// NewFloat64 returns a Builder of float64 nodes, which only oracles need.
func NewFloat64() *Builder { return newBuilder(tensor.Float64) }

// SmallNorm and SmallAttention are the fused operators in small ones.
func (b *Builder) SmallNorm(x, gamma, beta, like Node) Node {
	return b.smallNorm(like.Op().(*Op).Op, x, gamma, beta)
}

// SmallAttention is the attention like in small operators.
func (b *Builder) SmallAttention(qkv, like Node) Node {
	return b.smallAttention(like.Op().(*Op).Op, qkv)
}

// Applied is how many operators have been applied so far, in all graphs.
func Applied() int { return int(uids.Load()) }
