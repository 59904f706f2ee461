package plan

// draft is the chain of a group before its values have numbers. Compile makes many
// of them to see whether a group is within the limits of a device.
type draft struct {
	Args []draftArg
	Code []Instr
	Outs []*Node
	Regs int

	loads map[draftArg]int // the register each argument is loaded into
	regs  map[*Node]int    // the register each node is computed in
	same  map[Instr]int    // the register of each instruction so far: equal ones are computed once
}

type draftArg struct {
	base *Node
	view View
}

// chain writes the code of g: each node is computed once, arguments are loaded where
// they are first used, and outputs are stored as soon as they are made.
func (c *compiler) chain(g *group) *draft {
	d := &draft{loads: map[draftArg]int{}, regs: map[*Node]int{}, same: map[Instr]int{}}
	for _, n := range g.nodes {
		in := Instr{Kind: n.Op.Kind, Imm: n.Op.Imm}
		switch k := n.Op.Kind; {
		case k == Fill:
		case k.Random():
			in.A = d.arg(c.runOf(n.In[0]))
			in.Row, in.Seed, in.Purpose = Size(n.Shape)/n.Shape[0], n.Op.Seed, n.Op.Purpose
		default:
			in.A = c.operand(d, g, n.In[0])
			if len(n.In) == 2 {
				in.B = c.operand(d, g, n.In[1])
			}
		}
		r := d.emit(in)
		d.regs[n] = r
		if c.escapes(n, g) {
			d.Code = append(d.Code, Instr{Kind: Store, A: len(d.Outs), B: r})
			d.Outs = append(d.Outs, n)
		}
	}
	d.allocate()
	return d
}

// operand returns the register of x, which is loaded if another group makes it.
func (c *compiler) operand(d *draft, g *group, x *Node) int {
	x = c.real(x)
	if c.get(x).group == g {
		return d.regs[x]
	}
	return d.load(c.viewOf(x))
}

func (d *draft) load(base *Node, v View) int {
	a := draftArg{base, v}
	if r, ok := d.loads[a]; ok {
		return r
	}
	r := d.emit(Instr{Kind: Load, A: d.arg(base, v)})
	d.loads[a] = r
	return r
}

func (d *draft) arg(base *Node, v View) int {
	for k, a := range d.Args {
		if a == (draftArg{base, v}) {
			return k
		}
	}
	d.Args = append(d.Args, draftArg{base, v})
	return len(d.Args) - 1
}

// emit appends an instruction, unless an equal one is there, and returns its
// register. Until allocate runs, every register is written once.
func (d *draft) emit(in Instr) int {
	if r, ok := d.same[in]; ok {
		return r
	}
	key := in
	in.Dst = d.Regs
	d.Regs++
	d.same[key] = in.Dst
	d.Code = append(d.Code, in)
	return in.Dst
}

// escapes reports whether n must be stored: a node outside g, or the host, reads it.
func (c *compiler) escapes(n *Node, g *group) bool {
	i := c.get(n)
	if i.root {
		return true
	}
	for _, u := range i.users {
		switch {
		case u.Op.Kind == Reshape || c.get(u).madeBy != nil:
			if c.escapes(u, g) {
				return true
			}
		case c.get(u).group != g:
			return true
		}
	}
	return false
}

// allocate renumbers the registers so that one is used again once its last reader
// has run: as many are left as are alive at a time.
func (d *draft) allocate() {
	last := make([]int, d.Regs) // of each register, the last instruction that reads it
	for k, read := range LastReads(d.Code, d.Regs) {
		if d.Code[k].Kind != Store {
			last[d.Code[k].Dst] = read
		}
	}
	phys := make([]int, d.Regs)
	var free []int
	top := 0
	for k := range d.Code {
		in := &d.Code[k]
		rs, n := in.Reads()
		for j, r := range rs[:n] {
			if last[r] == k && (j == 0 || r != rs[0]) {
				free = append(free, phys[r])
			}
		}
		switch {
		case in.Kind == Store:
			in.B = phys[in.B]
			continue
		case n > 0:
			in.A = phys[in.A]
			if n == 2 {
				in.B = phys[in.B]
			}
		}
		r := in.Dst
		if len(free) > 0 {
			in.Dst, free = free[len(free)-1], free[:len(free)-1]
		} else {
			in.Dst = top
			top++
		}
		phys[r] = in.Dst
	}
	d.Regs = top
}

// runOf is viewOf where the view must be a run of neighbouring elements in order: a
// value that is not is copied first.
func (c *compiler) runOf(n *Node) (*Node, View) {
	base, v := c.viewOf(n)
	if v.Contiguous() {
		return base, v
	}
	n = c.real(n)
	return n, PlainView(Size(n.Shape))
}

// viewOf returns the node whose value n can be read from, and the view of that value
// that n is. Views are looked through as far as a View can hold them.
func (c *compiler) viewOf(n *Node) (*Node, View) {
	n = c.real(n)
	switch n.Op.Kind {
	case Expand, Narrow, Swap:
		base, v := c.viewOf(n.In[0])
		if w, ok := v.through(n.Op); ok {
			return base, w
		}
		base = c.real(n.In[0]) // is copied first: a view of a copy always exists
		w, ok := PlainView(Size(base.Shape)).through(n.Op)
		if !ok {
			panic("plan: a view of a plain value must exist")
		}
		return base, w
	}
	return n, PlainView(Size(n.Shape))
}
