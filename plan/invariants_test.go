package plan_test

import (
	"github.com/stillfield/stillfield/plan"
)

// fataler is the part of testing.TB that rapid's T has as well.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// reads and writes call f for the values of step s.
func reads(st *plan.Step, f func(v int, view *plan.View)) {
	if st.Chain == nil {
		for _, v := range st.In {
			f(v, nil)
		}
		return
	}
	for k := range st.Chain.Args {
		f(st.Chain.Args[k].Value, &st.Chain.Args[k].View)
	}
}

func writes(st *plan.Step, f func(v int, view *plan.View)) {
	if st.Chain == nil {
		f(st.Out, nil)
		if st.Split {
			f(st.Rest, nil)
		}
		return
	}
	for k := range st.Chain.Outs {
		f(st.Chain.Outs[k].Value, &st.Chain.Outs[k].View)
	}
}

// lifetimes are found here anew, from the steps alone.
func lifetimes(p *plan.Plan) (first, last []int) {
	first, last = make([]int, len(p.Values)), make([]int, len(p.Values))
	for v := range p.Values {
		first[v], last[v] = -1, -1
	}
	for s := range p.Steps {
		touch := func(v int, _ *plan.View) {
			b, _ := p.Root(v)
			if first[b] < 0 {
				first[b] = s
			}
			last[b] = s
		}
		reads(&p.Steps[s], touch)
		writes(&p.Steps[s], touch)
	}
	for _, o := range p.Outputs {
		b, _ := p.Root(o.Value)
		last[b] = len(p.Steps)
	}
	return first, last
}

// checkPlan holds p to its invariants.
func checkPlan(t fataler, p *plan.Plan) {
	t.Helper()
	first, last := lifetimes(p)
	for v, q := range p.Values {
		switch b, off := p.Root(v); {
		case q.Size != plan.Size(q.Shape):
			t.Fatalf("%%%d: size %d of shape %v", v, q.Size, q.Shape)
		case p.Values[b].Class == plan.Alias:
			t.Fatalf("%%%d is an alias of %%%d, an alias", v, b)
		case off < 0 || q.Class == plan.Alias && off+q.Size > p.Values[b].Size:
			t.Fatalf("%%%d leaves %%%d in\n%v", v, b, p)
		case q.Class == plan.Temporary && first[v] >= 0 &&
			(q.Offset%64 != 0 || q.Offset < 0 || q.Offset+q.Words() > p.Arena):
			t.Fatalf("%%%d: place %d+%d in an arena of %d", v, q.Offset, q.Words(), p.Arena)
		case q.Storage != p.Values[b].Storage:
			t.Fatalf("%%%d is %v and a part of %%%d, which is %v", v, q.Storage, b, p.Values[b].Storage)
		}
	}
	checkOverlaps(t, p, first, last)
	checkOrder(t, p)
	for s := range p.Steps {
		checkStep(t, p, s)
		checkEpilogue(t, p, s)
	}
	for s := range p.Steps { // dead code is gone
		useful := p.Steps[s].Op.Writes() > 0
		writes(&p.Steps[s], func(v int, _ *plan.View) {
			b, _ := p.Root(v)
			useful = useful || last[b] > s
		})
		if !useful {
			t.Fatalf("nobody needs step %d of\n%v", s, p)
		}
	}
}

// checkOverlaps: values that live at the same time lie apart, except a chain's
// output in the place of an argument that ends there.
func checkOverlaps(t fataler, p *plan.Plan, first, last []int) {
	t.Helper()
	for a, x := range p.Values {
		for b, y := range p.Values[:a] {
			if x.Class != plan.Temporary || y.Class != plan.Temporary || first[a] < 0 || first[b] < 0 ||
				last[a] < first[b] || last[b] < first[a] ||
				x.Offset >= y.Offset+y.Words() || y.Offset >= x.Offset+x.Words() {
				continue
			}
			if first[a] == last[b] && inPlace(p, first[a], b, a) || first[b] == last[a] &&
				inPlace(p, first[b], a, b) {
				continue
			}
			t.Fatalf("%%%d and %%%d overlap in\n%v", a, b, p)
		}
	}
}

