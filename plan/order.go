package plan

import (
	"cmp"
	"slices"
)

// emitInOrder emits the steps in the order in which the graph made their nodes (Node.Order), as
// far as operands allow. A sweep back through a network makes the gradient of a layer's weights
// beside that of its data, so both follow one another, and what they read is free for others to
// lie in; the gradient of weights that somebody asks for first would else wait for that of all
// layers. A chain comes with the last of its nodes, or before who reads it: it may add up what
// every part of a batch makes. Views and what lies side by side are left to who reads them, and
// effects to the roots.
func (c *compiler) emitInOrder() {
	made := slices.Clone(c.order)
	slices.SortStableFunc(made, func(a, b *Node) int { return cmp.Compare(a.Order, b.Order) })
	come := map[*group]int{} // nodes
	for _, n := range made {
		if g := c.get(n).group; g != nil {
			if come[g]++; come[g] < len(g.nodes) {
				continue
			}
		}
		switch k := n.Op.Kind; {
		case k == Input, k == State, k == Concat, k.View(), n.Op.Writes() > 0:
		default:
			c.value(n)
		}
	}
}
