package graph

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stillfield/stillfield/plan"
)

// Gradients returns the gradient of the scalar cost in each of the nodes wrt, by one
// reverse sweep. It keeps nothing on the nodes, so it may be called again on the
// same graph and on its own results. The gradient in a node on which the cost does
// not depend is zeros.
func (b *Builder) Gradients(cost Node, wrt ...Node) []Node {
	if b.err != nil {
		return make([]Node, len(wrt))
	}
	switch {
	case cost == nil:
		b.Fail(errors.New("graph: Gradients: got no cost, want a scalar"))
	case plan.Size(cost.Shape()) != 1:
		b.Fail(fmt.Errorf("graph: Gradients: got a cost of shape %v, want a scalar", cost.Shape()))
	}
	if b.err != nil {
		return make([]Node, len(wrt))
	}
	scope := b.Scope("")
	defer b.Scope(scope)
	ds := b.sweep(cost, b.Fill(1, cost, cost.Shape()...), nil, wrt)
	for i, d := range ds {
		if d == nil && b.err == nil {
			ds[i] = b.Fill(0, wrt[i], wrt[i].Shape()...)
		}
	}
	return ds
}

// partial returns the gradient in each of xs of a cost whose gradient in y is seed.
// The xs are taken as independent of one another, even where one was made from
// another. So it is the derivative, in its operands, of one operator that is
// written as many small ones.
func (b *Builder) partial(y, seed Node, xs ...Node) []Node {
	free := map[Node]bool{}
	for _, x := range xs {
		free[x] = true
	}
	return b.sweep(y, seed, free, xs)
}

// sweep returns the gradient in each of wrt of a cost whose gradient in y is seed, nil
// where y does not depend on the node. It does not go on to what a node in free was
// made from. Gradients that meet at a node are added one after another, in a fixed
// order.
func (b *Builder) sweep(y, seed Node, free map[Node]bool, wrt []Node) []Node {
	if b.err != nil {
		return make([]Node, len(wrt))
	}
	need := map[Node]bool{}
	for _, w := range wrt {
		need[w] = true
	}
	order := postorder(y, need, free)
	parts := map[Node][]Node{y: {seed}}
	region := b.region
	defer func() { b.region = region }()
	for i := len(order) - 1; i >= 0; i-- {
		n := order[i]
		b.region = blockOf(n)
		g := b.total(parts, n)
		if n.op() == nil || !need[n] || g == nil || free[n] {
			continue
		}
		b.pull(parts, need, n, g)
	}
	ds := make([]Node, len(wrt))
	for i, w := range wrt {
		ds[i] = b.total(parts, w)
	}
	return ds
}

// postorder lists the nodes y is made from, operands first, but not those that a node
// in free was made from. It adds to need every node that depends on one in need.
func postorder(y Node, need, free map[Node]bool) []Node {
	var order []Node
	seen := map[Node]bool{}
	var visit func(n Node)
	visit = func(n Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if free[n] {
			order = append(order, n)
			return
		}
		for _, c := range operands(n) {
			visit(c)
			need[n] = need[n] || need[c]
		}
		order = append(order, n)
	}
	visit(y)
	return order
}

// total adds up the gradients that have reached n; nil where none has.
func (b *Builder) total(parts map[Node][]Node, n Node) Node {
	gs := parts[n]
	if len(gs) == 0 {
		return nil
	}
	g := gs[0]
	for _, o := range gs[1:] {
		g = b.Add(g, o)
	}
	parts[n] = gs[:1]
	parts[n][0] = g
	return g
}

// pull hands g, the gradient in n, on to the operands of n. What it is made from is, of a block
// that is computed again, that.
func (b *Builder) pull(parts map[Node][]Node, need map[Node]bool, n, g Node) {
	op, ok := n.op().(G.SDOp)
	if !ok {
		b.Fail(fmt.Errorf("graph: %v is not differentiable", n.op()))
		return
	}
	xs := operands(n)
	can := op.DiffWRT(len(xs))
	some := false
	for i, x := range xs {
		some = some || can[i] && need[x]
	}
	if !some {
		return
	}
	block := blockOf(n)
	in, out := b.allAgain(xs, block), b.again(n, block)
	if b.err != nil {
		return
	}
	gs, err := op.SymDiff(gorgonias(in), out.gorgonia(), g.gorgonia())
	if err != nil {
		b.Fail(err)
		return
	}
	ds := ours(gs)
	for i, x := range xs {
		if need[x] && can[i] && ds[i] != nil {
			parts[x] = append(parts[x], ds[i])
		}
	}
}
