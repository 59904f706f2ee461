package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// pendingCall is a call whose target is known once every function has a place.
type pendingCall struct {
	at int
	f  *ptx.Function
}

// label is the statement that a label names.
func (d *decoder) label(o ptx.Operand) int32 {
	if o.Kind != ptx.NameOperand {
		d.fail("operand is not a label")
	}
	i, ok := d.f.Label(d.s.Scope, o.Name)
	if !ok {
		d.fail("no label %s", o.Name)
	}
	return int32(i) // an index into the body; decodeFunction makes it one into the code
}

// decodeBranch decodes bra.
func decodeBranch(d *decoder) {
	d.has("uni")
	d.in.kind, d.in.target = kindBranch, d.label(d.args(1)[0])
}

// decodeTable decodes brx.idx, whose targets are in a .branchtargets statement
// at a label.
func decodeTable(d *decoder) {
	d.has("idx")
	d.has("uni")
	a := d.args(2)
	d.in.kind, d.in.a = kindTable, d.src(a[0], ptx.U32)
	i := d.label(a[1])
	if int(i) >= len(d.f.Body) || d.f.Body[i].Op != ".branchtargets" {
		d.fail("%s does not name branch targets", a[1].Name)
	}
	d.in.x = &extra{}
	for _, o := range d.f.Body[i].Args {
		d.in.x.table = append(d.in.x.table, d.label(o))
	}
}

// decodeTargets decodes what only says something about other instructions.
func decodeTargets(d *decoder) { d.in.kind = kindNop }

// callStmt is a call, taken apart.
type callStmt struct {
	rets, params []ptx.Operand
	target       ptx.Operand // a name, or a register with an address
	table        string      // label of the prototype or targets of an address
}

// callOf takes a call apart; false if it is none.
func callOf(s *ptx.Statement) (c callStmt, ok bool) {
	a := s.Args
	if len(a) > 0 && a[0].Kind == ptx.ListOperand {
		c.rets, a = a[0].List, a[1:]
	}
	if len(a) == 0 || a[0].Kind != ptx.NameOperand && a[0].Kind != ptx.RegisterOperand {
		return c, false
	}
	c.target, a = a[0], a[1:]
	if len(a) > 0 && a[0].Kind == ptx.ListOperand {
		c.params, a = a[0].List, a[1:]
	}
	if len(a) > 0 && c.target.Kind == ptx.RegisterOperand && a[0].Kind == ptx.NameOperand {
		c.table, a = a[0].Name, a[1:]
	}
	return c, len(a) == 0
}

// decodeCall decodes call.
func decodeCall(d *decoder) {
	d.has("uni")
	c, ok := callOf(d.s)
	switch {
	case !ok:
		d.fail("not a call of a function")
	case c.target.Kind == ptx.RegisterOperand:
		d.callAddress(c)
		return
	}
	f := d.mod.Module.ByName[c.target.Name]
	if f != nil && !f.Defined && builtins[f.Name] != nil {
		d.callBuiltin(f.Name, c)
		return
	}
	if f == nil || !f.Defined || f.Entry {
		d.fail("no function %s in the module", c.target.Name)
	}
	d.call(f, c, d.in.guard, d.in.flip)
}

// call appends a direct call for the lanes of a guard: its parameters are copied
// to the callee's and its results back, so the three steps are three instructions,
// the last of them d.in.
func (d *decoder) call(f *ptx.Function, c callStmt, guard int32, flip uint32) {
	in, out := d.copies(c.params, f.Params, true), d.copies(c.rets, f.Results, false)
	plain := inst{guard: guard, flip: flip, line: d.s.Line, loc: d.s.Place, join: noJoin}
	copyInst := func(c []paramCopy) inst {
		i := plain
		i.kind, i.x, i.do = kindEffect, &extra{copies: c}, (*warp).copyParams
		return i
	}
	d.p.code = append(d.p.code, copyInst(in))
	d.calls = append(d.calls, pendingCall{len(d.p.code), f})
	call := plain
	call.kind = kindCall
	d.p.code = append(d.p.code, call)
	*d.in = copyInst(out)
}

