package plan

// group is a set of pointwise nodes of one length that become one chain.
type group struct {
	nodes       []*Node // in order
	len         int
	first, last int // least and greatest index of its nodes
	mark        mark
}

// fuse gathers pointwise nodes into groups. A node joins the group of an
// operand, and groups that feed it are merged, where
//
//   - the lengths are equal,
//   - no path leaves the group and comes back to it (such a chain could not run
//     in one go), and
//   - the chain stays within the limits of a device.
func (c *compiler) fuse() {
	for _, n := range c.order {
		if !c.fusable(n) {
			continue
		}
		i := c.get(n)
		i.group = &group{nodes: []*Node{n}, len: Size(n.Shape), first: i.index, last: i.index}
		for _, d := range c.deps(n) {
			if g := c.get(d).group; g != nil && g != i.group && g.len == i.group.len {
				c.merge(g, i.group)
			}
		}
	}
}

// fusable reports whether n is computed by a chain.
func (c *compiler) fusable(n *Node) bool { return n.Op.Kind.Pointwise() && c.get(n).as == nil }

// merge joins a, which feeds b, with b if that is allowed.
func (c *compiler) merge(a, b *group) {
	if c.detour(a, b) || c.detour(b, a) {
		return
	}
	m := &group{len: a.len, first: min(a.first, b.first), last: max(a.last, b.last)}
	for i, j := 0, 0; i < len(a.nodes) || j < len(b.nodes); {
		if j == len(b.nodes) || i < len(a.nodes) && c.get(a.nodes[i]).index < c.get(b.nodes[j]).index {
			m.nodes = append(m.nodes, a.nodes[i])
			i++
		} else {
			m.nodes = append(m.nodes, b.nodes[j])
			j++
		}
	}
	for _, n := range m.nodes {
		c.get(n).group = m
	}
	if c.fits(m) {
		return
	}
	for _, g := range []*group{a, b} {
		for _, n := range g.nodes {
			c.get(n).group = g
		}
	}
}

// detour reports whether a path leads from a through other nodes to b. Groups
// on the way count as a whole: what one member needs, all wait for.
func (c *compiler) detour(a, b *group) bool {
	seen := map[*Node]bool{}
	var walk func(n *Node) bool
	walk = func(n *Node) bool {
		if seen[n] {
			return false
		}
		seen[n] = true
		g := c.get(n).group
		switch {
		case g == a:
			return true
		case g == b, g == nil && c.get(n).index < a.first, g != nil && g.last < a.first:
			return false
		}
		members := []*Node{n}
		if g != nil {
			members = g.nodes
		}
		for _, m := range members {
			seen[m] = true
			for _, d := range c.deps(m) {
				if walk(d) {
					return true
				}
			}
		}
		return false
	}
	for _, n := range b.nodes {
		for _, d := range c.deps(n) {
			if c.get(d).group != a && walk(d) {
				return true
			}
		}
	}
	return false
}

// fits reports whether the chain of g is within the limits of a device.
func (c *compiler) fits(g *group) bool {
	if len(g.nodes) > MaxCode {
		return false
	}
	b := c.chain(g)
	return len(b.Args) <= MaxArgs && len(b.Outs) <= MaxOuts && len(b.Code) <= MaxCode && b.Regs <= MaxRegs
}
