package plan

// emitAllSum emits the sum in place: its result is an alias of its operand, which is a
// temporary that nobody else reads, and a copy of what is not.
func (c *compiler) emitAllSum(n *Node) {
	x, whole := n.In[0], PlainView(Size(n.Shape))
	v := c.shaped(c.value(x), x.Shape)
	base, _ := c.plan.Root(v)
	if q := c.plan.Values[base]; q.Class != Temporary || q.Size != whole.Len() || !c.alone(x) {
		t := c.temporary(n)
		c.copy(Arg{v, whole}, Arg{t, whole}, n.Name)
		v = t
	}
	out := c.alias(c.name(n), v, 0, n.Shape)
	c.get(n).value = out
	c.plan.Steps = append(c.plan.Steps, Step{Op: n.Op, In: []int{v}, Out: out, Name: n.Name})
}

// alone reports whether nobody but the one user of n reads the storage that its value is
// made in: that of n, and where n is side by side what others are, that of these.
func (c *compiler) alone(n *Node) bool {
	for {
		i := c.get(n)
		if i.uses != 1 || i.root {
			return false
		}
		switch {
		case i.madeBy != nil:
			n = i.madeBy
		case n.Op.Kind == Reshape:
			n = n.In[0]
		case n.Op.Kind == Concat && n.Op.Rows == 1:
			for _, x := range n.In {
				if c.inPlace(x) && !c.alone(x) {
					return false
				}
			}
			return true
		default:
			return !n.Op.Kind.View()
		}
	}
}

// inPlace reports whether the value of an operand of a concatenation may be made within the
// result: that of a view never is, for it is copied.
func (c *compiler) inPlace(x *Node) bool {
	k := c.real(x).Op.Kind
	return !k.View() && k != Input && k != State
}
