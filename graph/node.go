package graph

import (
	G "gorgonia.org/gorgonia"
)

// Node is a value of the graph. Nodes are compared by identity; nil is what a
// Builder returns once something has gone wrong.
type Node = *Value

// Value is a node of Gorgonia's, which no other package need know.
type Value G.Node

// gorgonia is the node itself.
func (v *Value) gorgonia() *G.Node { return (*G.Node)(v) }

// Shape is the extents of the node's axes; a scalar has none.
func (v *Value) Shape() []int { return v.gorgonia().Shape() }

// Name is the name of a leaf.
func (v *Value) Name() string { return v.gorgonia().Name() }

// op is the operator that makes the node, nil of a leaf.
func (v *Value) op() G.Op { return v.gorgonia().Op() }

// ours are nodes of Gorgonia's as this package has them.
func ours(ns []*G.Node) []Node {
	vs := make([]Node, len(ns))
	for i, n := range ns {
		vs[i] = (*Value)(n)
	}
	return vs
}

// gorgonias are nodes as Gorgonia has them, in a slice of their own.
func gorgonias(vs []Node) G.Nodes {
	ns := make(G.Nodes, len(vs))
	for i, v := range vs {
		ns[i] = v.gorgonia()
	}
	return ns
}

// operands returns the operands of n in order, repeats kept.
func operands(n Node) []Node {
	it := n.gorgonia().Graph().From(n.gorgonia().ID())
	if it == nil {
		return nil
	}
	xs := make([]Node, 0, it.Len())
	for it.Next() {
		xs = append(xs, (*Value)(it.Node().(*G.Node)))
	}
	return xs
}
