package plan

import (
	"cmp"
	"slices"
)

// emitInOrder emits the steps in the order in which the graph made their nodes (Node.Order), as
// far as operands allow. A sweep back through a network makes the gradient of a layer's weights
// beside that of its data, so both follow one another, and what they read is free for others to
// lie in; the gradient of weights that somebody asks for first would else wait for that of all
// layers. Views and what lies side by side are left to who reads them, and effects to the roots.
func (c *compiler) emitInOrder() {
	made := slices.Clone(c.order)
	slices.SortStableFunc(made, func(a, b *Node) int { return cmp.Compare(a.Order, b.Order) })
	for _, n := range made {
		switch k := n.Op.Kind; {
		case k == Input, k == State, k == Concat, k.View(), n.Op.Writes() > 0:
		default:
			c.value(n)
		}
	}
}
