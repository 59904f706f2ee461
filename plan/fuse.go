package plan

// group is a set of pointwise nodes of one length that become one chain.
type group struct {
	nodes []*Node // in order
	len   int
	alone bool // its one node is Unfused
	in    int  // the Region of its nodes
	reach int  // see info.reach
	mark  mark // of emit's walk
}

// fuse gathers pointwise nodes into groups. A node joins the group of an
// operand, and groups that feed it are merged, where
//
//   - neither is Unfused, and both are of one Region,
//   - the lengths are equal,
//   - no path leaves the group and comes back to it, for such a chain could not run
//     in one pass, and
//   - the chain stays within the limits of a device (see fits).
//
// Groups only grow, so the result depends on the order of the nodes alone.
func (c *compiler) fuse() error {
	for _, n := range c.order {
		if err := c.ended(); err != nil {
			return err
		}
		i := c.get(n)
		i.reach = i.index
		for _, ds := range [][]*Node{n.operands(), i.after} {
			for _, d := range ds {
				i.reach = max(i.reach, *c.reach(d))
			}
		}
		if !c.fusable(n) {
			continue
		}
		i.group = &group{nodes: []*Node{n}, len: Size(n.Shape), alone: n.Unfused, in: n.Region,
			reach: i.reach}
		for _, d := range c.get(n).deps {
			if g := c.get(d).group; g != nil && g != i.group && g.len == i.group.len && !g.alone &&
				!i.group.alone && g.in == i.group.in {
				c.merge(g, i.group)
			}
		}
	}
	return nil
}

// fusable reports whether a chain computes n.
func (c *compiler) fusable(n *Node) bool { return n.Op.Kind.Pointwise() && c.get(n).madeBy == nil }

// reach is the greatest index, in the compiler's order, among n, its group, and all
// that they wait for. A node reaches at least as far as each it waits for. So one
// that reaches less than a group does not wait for the group, and most searches for
// a path end at once.
func (c *compiler) reach(n *Node) *int {
	i := c.get(n)
	if i.group != nil {
		return &i.group.reach
	}
	return &i.reach
}

// merge makes one group of a and b, of which a feeds b, if that can be a chain. If
// not, they stay two. No path leads from b to a: groups never wait for one another
// in a circle.
func (c *compiler) merge(a, b *group) {
	if c.pathAround(a, b) {
		return
	}
	m := &group{len: a.len, in: a.in, reach: max(a.reach, b.reach)}
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
		for _, n := range m.nodes {
			c.raise(n, m.reach)
		}
		return
	}
	for _, g := range []*group{a, b} {
		for _, n := range g.nodes {
			c.get(n).group = g
		}
	}
}

// raise hands a greater reach on to all that wait for n. A node that fuse has not
// come to yet has reach 0; it will find its own.
func (c *compiler) raise(n *Node, reach int) {
	for _, us := range [][]*Node{c.get(n).users, c.get(n).effects} {
		for _, u := range us {
			c.looks++
			r := c.reach(u)
			if *r == 0 || *r >= reach {
				continue
			}
			*r = reach
			members := []*Node{u}
			if g := c.get(u).group; g != nil {
				members = g.nodes
			}
			for _, m := range members {
				c.raise(m, reach)
			}
		}
	}
}

// maxSearch is how many nodes pathAround visits. It keeps the cost of compiling in
// proportion to the graph; nodes further apart than this gain little from a chain.
const maxSearch = 4096

// pathAround reports whether a path leads from a to b through nodes of neither, or
// whether one might that is too long to look for. Groups on the way count as a
// whole: what one member waits for, all do.
func (c *compiler) pathAround(a, b *group) bool {
	c.walks++
	c.steps = maxSearch
	for _, n := range b.nodes {
		for _, d := range c.get(n).deps {
			if c.get(d).group != a && c.waitsFor(d, a, b) {
				return true
			}
		}
	}
	return false
}

// waitsFor reports whether n waits for a, not counting paths through b.
func (c *compiler) waitsFor(n *Node, a, b *group) bool {
	c.looks++
	i := c.get(n)
	switch {
	case i.group == a:
		return true
	case i.walk == c.walks, i.group == b, *c.reach(n) < a.reach:
		return false
	case c.steps == 0:
		return true
	}
	c.steps--
	i.walk = c.walks
	if i.group == nil {
		return c.operandWaitsFor(n, a, b)
	}
	for _, m := range i.group.nodes {
		c.get(m).walk = c.walks
	}
	for _, m := range i.group.nodes {
		if c.operandWaitsFor(m, a, b) {
			return true
		}
	}
	return false
}

// operandWaitsFor reports whether anything that n waits for waits for a.
func (c *compiler) operandWaitsFor(n *Node, a, b *group) bool {
	for _, d := range c.get(n).deps {
		if c.waitsFor(d, a, b) {
			return true
		}
	}
	return false
}

// fits reports whether g can be a chain: within the limits of a device, and with
// what its random operators draw known before it starts.
func (c *compiler) fits(g *group) bool {
	if len(g.nodes) > MaxCode {
		return false
	}
	for _, n := range g.nodes {
		if n.Op.Kind.Random() && c.get(c.real(n.In[0])).group == g {
			return false
		}
	}
	b := c.chain(g)
	return len(b.Args) <= MaxArgs && len(b.Outs) <= MaxOuts && len(b.Code) <= MaxCode && b.Regs <= MaxRegs
}
