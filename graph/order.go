package graph

// order is plan.Node.Order of n: the nodes of a graph in the order in which they were made, each
// part of a batch after the one before, and what is made from sums of parts after them all.
func (l *lowering) order(n Node) int {
	id, all := int(n.gorgonia().ID()), len(n.gorgonia().Graph().AllNodes())
	switch {
	case l.part != nil && l.part.differs(n):
		return l.part.k*all + id
	case l.afterSums(n):
		return l.parts*all + id
	}
	return id
}

// afterSums reports whether n is made from a sum of parts.
func (l *lowering) afterSums(n Node) bool {
	after, known := l.after[n]
	if known {
		return after
	}
	_, after = n.op().(*sumOfParts)
	for _, x := range operands(n) {
		after = after || l.afterSums(x)
	}
	l.after[n] = after
	return after
}
