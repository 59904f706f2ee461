package plan

import (
	"fmt"
)

// emit writes the steps: each after those it needs, in the order in which the
// roots first need them.
func (c *compiler) emit(roots []Root) error {
	for _, r := range roots {
		v, err := c.value(r.Node)
		if err != nil {
			return err
		}
		if r.Name == "" {
			continue
		}
		if _, taken := c.plan.Port(r.Name); taken {
			return fmt.Errorf("plan: Compile: two outputs, or an output and a leaf, are called %q", r.Name)
		}
		c.plan.Outputs = append(c.plan.Outputs, Port{r.Name, v})
		if p := &c.plan.Values[v]; p.Class == Temporary {
			p.Name = r.Name
		}
	}
	return nil
}

// value returns the number of the value of n, in order and in one piece,
// emitting what it takes.
func (c *compiler) value(n *Node) (int, error) {
	n = c.real(n)
	i := c.get(n)
	if i.value >= 0 {
		return i.value, nil
	}
	switch {
	case n.Op.Kind == Input || n.Op.Kind == State:
		c.leaf(n)
		return i.value, nil
	case i.group != nil:
		return i.value, c.emitGroup(n)
	}
	if i.mark == open {
		return 0, fmt.Errorf("plan: Compile: %v (%s) needs its own result: a cycle of effects", n.Op, n.Name)
	}
	i.mark = open
	defer func() { i.mark = done }()
	var err error
	switch n.Op.Kind {
	case Expand, Narrow, Swap:
		err = c.emitView(n)
	case Concat:
		err = c.emitConcat(n)
	default:
		err = c.emitStep(n)
	}
	return i.value, err
}

func (c *compiler) newValue(name string, shape []int, class Class) int {
	c.plan.Values = append(c.plan.Values, Value{Name: name, Shape: shape, Size: Size(shape), Class: class})
	return len(c.plan.Values) - 1
}

func (c *compiler) temporary(n *Node) int {
	name := n.Name
	if name == "" {
		name = fmt.Sprintf("%v#%d", n.Op.Kind, c.get(n).index)
	}
	return c.newValue(name, n.Shape, Temporary)
}

func (c *compiler) leaf(n *Node) {
	p, class := &c.plan.Inputs, InputClass
	if n.Op.Kind == State {
		p, class = &c.plan.States, StateClass
	}
	v := c.newValue(n.Name, n.Shape, class)
	*p = append(*p, Port{n.Name, v})
	c.get(n).value = v
}

// alias makes a value of the elements off, off+1, … of value v.
func (c *compiler) alias(name string, v, off int, shape []int) int {
	base, o := c.plan.Root(v)
	a := c.newValue(name, shape, Alias)
	c.plan.Values[a].Base, c.plan.Values[a].Offset = base, o+off
	return a
}

// shaped returns value v under the shape a kernel expects.
func (c *compiler) shaped(v int, shape []int) int {
	if q := c.plan.Values[v]; !equal(q.Shape, shape) {
		return c.alias(q.Name, v, 0, shape)
	}
	return v
}

// emitGroup emits the chain of n's group.
func (c *compiler) emitGroup(n *Node) error {
	g := c.get(n).group
	if g.mark != unseen {
		return fmt.Errorf("plan: Compile: %v (%s) needs its own result: a cycle of effects", n.Op, n.Name)
	}
	g.mark = open
	d := c.chain(g)
	ch := &Chain{Len: g.len, Code: d.Code, Regs: d.Regs}
	for _, a := range d.Args {
		arg, err := c.arg(a)
		if err != nil {
			return err
		}
		ch.Args = append(ch.Args, arg)
	}
	name := ""
	for _, o := range d.Outs {
		v := c.temporary(o)
		c.get(o).value = v
		ch.Outs = append(ch.Outs, Arg{v, PlainView(g.len)})
		if name == "" {
			name = o.Name
		}
	}
	g.mark = done
	c.plan.Steps = append(c.plan.Steps, Step{Out: -1, Chain: ch, Name: name})
	return nil
}

// arg emits the value an argument is read from. A run of elements is read
// through an alias, so that its view is plain.
func (c *compiler) arg(a draftArg) (Arg, error) {
	v, err := c.value(a.base)
	if err != nil {
		return Arg{}, err
	}
	if a.view.Contiguous() && a.view.Off != 0 {
		n := a.view.Len()
		v = c.alias(fmt.Sprintf("%s+%d", c.plan.Values[v].Name, a.view.Off), v, a.view.Off, []int{n})
		a.view = PlainView(n)
	}
	return Arg{v, a.view}, nil
}

// emitView makes n an alias, or copies it where it is not in one piece.
func (c *compiler) emitView(n *Node) error {
	base, view := c.viewOf(n)
	v, err := c.value(base)
	if err != nil {
		return err
	}
	if view.Contiguous() {
		name := n.Name
		if name == "" {
			name = fmt.Sprintf("%v#%d", n.Op.Kind, c.get(n).index)
		}
		c.get(n).value = c.alias(name, v, view.Off, n.Shape)
		return nil
	}
	out := c.temporary(n)
	c.get(n).value = out
	c.copy(Arg{v, view}, Arg{out, PlainView(view.Len())}, n.Name)
	return nil
}

