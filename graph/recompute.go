package graph

// Recompute has what blocks make computed again for the gradient, from now on: of a block only
// the result is kept from the way there to the way back, and memory holds the insides of one
// block at a time. A step costs one more evaluation of the blocks, a third more FLOPs where they
// are nearly all of it, and no bit changes: an operator gives the same bits the second time, a
// draw too, for its numbers are those of the counter.
func (b *Builder) Recompute() { b.recompute = true }

// Block marks what build makes as a block, for Recompute. A block within another is part of it.
func (b *Builder) Block(build func() Node) Node {
	if !b.recompute || b.block != 0 || b.err != nil {
		return build()
	}
	b.blocks++
	b.block = b.blocks
	y := build()
	b.block = 0
	if op := ownOp(y); op != nil {
		op.kept = true
	}
	return y
}

// ownOp is the operator that makes n; nil of a leaf and of no node.
func ownOp(n Node) *operator {
	if n == nil {
		return nil
	}
	op, _ := n.op().(*operator)
	return op
}

// blockOf is the number of the block that n was made in, 0 for none.
func blockOf(n Node) int {
	if op := ownOp(n); op != nil {
		return op.block
	}
	return 0
}

// again is what stands for n in the gradient of the given block: n itself where it is kept, and
// else a copy of the operator that makes it, of such operands. One copy serves the whole block.
func (b *Builder) again(n Node, block int) Node {
	op := ownOp(n)
	if block == 0 || op == nil || op.block != block || op.kept || b.err != nil {
		return n
	}
	if c := b.copies[n]; c != nil {
		return c
	}
	c, err := apply(op.Op, op.label, b.allAgain(operands(n), block))
	if err != nil {
		b.Fail(err)
		return nil
	}
	ownOp(c).region = block
	if b.copies == nil {
		b.copies = map[Node]Node{}
	}
	b.copies[n] = c
	return c
}

// allAgain is again of each of ns.
func (b *Builder) allAgain(ns []Node, block int) []Node {
	cs := make([]Node, len(ns))
	for i, n := range ns {
		cs[i] = b.again(n, block)
	}
	return cs
}