// callAddress decodes a call of an address: a direct call for each function it
// may be, of the lanes where it is that one.
func (d *decoder) callAddress(c callStmt) {
	row := d.src(c.target, ptx.B64)
	own, flip := d.in.guard, d.in.flip
	plain := inst{line: d.s.Line, loc: d.s.Place, join: noJoin}
	fs := d.mod.candidates(d.f, d.s)
	is := make([]int32, len(fs)) // predicates
	for k, f := range fs {
		is[k] = d.p.preds
		d.p.preds++
		i := plain
		addr := d.mod.address(f)
		i.kind, i.d, i.x = kindPred, uint32(is[k]), &extra{q: sinkPred}
		i.test = func(w *warp, in *inst) (m uint32) {
			for l, a := range rowOf[uint64](w, row) {
				m |= bit(a == addr) << l
			}
			return m & (w.preds[own] ^ flip)
		}
		d.p.code = append(d.p.code, i)
	}
	check := plain
	check.guard, check.flip, check.kind = own, flip, kindEffect
	check.do = func(w *warp, in *inst, mask uint32) {
		for _, p := range is {
			mask &^= w.preds[p]
		}
		if mask != 0 {
			l := bits.TrailingZeros32(mask)
			w.report(OutOfBounds, l, in, "calls %#x, which is no function with these parameters",
				rowOf[uint64](w, row)[l])
			w.exited |= mask
			w.live &^= mask
			w.active &^= mask
		}
	}
	*d.in = check
	for k, f := range fs {
		d.p.code = append(d.p.code, *d.in)
		d.call(f, c, is[k], 0)
	}
}

// paramCopy moves bytes within the frame of each lane, or from or to a row.
type paramCopy struct {
	from, to, n int
	row         uint32
	wide        bool
	rowFrom     bool
	rowTo       bool
}

// copies pairs actual with formal parameters. An actual one is a .param
// variable or a register.
func (d *decoder) copies(actual []ptx.Operand, formal []*ptx.Variable, in bool) []paramCopy {
	if len(actual) != len(formal) {
		d.fail("got %d parameters, want %d", len(actual), len(formal))
	}
	var out []paramCopy
	for i, o := range actual {
		v := formal[i]
		c := paramCopy{n: v.Bytes, from: d.place.frame[v], to: d.place.frame[v]}
		switch {
		case o.Kind == ptx.VariableOperand && o.Variable.Space == ptx.Param:
			if o.Variable.Bytes != v.Bytes {
				d.fail("parameter %s has %d bytes, want %d", o.Variable.Name, o.Variable.Bytes, v.Bytes)
			}
			if in {
				c.from = d.place.frame[o.Variable]
			} else {
				c.to = d.place.frame[o.Variable]
			}
		case v.Bytes > 8:
			d.fail("parameter %s of %d bytes in a register", v.Name, v.Bytes)
		default:
			t := map[int]ptx.Type{1: ptx.B16, 2: ptx.B16, 4: ptx.B32, 8: ptx.B64}[v.Bytes]
			if in {
				c.row, c.wide = d.atLeast(o, t, false)
			} else {
				c.row, c.wide = d.atLeast(o, t, true)
			}
			c.rowFrom, c.rowTo = in, !in
		}
		out = append(out, c)
	}
	return out
}

// copyParams copies the arguments or results of a call for the lanes of the mask.
func (w *warp) copyParams(in *inst, mask uint32) {
	n := w.l.prog.frameBytes
	for _, c := range in.x.copies {
		for i := range lanes {
			if mask>>i&1 == 0 {
				continue
			}
			f := w.frame[i*n : (i+1)*n]
			switch {
			case c.rowFrom:
				v := w.getLane(c.row, c.wide, i)
				for k := range c.n {
					f[c.to+k] = byte(v >> (8 * k))
				}
			case c.rowTo:
				var v uint64
				for k := range c.n {
					v |= uint64(f[c.from+k]) << (8 * k)
				}
				w.setLane(c.row, c.wide, i, v)
			default:
				copy(f[c.to:c.to+c.n], f[c.from:c.from+c.n])
			}
		}
	}
}

// decodeReturn decodes ret: in a kernel the end of the thread, in a function a
// branch to its end.
func decodeReturn(d *decoder) {
	d.has("uni")
	d.args(0)
	if d.f.Entry {
		d.in.kind = kindExit
		return
	}
	d.in.kind, d.in.target = kindBranch, int32(len(d.f.Body))
}

// decodeExit decodes exit.
func decodeExit(d *decoder) {
	d.args(0)
	d.in.kind = kindExit
}
