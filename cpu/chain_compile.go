package cpu

import (
	"fmt"
	"unsafe"

	"github.com/stillfield/stillfield/plan"
)

// chainCompiler turns a plan's chain into calls. The result of every instruction gets one
// place:
//
//   - an argument that is loaded in order lies in the memory of its value,
//   - a result that is stored in order is computed where it is stored, and
//   - any other lies in scratch memory, which is used again after the last call that
//     reads it.
type chainCompiler struct {
	g      *Program
	ch     *plan.Chain
	out    *chain
	regs   []int // by register: the index in values of what it holds
	values []chainValue
	args   []int // by argument: its place, −1 before it is loaded
	free   []int // places in scratch memory that no later call reads
	work   int   // the cost of an element, in additions
}

// chainValue is the result of an instruction.
type chainValue struct {
	place   int
	last    int  // the last instruction that reads it
	scratch bool // the place is free after that
}

// bindChain compiles ch.
func (g *Program) bindChain(ch *plan.Chain) (job, error) {
	if err := g.checkViews(ch); err != nil {
		return nil, err
	}
	c := &chainCompiler{g: g, ch: ch, out: &chain{},
		regs: make([]int, ch.Regs), args: make([]int, len(ch.Args))}
	for k := range c.args {
		c.args[k] = -1
	}
	last := plan.LastReads(ch.Code, ch.Regs)
	for k := range ch.Code {
		if err := c.instr(k, last[k]); err != nil {
			return nil, err
		}
	}
	c.out.cut(ch.Len, max(1, c.work))
	c.out.prepare(g.engine.Pool().Workers())
	return &chainJob{c.out, g.engine.Pool(), (c.out.count + c.out.perItem - 1) / c.out.perItem}, nil
}

// checkViews fails if a view reaches elements that its value does not have.
func (g *Program) checkViews(ch *plan.Chain) error {
	for _, list := range [][]plan.Arg{ch.Args, ch.Outs} {
		for _, a := range list {
			low, high := a.View.Off, a.View.Off
			for k := range a.View.Axes {
				if reach := (a.View.Dims[k] - 1) * a.View.Strides[k]; reach > 0 {
					high += reach
				} else {
					low += reach
				}
			}
			if size := g.plan.Values[a.Value].Size; low < 0 || high >= size {
				return fmt.Errorf("a view reads elements %d to %d of %d", low, high, size)
			}
		}
	}
	return nil
}

// instr compiles instruction k.
func (c *chainCompiler) instr(k, last int) error {
	in := c.ch.Code[k]
	switch {
	case in.Kind == plan.Load:
		c.define(in.Dst, chainValue{place: c.load(in.A), last: last})
		return nil
	case in.Kind == plan.Store:
		c.store(k, in)
		return nil
	case !in.Kind.Pointwise():
		return fmt.Errorf("instruction %v in a chain", in.Kind)
	}
	c.work += cost(in.Kind)
	q := call{imm: float32(in.Imm)}
	rs, n := in.Reads()
	operands := rs[:n]
	switch len(operands) {
	case 2:
		q.a, q.b = c.values[c.regs[operands[0]]].place, c.values[c.regs[operands[1]]].place
	case 1:
		q.a = c.values[c.regs[operands[0]]].place
		q.b = q.a
	}
	for _, r := range operands {
		c.release(c.regs[r], k)
	}
	v := chainValue{last: last}
	v.place, v.scratch = c.destination(k, in.Dst)
	q.dst = v.place
	if len(operands) == 0 {
		q.a, q.b = q.dst, q.dst
	}
	if in.Kind.Random() {
		q.draw = c.draw(in)
	} else {
		q.fn = c.g.vec.Pointwise(in.Kind)
	}
	c.define(in.Dst, v)
	c.out.code = append(c.out.code, q)
	if v.last == k { // nobody reads it
		c.release(c.regs[in.Dst], k)
	}
	return nil
}

// define makes v the value that a register holds.
func (c *chainCompiler) define(reg int, v chainValue) {
	c.values = append(c.values, v)
	c.regs[reg] = len(c.values) - 1
}

