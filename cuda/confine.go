package cuda

import (
	"slices"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// The tensors of a plan lie side by side in a few allocations, so that a kernel which
// runs past the end of its operand reads or writes a neighbour, and no check of bounds
// sees it. A context that can hold launches to their operands, which is the emulator's,
// is therefore told before each launch which bytes its step may read and write.
//
// It is told of lifetimes too: a temporary is undefined until the step that makes it and
// after the last step that reads it.

// bounds are what the launches of one step may read and write, and what is undefined
// when the first of them starts.
type bounds struct{ reads, writes, fresh []driver.Span }

// confine tells the context what launch i may touch, if that is of use to it.
func (g *Program) confine(i int) error {
	c, ok := g.ctx.(driver.Confiner)
	if !ok {
		return nil
	}
	s := g.launches[i].Step
	b := g.bounds[s]
	if i > 0 && g.launches[i-1].Step == s {
		b.fresh = nil
	}
	return c.Confine(b.reads, b.writes, b.fresh)
}

// findBounds finds the bounds of every step, for a context that asks for them. arena,
// workspace and constants are where these begin; uses is what each step needs of the
// last two.
func (g *Program) findBounds(arena, workspace, constants driver.Ptr, uses []usage) {
	if _, ok := g.ctx.(driver.Confiner); !ok {
		return
	}
	p := g.plan
	l := newLiveness(p)
	g.bounds = make([]bounds, len(p.Steps))
	if len(p.Steps) > 0 && p.Arena > 0 {
		g.bounds[0].fresh = []driver.Span{{Ptr: arena, Bytes: 4 * uint64(p.Arena)}}
	}
	for s := range p.Steps {
		b := &g.bounds[s]
		if n := uses[s].scratch; n > 0 {
			w := driver.Span{Ptr: workspace, Bytes: n, Name: "the workspace"}
			b.writes, b.fresh = append(b.writes, w), append(b.fresh, w)
		}
		if first, end := uses[s].first, uses[s].end; end > first {
			b.reads = append(b.reads, driver.Span{Ptr: constants + driver.Ptr(first), Bytes: end - first,
				Name: "the constants"})
		}
		g.operands(s, b)
		ended, lost := l.step(s)
		for _, v := range lost {
			b.fresh = append(b.fresh, g.span(v))
		}
		next := s + 1
		if p.Ended(s) {
			next++ // its epilogue has no launches
		}
		for _, v := range ended {
			if next < len(p.Steps) {
				g.bounds[next].fresh = append(g.bounds[next].fresh, g.span(v))
			}
		}
	}
}

// operands adds the operands of step s and of its epilogue to b. A result that no operand
// overlaps is undefined before the step.
func (g *Program) operands(s int, b *bounds) {
	st := &g.plan.Steps[s]
	var in []driver.Span
	for _, v := range st.In {
		in = append(in, g.span(v))
	}
	out := func(w driver.Span, whole bool) {
		b.writes = append(b.writes, w)
		read := slices.ContainsFunc(in, func(r driver.Span) bool { return w.Overlaps(r) })
		if whole && !read {
			b.fresh = append(b.fresh, w)
		}
	}
	b.writes = append(b.writes, in[:st.Op.Writes()]...)
	for k, v := range st.In {
		if c, ok := g.copyOf(v); ok && k < st.Op.Writes() {
			b.writes = append(b.writes, c)
		} else if ok {
			b.reads = append(b.reads, c)
		}
	}
	ch := st.Chain
	if g.plan.Ended(s) {
		ch = g.plan.Steps[s+1].Chain
	}
	if ch != nil {
		for _, a := range ch.Args {
			if st.Chain != nil || a.Value != st.Out {
				in = append(in, g.span(a.Value))
			}
		}
	}
	if st.Chain == nil && g.plan.Stored(s) {
		out(g.span(st.Out), true)
	}
	if st.Split {
		out(g.span(st.Rest), true)
	}
	if ch != nil {
		for _, a := range ch.Outs {
			out(g.viewed(a))
		}
	}
	b.reads = append(b.reads, in...)
}

// span is the memory of value v.
func (g *Program) span(v int) driver.Span {
	q := g.plan.Values[v]
	return driver.Span{Ptr: g.addr[v], Bytes: uint64(q.Bytes()), Name: q.Name}
}

// viewed is the part of a value that a view reaches, if that is rows of neighbours, and
// whether it is; else it is the whole value.
func (g *Program) viewed(a plan.Arg) (s driver.Span, rows bool) {
	s, v := g.span(a.Value), a.View
	axes := v.Axes
	width := 1
	if last := axes - 1; v.Strides[last] == 1 || v.Dims[last] == 1 {
		width, axes = v.Dims[last], last
	}
	if axes > 1 {
		return s, false
	}
	bytes := g.plan.Values[a.Value].Storage.Bytes()
	s.Ptr += driver.Ptr(bytes * v.Off)
	s.Bytes = uint64(bytes * width)
	if axes == 1 {
		s.Rows, s.Pitch = v.Dims[0], uint64(bytes*v.Strides[0])
	}
	return s, true
}

// liveness follows the temporaries of a plan from step to step.
type liveness struct {
	p           *plan.Plan
	ends        [][]int // by step: the temporaries that it is the last to name
	live        []int   // made, and read by a later step, in order of their places, which are apart
	in          []bool  // by value: whether it is in live
	overwritten []bool  // by value: another has been made in its place
}

// newLiveness begins before the first step of p.
func newLiveness(p *plan.Plan) *liveness {
	l := &liveness{p: p, ends: make([][]int, len(p.Steps)+1), in: make([]bool, len(p.Values)),
		overwritten: make([]bool, len(p.Values))}
	for v, life := range p.Lifetimes() {
		if p.Values[v].Class == plan.Temporary && life.Last >= 0 {
			l.ends[life.Last] = append(l.ends[life.Last], v)
		}
	}
	return l
}

// step returns the temporaries whose life ends with step s, and those that the step
// reads although another value was made in their place, of which a right plan has none.
func (l *liveness) step(s int) (ended, lost []int) {
	read, made := temporaries(l.p, &l.p.Steps[s])
	for _, v := range read {
		if l.overwritten[v] {
			lost = append(lost, v)
		}
	}
	for _, v := range made {
		if !l.in[v] { // else a part of it was made before
			l.make(v)
		}
	}
	for _, v := range l.ends[s] {
		if l.in[v] {
			k := l.after(l.p.Values[v].Offset)
			l.live = slices.Delete(l.live, k, k+1)
			l.in[v] = false
			ended = append(ended, v)
		}
	}
	return ended, lost
}

// make has v live, and those overwritten that lie where it does.
func (l *liveness) make(v int) {
	q := l.p.Values[v]
	first := l.after(q.Offset)
	last := first
	for ; last < len(l.live) && l.p.Values[l.live[last]].Offset < q.Offset+q.Words(); last++ {
		l.in[l.live[last]], l.overwritten[l.live[last]] = false, true
	}
	l.live = slices.Replace(l.live, first, last, v)
	l.in[v] = true
}

// after is the place in live of the first value that ends behind word off of the arena.
func (l *liveness) after(off int) int {
	k, _ := slices.BinarySearchFunc(l.live, off+1, func(u, end int) int {
		return l.p.Values[u].Offset + l.p.Values[u].Words() - end
	})
	return k
}

// temporaries lists those that a step reads and those it makes.
func temporaries(p *plan.Plan, st *plan.Step) (read, made []int) {
	add := func(to *[]int, v int) {
		if b, _ := p.Root(v); p.Values[b].Class == plan.Temporary {
			*to = append(*to, b)
		}
	}
	for _, v := range st.In {
		add(&read, v)
	}
	if st.Chain == nil {
		add(&made, st.Out)
		if st.Split {
			add(&made, st.Rest)
		}
		return read, made
	}
	for _, a := range st.Chain.Args {
		add(&read, a.Value)
	}
	for _, a := range st.Chain.Outs {
		add(&made, a.Value)
	}
	return read, made
}