func (c *compiler) copy(from, to Arg, name string) {
	c.plan.Steps = append(c.plan.Steps, Step{Out: -1, Name: name, Chain: &Chain{
		Len: from.View.Len(), Args: []Arg{from}, Outs: []Arg{to}, Regs: 1,
		Code: []Instr{{Kind: Load}, {Kind: Store}},
	}})
}

// emitConcat gives the operands their places in the result where they are
// temporaries of their own and it has one row, and copies them there if not.
func (c *compiler) emitConcat(n *Node) error {
	args := make([]Arg, len(n.In))
	for k, x := range n.In {
		base, view := c.viewOf(x)
		a, err := c.arg(draftArg{base, view})
		if err != nil {
			return err
		}
		args[k] = a
	}
	out, off := c.temporary(n), 0
	total := Size(n.Shape) / n.Op.Rows
	c.get(n).value = out
	if n.Op.Rows == 1 {
		args = c.coalesce(args)
	}
	for _, a := range args {
		w := a.View.Len() / n.Op.Rows
		if n.Op.Rows == 1 && a.View.Plain() && c.plan.Values[a.Value].Class == Temporary && c.plan.Values[a.Value].Size == w {
			c.move(a.Value, out, off)
		} else {
			view, ok := join(off, []axis{{n.Op.Rows, total}, {w, 1}})
			if !ok {
				panic("plan: a matrix view must exist")
			}
			c.copy(a, Arg{out, view}, n.Name)
		}
		off += w
	}
	return nil
}

// coalesce makes one argument of neighbours that are neighbouring parts of one
// value, such as the gradients of a normalisation's scale and shift.
func (c *compiler) coalesce(args []Arg) []Arg {
	part := func(a Arg) bool { return a.View.Plain() && c.plan.Values[a.Value].Class == Alias }
	out := args[:1:1]
	for _, a := range args[1:] {
		last := &out[len(out)-1]
		if part(a) && part(*last) {
			p, q := c.plan.Values[last.Value], c.plan.Values[a.Value]
			if p.Base == q.Base && p.Offset+p.Size == q.Offset {
				n := p.Size + q.Size
				*last = Arg{c.alias(p.Name, p.Base, p.Offset, []int{n}), PlainView(n)}
				continue
			}
		}
		out = append(out, a)
	}
	return out
}

// move makes temporary v, and what is part of it, part of another.
func (c *compiler) move(v, to, off int) {
	vs := c.plan.Values
	for k := range vs {
		if vs[k].Class == Alias && vs[k].Base == v {
			vs[k].Base, vs[k].Offset = to, vs[k].Offset+off
		}
	}
	vs[v].Class, vs[v].Base, vs[v].Offset = Alias, to, off
}

// emitStep emits an operator that is a kernel of its own. An effect waits for
// everyone else who reads what it changes.
func (c *compiler) emitStep(n *Node) error {
	for k := range n.Op.Kind.Writes() {
		for _, r := range c.readers(n.In[k], nil) {
			if r == n {
				continue
			}
			if r.Op.Kind.Writes() > 0 {
				for j := range r.Op.Kind.Writes() {
					if r.In[j] == n.In[k] {
						return fmt.Errorf("plan: Compile: %v and %v both write state %q", n.Op, r.Op, n.In[k].Name)
					}
				}
			}
			if _, err := c.value(r); err != nil {
				return err
			}
		}
	}
	s := Step{Op: n.Op, Name: n.Name, Bias: c.get(n).bias != nil}
	operands := n.In
	if s.Bias {
		operands = append(operands[:len(operands):len(operands)], c.get(n).bias)
	}
	for _, x := range operands {
		v, err := c.value(x)
		if err != nil {
			return err
		}
		s.In = append(s.In, c.shaped(v, x.Shape))
	}
	s.Out = c.temporary(n)
	c.get(n).value = s.Out
	c.plan.Steps = append(c.plan.Steps, s)
	return nil
}

// readers are the nodes that compute with n or a view of it.
func (c *compiler) readers(n *Node, rs []*Node) []*Node {
	for _, u := range c.get(n).users {
		switch {
		case u.Op.Kind.View():
			rs = c.readers(u, rs)
		case u.Op.Kind != Fill && c.get(u).as == nil:
			rs = append(rs, u)
		}
	}
	if b := c.biasOf(n); b != nil {
		rs = append(rs, b)
	}
	return rs
}

// biasOf returns the contraction that adds n, if fuseBias made one.
func (c *compiler) biasOf(n *Node) *Node {
	for _, u := range c.get(n).users {
		if u.Op.Kind != Expand {
			continue
		}
		for _, a := range c.get(u).users {
			if m := c.get(a).as; m != nil && c.get(m).bias == n {
				return m
			}
		}
	}
	return nil
}