// release frees the place of value v if it is scratch and instruction k is the last that
// reads it.
func (c *chainCompiler) release(v, k int) {
	if q := &c.values[v]; q.scratch && q.last == k {
		q.scratch = false
		c.free = append(c.free, q.place)
	}
}

// newPlace adds a place; data is nil for one in scratch memory.
func (c *chainCompiler) newPlace(data []float32) int {
	c.out.places = append(c.out.places, place{data})
	return len(c.out.places) - 1
}

// memory adds the place of a view that is in order.
func (c *chainCompiler) memory(a plan.Arg) int {
	return c.newPlace(c.g.values[a.Value][a.View.Off:])
}

// load returns the place of argument k, which is added when it is first loaded.
func (c *chainCompiler) load(k int) int {
	if c.args[k] < 0 {
		a := c.ch.Args[k]
		if a.View.Contiguous() {
			c.args[k] = c.memory(a)
		} else {
			c.args[k] = c.newPlace(nil)
			c.out.gather = append(c.out.gather, gather{
				place: c.args[k], data: c.g.values[a.Value], view: a.View,
				runs: runsOf(&a.View), vec: c.g.vec,
			})
		}
	}
	return c.args[k]
}

// destination chooses the place of the result of instruction k, in register reg: that of
// the output it is stored to, if that is in order and nothing can read the output's old
// contents in between, else one in scratch memory.
func (c *chainCompiler) destination(k, reg int) (place int, scratch bool) {
	for s := k + 1; s < len(c.ch.Code); s++ {
		in := c.ch.Code[s]
		if in.Kind == plan.Store && in.B == reg {
			o := c.ch.Outs[in.A]
			if o.View.Contiguous() && !c.g.half(o.Value) && (s == k+1 || !c.overlaps(o)) {
				return c.memory(o), false
			}
			break
		}
		if in.Kind != plan.Store && in.Dst == reg {
			break
		}
	}
	if n := len(c.free); n > 0 {
		place = c.free[n-1]
		c.free = c.free[:n-1]
		return place, true
	}
	return c.newPlace(nil), true
}

// overlaps reports whether an argument or another output shares memory with output o.
func (c *chainCompiler) overlaps(o plan.Arg) bool {
	mem := c.g.values[o.Value]
	shared := 0
	for _, list := range [][]plan.Arg{c.ch.Args, c.ch.Outs} {
		for _, a := range list {
			x := c.g.values[a.Value]
			if x == nil { // bfloat16: no other value is computed there
				continue
			}
			lo, hi := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&mem[0]))
			if lo < hi+uintptr(4*len(mem)) && hi < lo+uintptr(4*len(x)) {
				shared++
			}
		}
	}
	return shared > 1
}

// store copies a register to an output, unless it was computed there.
func (c *chainCompiler) store(k int, in plan.Instr) {
	o, v := c.ch.Outs[in.A], c.regs[in.B]
	from := c.values[v].place
	switch mem := c.g.values[o.Value]; {
	case c.g.half(o.Value):
		n := &narrow{data: c.g.halves[o.Value], view: o.View, rounder: c.g.engine.Rounder()}
		c.out.code = append(c.out.code, call{a: from, narrow: n})
	case !o.View.Contiguous():
		s := &scatter{mem, o.View, runsOf(&o.View), c.g.vec}
		c.out.code = append(c.out.code, call{a: from, scatter: s})
	case c.out.places[from].data != nil && &c.out.places[from].data[0] == &mem[o.View.Off]:
		// destination has chosen this place.
	default:
		c.out.code = append(c.out.code, call{fn: copyBlock, dst: c.memory(o), a: from, b: from})
	}
	c.release(v, k)
}

// draw binds an instruction that draws random numbers.
func (c *chainCompiler) draw(in plan.Instr) *draw {
	a := c.ch.Args[in.A]
	return &draw{
		Drawer: c.g.vec.NewDrawer(in.Kind == plan.Normal, in.Seed, in.Purpose),
		rows:   c.g.values[a.Value][a.View.Off:], row: in.Row,
	}
}
