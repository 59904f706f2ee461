package plan

import "fmt"

// orderEffects makes every effect wait for all other readers of the states it
// writes, and sorts the nodes again so that they come in such an order.
func (c *compiler) orderEffects(roots []Root) error {
	writer := map[*Node]*Node{} // of a state
	for _, n := range c.order {
		for k := range n.Op.Writes() {
			s := n.In[k]
			if w := writer[s]; w != nil {
				return fmt.Errorf("plan: Compile: %v and %v both write state %q", w.Op, n.Op, s.Name)
			}
			writer[s] = n
		}
	}
	if len(writer) == 0 {
		return nil
	}
	for _, r := range roots {
		if s := viewed(r.Node); writer[s] != nil && r.Name != "" {
			return fmt.Errorf("plan: Compile: output %q is state %q, which %v writes:"+
				" want the state read by its own name", r.Name, s.Name, writer[s].Op)
		}
	}
	for _, n := range c.order {
		for k := range n.Op.Writes() {
			if err := c.waitForReaders(n, n.In[k]); err != nil {
				return err
			}
		}
	}
	return c.sort()
}

// waitForReaders makes effect n, which writes state s, wait for the other readers
// of s.
func (c *compiler) waitForReaders(n, s *Node) error {
	for k, x := range n.In[n.Op.Writes():] {
		if viewed(x) == s {
			return fmt.Errorf("plan: Compile: operand %d of %v is state %q, which it writes: want a copy",
				k+n.Op.Writes(), n.Op, s.Name)
		}
	}
	i := c.get(n)
	for _, r := range c.readers(s, nil) {
		if r != n {
			i.after = append(i.after, r)
			c.get(r).effects = append(c.get(r).effects, n)
		}
	}
	return nil
}

// viewed is the node that n, which may be a view of a view, is a view of.
func viewed(n *Node) *Node {
	for n.Op.Kind.View() {
		n = n.In[0]
	}
	return n
}

// readers appends to rs the nodes that compute with n or with a view of it.
func (c *compiler) readers(n *Node, rs []*Node) []*Node {
	for _, u := range c.get(n).users {
		if u.Op.Kind.View() {
			rs = c.readers(u, rs)
		} else {
			rs = append(rs, u)
		}
	}
	return rs
}

// sort orders the nodes again, so that effects come after the readers they wait
// for. A reader that needs the effect is a cycle, and an error.
func (c *compiler) sort() error {
	order := make([]*Node, 0, len(c.order))
	var visit func(n *Node) error
	visit = func(n *Node) error {
		i := c.get(n)
		switch i.mark {
		case open:
			return fmt.Errorf("plan: Compile: %v (%s) needs its own result: a cycle of effects", n.Op, n.Name)
		case done:
			return nil
		}
		i.mark = open
		for _, ds := range [][]*Node{n.operands(), i.after} {
			for _, d := range ds {
				if err := visit(d); err != nil {
					return err
				}
			}
		}
		i.mark, i.index = done, len(order)
		order = append(order, n)
		return nil
	}
	for _, n := range c.order {
		if err := visit(n); err != nil {
			return err
		}
	}
	c.order = order
	return nil
}