// inPlace reports whether step s may store output out where argument arg is: by
// the words of plan.Chain.
func inPlace(p *plan.Plan, s, arg, out int) bool {
	ch := p.Steps[s].Chain
	if ch == nil || p.Values[arg].Offset != p.Values[out].Offset ||
		p.Values[arg].Storage != p.Values[out].Storage {
		return false
	}
	at := -1
	for k, a := range ch.Args {
		if b, _ := p.Root(a.Value); b != arg {
			continue
		}
		if at >= 0 || a.Value != arg || !a.View.Plain() {
			return false
		}
		at = k
	}
	made, holds := make([]int, ch.Regs), make([]bool, ch.Regs)
	lastRead, stored := -1, -1
	for k, in := range ch.Code {
		rs, n := in.Reads()
		for _, r := range rs[:n] {
			if holds[r] {
				lastRead = k
			}
		}
		switch {
		case in.Kind == plan.Store:
			if ch.Outs[in.A].Value == out && stored < 0 && ch.Outs[in.A].View.Plain() {
				stored = made[in.B]
			}
			continue
		case in.Kind.Random() && in.A == at:
			return false
		}
		made[in.Dst], holds[in.Dst] = k, in.Kind == plan.Load && in.A == at
	}
	return at >= 0 && stored >= 0 && lastRead <= stored
}

// checkOrder: every element read was written before, nothing reads or writes a state after
// the effect that writes it, and nothing reads or writes an operand of an AllSum, which is
// written in its place, but by the name of the sum.
func checkOrder(t fataler, p *plan.Plan) {
	t.Helper()
	written := make([][]bool, len(p.Values))
	for v, q := range p.Values {
		written[v] = make([]bool, q.Size)
		for i := range written[v] {
			written[v][i] = q.Class == plan.InputClass || q.Class == plan.StateClass
		}
	}
	each := func(v int, view *plan.View, f func(b, e int)) {
		b, off := p.Root(v)
		whole := plan.PlainView(p.Values[v].Size)
		if view == nil {
			view = &whole
		}
		for i := range view.Len() {
			f(b, off+view.At(i))
		}
	}
	changed := map[int]bool{}
	for s := range p.Steps {
		st := &p.Steps[s]
		if st.Op.Kind == plan.AllSum {
			checkAllSum(t, p, s, written)
			continue
		}
		reads(st, func(v int, view *plan.View) {
			each(v, view, func(b, e int) {
				if !written[b][e] {
					t.Fatalf("step %d reads element %d of %%%d, which none has written, in\n%v", s, e, b, p)
				}
				if changed[b] {
					t.Fatalf("step %d reads %%%d after an effect has written it in\n%v", s, b, p)
				}
			})
		})
		writes(st, func(v int, view *plan.View) {
			each(v, view, func(b, e int) {
				if written[b][e] {
					t.Fatalf("step %d writes element %d of %%%d again in\n%v", s, e, b, p)
				}
				written[b][e] = true
			})
		})
		for k := range st.Op.Writes() {
			if p.Values[st.In[k]].Class != plan.StateClass {
				t.Fatalf("step %d writes %%%d, no state", s, st.In[k])
			}
			changed[st.In[k]] = true
		}
	}
	for _, o := range p.Outputs {
		each(o.Value, nil, func(b, e int) {
			if !written[b][e] || changed[b] {
				t.Fatalf("output %q is not written, or changed by an effect, in\n%v", o.Name, p)
			}
		})
	}
}

// checkStep: chains are within the limits and made of known registers, kernels
// do not write what they read.
func checkStep(t fataler, p *plan.Plan, s int) {
	t.Helper()
	st := &p.Steps[s]
	ch := st.Chain
	if st.Op.Kind == plan.AllSum {
		return // see checkAllSum
	}
	if ch == nil {
		o, at := p.Root(st.Out)
		size := p.Values[st.Out].Size
		reads(st, func(v int, _ *plan.View) {
			if b, off := p.Root(v); b == o && off < at+size && at < off+p.Values[v].Size {
				t.Fatalf("step %d writes what it reads in\n%v", s, p)
			}
		})
		return
	}
	if len(ch.Args) > plan.MaxArgs || len(ch.Outs) > plan.MaxOuts || len(ch.Code) > plan.MaxCode ||
		ch.Regs > plan.MaxRegs {
		t.Fatalf("step %d is beyond the limits: %d arguments, %d outputs, %d instructions, %d registers",
			s, len(ch.Args), len(ch.Outs), len(ch.Code), ch.Regs)
	}
	for _, list := range [][]plan.Arg{ch.Args, ch.Outs} {
		for _, a := range list {
			if n := a.View.Len(); n > ch.Len && !a.View.Contiguous() {
				t.Fatalf("step %d: a view of %d elements in a chain of %d", s, n, ch.Len)
			}
		}
	}
	set, stores := make([]bool, ch.Regs), make([]int, len(ch.Outs))
	for _, in := range ch.Code {
		rs, n := in.Reads()
		for _, r := range rs[:n] {
			if !set[r] {
				t.Fatalf("step %d reads register %d before it is written in\n%v", s, r, p)
			}
		}
		if in.Kind == plan.Store {
			stores[in.A]++
		} else {
			set[in.Dst] = true
		}
	}
	for k, n := range stores {
		if n != 1 {
			t.Fatalf("step %d stores output %d %d times", s, k, n)
		}
	}
}
