package plan

import "fmt"

// emit writes the steps of the plan, each after those it needs, in the order in
// which the graph made them.
func (c *compiler) emit(roots []Root) error {
	c.emitInOrder()
	for _, r := range roots {
		v := c.value(r.Node)
		if r.Name == "" {
			continue
		}
		c.plan.Outputs = append(c.plan.Outputs, Port{r.Name, v})
		if p := &c.plan.Values[v]; p.Class == Temporary {
			p.Name = r.Name
		}
	}
	return c.fault
}

// value returns the number of the value of n, in order and in one piece,
// emitting what it takes; −1 for a node that does not leave its chain, which
// only an effect that waits for it asks for. Once the context has ended, a value
// that no step makes stands for it.
func (c *compiler) value(n *Node) int {
	n = c.real(n)
	i := c.get(n)
	if i.value >= 0 {
		return i.value
	}
	if c.fault == nil {
		c.fault = c.ended()
	}
	if c.fault != nil {
		return c.temporary(n)
	}
	switch k := n.Op.Kind; {
	case k == Input || k == State:
		c.leaf(n)
	case i.group != nil:
		c.emitGroup(i.group)
	case k == Expand || k == Narrow || k == Swap:
		c.emitView(n)
	case k == Concat:
		c.emitConcat(n)
	case k == AllSum:
		c.emitAllSum(n)
	default:
		c.emitStep(n)
	}
	return i.value
}

func (c *compiler) newValue(name string, shape []int, class Class) int {
	c.plan.Values = append(c.plan.Values, Value{Name: name, Shape: shape, Size: Size(shape), Class: class})
	return len(c.plan.Values) - 1
}

func (c *compiler) temporary(n *Node) int { return c.newValue(c.name(n), n.Shape, Temporary) }

// name is what the graph calls n, or else the name and the number of its operator.
func (c *compiler) name(n *Node) string {
	if n.Name != "" {
		return n.Name
	}
	return fmt.Sprintf("%v#%d", n.Op.Kind, c.get(n).index)
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
	c.parts[base] = append(c.parts[base], a)
	return a
}

// shaped returns value v, or an alias of it that has the given shape.
func (c *compiler) shaped(v int, shape []int) int {
	if q := c.plan.Values[v]; !equal(q.Shape, shape) {
		return c.alias(q.Name, v, 0, shape)
	}
	return v
}

// emitGroup emits the chain of g, once. Nothing that it needs waits for g: see merge.
func (c *compiler) emitGroup(g *group) {
	switch g.mark {
	case open:
		panic("plan: a chain needs its own result")
	case done:
		return
	}
	g.mark = open
	d := c.chain(g)
	ch := &Chain{Len: g.len, Code: d.Code, Regs: d.Regs}
	for _, a := range d.Args {
		ch.Args = append(ch.Args, c.arg(a))
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
}

// arg emits the value that an argument is read from. A run of neighbouring elements
// is read through an alias, so that the view of it is plain.
func (c *compiler) arg(a draftArg) Arg {
	v := c.value(a.base)
	if a.view.Contiguous() && a.view.Off != 0 {
		n := a.view.Len()
		v = c.alias(fmt.Sprintf("%s+%d", c.plan.Values[v].Name, a.view.Off), v, a.view.Off, []int{n})
		a.view = PlainView(n)
	}
	return Arg{v, a.view}
}

// emitView makes the value of a view: an alias of what it views, or a copy where its
// elements do not lie in order and in one piece.
func (c *compiler) emitView(n *Node) {
	base, view := c.viewOf(n)
	v := c.value(base)
	if view.Contiguous() {
		c.get(n).value = c.alias(c.name(n), v, view.Off, n.Shape)
		return
	}
	out := c.temporary(n)
	c.get(n).value = out
	c.copy(Arg{v, view}, Arg{out, PlainView(view.Len())}, n.Name)
}

func (c *compiler) copy(from, to Arg, name string) {
	c.plan.Steps = append(c.plan.Steps, Step{Out: -1, Name: name, Chain: &Chain{
		Len: from.View.Len(), Args: []Arg{from}, Outs: []Arg{to}, Regs: 1,
		Code: []Instr{{Kind: Load}, {Kind: Store}},
	}})
}

// emitConcat makes the operands parts of the result, where that has one row and they
// are temporaries: their steps then write there. Other operands are copied.
func (c *compiler) emitConcat(n *Node) {
	args := make([]Arg, len(n.In))
	for k, x := range n.In {
		base, view := c.viewOf(x)
		args[k] = c.arg(draftArg{base, view})
	}
	out, off := c.temporary(n), 0
	total := Size(n.Shape) / n.Op.Rows
	c.get(n).value = out
	if n.Op.Rows == 1 {
		args = c.coalesce(args)
	}
	for _, a := range args {
		w := a.View.Len() / n.Op.Rows
		q := c.plan.Values[a.Value]
		if n.Op.Rows == 1 && a.View.Plain() && q.Class == Temporary && q.Size == w {
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
}

// coalesce replaces arguments that are neighbouring parts of one value, such as the
// gradients of a normalisation's scale and shift, by one argument.
func (c *compiler) coalesce(args []Arg) []Arg {
	part := func(a Arg) bool { // the whole of an alias: its first elements have no neighbour
		q := c.plan.Values[a.Value]
		return a.View.Plain() && q.Class == Alias && a.View.Len() == q.Size
	}
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

// move makes temporary v, with its aliases, a part of value to from element off on.
func (c *compiler) move(v, to, off int) {
	vs := c.plan.Values
	for _, k := range c.parts[v] {
		vs[k].Base, vs[k].Offset = to, vs[k].Offset+off
	}
	vs[v].Class, vs[v].Base, vs[v].Offset = Alias, to, off
	c.parts[to] = append(append(c.parts[to], c.parts[v]...), v)
	delete(c.parts, v)
}

// emitStep emits an operator that is a step of its own. Before an effect come all
// other readers of the states that it writes.
func (c *compiler) emitStep(n *Node) {
	s := Step{Op: n.Op, Name: n.Name, Bias: c.get(n).bias != nil}
	operands := n.In
	if s.Bias {
		operands = append(operands[:len(operands):len(operands)], c.get(n).bias)
	}
	for _, x := range operands {
		s.In = append(s.In, c.shaped(c.value(x), x.Shape))
	}
	for _, r := range c.get(n).after {
		c.value(r)
	}
	s.Out = c.temporary(n)
	c.get(n).value = s.Out
	c.plan.Steps = append(c.plan.Steps, s)
}
