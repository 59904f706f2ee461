package model

import (
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// net is a network under construction: a builder, its weights, and a prefix of their
// names. With it a layer is one call.
type net struct {
	*graph.Builder
	params *Params
	prefix string
	told   graph.Node // [n, features] what the network is told of each point, nil in a blind one
}

// begin is a network of p at its start.
func begin(b *graph.Builder, p *Params) net { return net{Builder: b, params: p} }

// at returns a net whose names are those of the part of that name.
func (n net) at(name string) net {
	if n.prefix != "" {
		name = n.prefix + "." + name
	}
	n.prefix = name
	n.Scope(name)
	return n
}

// get is a weight of this part.
func (n net) get(name string, init Init, shape ...int) graph.Node {
	return n.params.Get(n.Builder, n.prefix+"."+name, init, shape...)
}

// linear is x·W + b over the last axis: x [..., c] to [..., o]; b starts at 0.
func (n net) linear(name string, x graph.Node, o int, init func(fanIn int) Init) graph.Node {
	n = n.at(name)
	if n.Err() != nil {
		return nil
	}
	shape := x.Shape()
	c := shape[len(shape)-1]
	rows := plan.Size(shape) / c
	out := append(shape[:len(shape)-1:len(shape)-1], o)
	y := n.MatMul(n.Reshape(x, rows, c), n.get("weight", init(c), c, o), false, false)
	y = n.Add(y, n.SpreadRow(n.get("bias", Zero, o), rows, o))
	return n.Reshape(y, out...)
}

// product is x·W over the last axis: x [..., c] to [..., o].
func (n net) product(x graph.Node, o int) graph.Node {
	if n.Err() != nil {
		return nil
	}
	shape, c := x.Shape(), channels(x)
	out := append(shape[:len(shape)-1:len(shape)-1], o)
	flat := n.Reshape(x, plan.Size(shape)/c, c)
	return n.Reshape(n.MatMul(flat, n.get("weight", FanIn(c), c, o), false, false), out...)
}

// conv is a 3×3 convolution with bias: x [n,h,w,c] to [n,h,w,o].
func (n net) conv(name string, x graph.Node, o int, init func(fanIn int) Init) graph.Node {
	n = n.at(name)
	if n.Err() != nil {
		return nil
	}
	s := x.Shape()
	c := s[3]
	y := n.Conv(x, n.get("weight", init(9*c), 3, 3, c, o))
	return n.Add(y, n.SpreadRow(n.get("bias", Zero, o), s[0], s[1], s[2], o))
}

// norm normalises groups of channels of x [n, …, c] and applies a learnt scale
// and shift, and those that come of what the network is told.
func (n net) norm(name string, x graph.Node, groups int) graph.Node {
	n = n.at(name)
	return n.modulate(n.learntNorm(x, groups))
}

// learntNorm is norm without what the network is told.
func (n net) learntNorm(x graph.Node, groups int) graph.Node {
	if n.Err() != nil {
		return nil
	}
	c := channels(x)
	return n.Norm(x, n.get("scale", One, c), n.get("shift", Zero, c), groups)
}

// zero starts a layer at zero.
func zero(int) Init { return Zero }
