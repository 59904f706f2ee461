// Package graph holds networks and training steps as a Gorgonia ExprGraph, and is
// the only package that imports Gorgonia: to all others a node is a *Value.
//
// Every node is one of plan's operators as a gorgonia.SDOp: Gorgonia gives it
// type, shape, identity and its place in the graph, this package gives it the
// rule of its derivative, and Gorgonia's own tape machine can run any graph as
// an oracle. The operators are closed under differentiation to any order: each
// rule is made of operators, and the two fused gradients (of a normalisation
// and of attention) are differentiated through the small operators they stand
// for.
//
// Gradients is one reverse sweep over the SDOp interface. It replaces
// gorgonia.Grad, which keeps its derivatives on the nodes and is silently wrong
// when it is called twice on one graph, or on a gradient. Likewise every node
// is made by one guarded Apply, because Gorgonia merges nodes whose hashes
// collide and inputs that share a name.
//
// A Builder carries the first error, so that a network reads as straight lines
// and is checked once, at the end.
package graph
