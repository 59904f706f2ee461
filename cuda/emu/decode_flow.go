package emu

// pendingCall is a call whose target is known once every function has a place.
type pendingCall struct {
	at int
	f  *function
}

func (d *decoder) label(o operand) int32 {
	if o.kind != opName {
		d.fail("operand is not a label")
	}
	i, ok := d.f.lookupLabel(d.s.scope, o.name)
	if !ok {
		d.fail("no label %s", o.name)
	}
	return int32(i) // an index into the body until place.resolve
}

func decodeBranch(d *decoder) {
	d.has("uni")
	d.in.kind, d.in.target = kindBranch, d.label(d.args(1)[0])
}

// decodeTable decodes brx.idx, whose targets are in a .branchtargets statement
// at a label.
func decodeTable(d *decoder) {
	if !d.has("idx") {
		d.fail("brx needs .idx")
	}
	d.has("uni")
	a := d.args(2)
	d.in.kind, d.in.a = kindTable, d.src(a[0], u32)
	i := d.label(a[1])
	if int(i) >= len(d.f.body) || d.f.body[i].op != ".branchtargets" {
		d.fail("%s does not name branch targets", a[1].name)
	}
	d.in.x = &extra{}
	for _, o := range d.f.body[i].args {
		d.in.x.table = append(d.in.x.table, d.label(o))
	}
}

// decodeCall decodes a direct call: its parameters are copied to the callee's
// and its results back, so the three steps are three instructions.
func decodeCall(d *decoder) {
	d.has("uni")
	a := d.s.args
	var rets, params []operand
	if len(a) > 0 && a[0].kind == opList {
		rets, a = a[0].list, a[1:]
	}
	if len(a) == 0 || a[0].kind != opName {
		d.fail("only direct calls are supported")
	}
	f := d.mod.module.byName[a[0].name]
	if f == nil || !f.defined || f.entry {
		d.fail("no function %s in the module", a[0].name)
	}
	if len(a) == 2 && a[1].kind == opList {
		params = a[1].list
	} else if len(a) != 1 {
		d.fail("only direct calls are supported")
	}
	in, out := d.copies(params, f.params, true), d.copies(rets, f.rets, false)
	guard, flip := d.in.guard, d.in.flip
	copyInst := func(c []paramCopy) inst {
		return inst{kind: kindEffect, guard: guard, flip: flip, line: d.s.line, loc: d.s.loc, join: noJoin,
			x: &extra{copies: c}, do: (*warp).copyParams}
	}
	d.p.code = append(d.p.code, copyInst(in))
	d.calls = append(d.calls, pendingCall{len(d.p.code), f})
	call := *d.in
	call.kind = kindCall
	d.p.code = append(d.p.code, call)
	*d.in = copyInst(out)
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
func (d *decoder) copies(actual []operand, formal []*variable, in bool) []paramCopy {
	if len(actual) != len(formal) {
		d.fail("got %d parameters, want %d", len(actual), len(formal))
	}
	var out []paramCopy
	for i, o := range actual {
		v := formal[i]
		c := paramCopy{n: v.bytes, from: d.place.frame[v], to: d.place.frame[v]}
		switch {
		case o.kind == opVar && o.v.space == param:
			if o.v.bytes != v.bytes {
				d.fail("parameter %s has %d bytes, want %d", o.v.name, o.v.bytes, v.bytes)
			}
			if in {
				c.from = d.place.frame[o.v]
			} else {
				c.to = d.place.frame[o.v]
			}
		case v.bytes > 8:
			d.fail("parameter %s of %d bytes in a register", v.name, v.bytes)
		default:
			t := map[int]typ{1: b16, 2: b16, 4: b32, 8: b64}[v.bytes]
			if in {
				c.row, c.wide = d.loose(o, t, false)
			} else {
				c.row, c.wide = d.loose(o, t, true)
			}
			c.rowFrom, c.rowTo = in, !in
		}
		out = append(out, c)
	}
	return out
}

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
	if d.f.entry {
		d.in.kind = kindExit
		return
	}
	d.in.kind, d.in.target = kindBranch, int32(len(d.f.body))
}

func decodeExit(d *decoder) {
	d.args(0)
	d.in.kind = kindExit
}
