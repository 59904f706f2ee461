package emu

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Rows and predicates every program has.
const (
	scratchRow = 0   // 64-bit values: results before they are merged
	sinkRow    = 256 // where _ goes
	firstRow   = 512

	truePred  = 0
	carryPred = 1
	sinkPred  = 2
	firstPred = 3
)

// decoder turns the statements of one function into instructions of a program.
type decoder struct {
	p     *program
	mod   *loadedModule
	f     *function
	rows  []uint32 // of each register of f: row offset or predicate
	s     *stmt
	base  string
	mods  []string
	in    *inst
	upper testFunc // of setp and set of pairs: the upper halves; in.test is of the lower
	calls []pendingCall
	place *layout
}

// fail ends decoding with the line and text of the instruction.
func (d *decoder) fail(format string, args ...any) {
	text := strings.TrimSpace(d.mod.lines[d.s.line-1])
	panic(&syntaxError{d.s.line, fmt.Sprintf("%s: %q", fmt.Sprintf(format, args...), text)})
}

// take removes the first modifier that is one of names, and returns it or "".
func (d *decoder) take(names ...string) string {
	for i, m := range d.mods {
		if slices.Contains(names, m) {
			d.mods = slices.Delete(d.mods, i, i+1)
			return m
		}
	}
	return ""
}

func (d *decoder) has(name string) bool { return d.take(name) != "" }

// typ removes the first modifier that is a type.
func (d *decoder) typ() typ {
	for i, m := range d.mods {
		if t := typeNames[m]; t != tNone {
			d.mods = slices.Delete(d.mods, i, i+1)
			return t
		}
	}
	d.fail("no type")
	return tNone
}

// one takes the type and checks that it is among those the opcode has.
func (d *decoder) one(allowed ...typ) typ {
	t := d.typ()
	if !slices.Contains(allowed, t) {
		d.fail("%s is not defined for .%s", d.base, t)
	}
	return t
}

// args checks the number of operands.
func (d *decoder) args(n int) []operand {
	if len(d.s.args) != n {
		d.fail("got %d operands, want %d", len(d.s.args), n)
	}
	return d.s.args
}

// konst returns the row that holds a literal in every lane.
func (d *decoder) konst(bits uint64, wide bool) uint32 {
	k := constKey{bits, wide}
	if off, ok := d.p.consts[k]; ok {
		return off
	}
	off := d.p.newRow(wide)
	d.p.consts[k] = off
	return off
}

func (p *program) newRow(wide bool) uint32 {
	off := p.slab
	p.slab += 4 * lanes
	if wide {
		p.slab += 4 * lanes
	}
	return off
}

func isWide(t typ) bool { return t.size() == 8 }

// reg returns the row of a register that must have the size of t.
func (d *decoder) reg(r int, t typ) uint32 {
	rt := d.f.regs[r]
	if rt == pred || t == pred || rt.size() != t.size() && !(rt.size() < 4 && t.size() < 4) {
		d.fail("operand is a .%s register, want .%s", rt, t)
	}
	return d.rows[r]
}

// src returns the row a source operand of type t is read from.
func (d *decoder) src(o operand, t typ) uint32 {
	switch o.kind {
	case opReg:
		if o.ival == 0 {
			return d.reg(o.reg, t)
		}
	case opInt, opFloat:
		b := o.bitsAs(t)
		if t == f16x2 || t == bf16x2 {
			b = uint64(uint32(o.ival))
		}
		return d.konst(b, isWide(t))
	case opSpec:
		return d.special(o.name, isWide(t))
	case opName, opVar:
		return d.konst(d.address(o), isWide(t))
	}
	d.fail("operand cannot be a source of type .%s", t)
	return 0
}

// dst returns the row a destination of type t is written to.
func (d *decoder) dst(o operand, t typ) uint32 {
	switch o.kind {
	case opSink:
		return sinkRow
	case opReg:
		if o.ival == 0 {
			return d.reg(o.reg, t)
		}
	}
	d.fail("operand cannot be a destination of type .%s", t)
	return 0
}

// loose returns the row of a register at least as wide as t, for ld, st and cvt.
func (d *decoder) loose(o operand, t typ, dest bool) (row uint32, wide bool) {
	if o.kind == opReg && o.ival == 0 {
		rt := d.f.regs[o.reg]
		if rt != pred && rt.size() >= t.size() {
			return d.rows[o.reg], isWide(rt)
		}
	}
	if dest {
		return d.dst(o, t), isWide(t)
	}
	return d.src(o, t), isWide(t)
}

// predicate returns the number of a source predicate and its flip mask.
func (d *decoder) predicate(o operand) (int32, uint32) {
	switch {
	case (o.kind == opReg || o.kind == opNotReg) && o.ival == 0 && d.f.regs[o.reg] == pred:
		flip := uint32(0)
		if o.kind == opNotReg {
			flip = fullMask
		}
		return int32(d.rows[o.reg]), flip
	case o.kind == opInt && o.ival == 0:
		return truePred, fullMask
	case o.kind == opInt:
		return truePred, 0
	}
	d.fail("operand is not a predicate")
	return 0, 0
}

func (d *decoder) predDst(o operand) int32 {
	if o.kind == opSink {
		return sinkPred
	}
	if o.kind != opReg || d.f.regs[o.reg] != pred {
		d.fail("destination is not a predicate")
	}
	return int32(d.rows[o.reg])
}

// special returns the row of a special register.
func (d *decoder) special(name string, wide bool) uint32 {
	key := name
	if wide {
		key += "/64"
	}
	if off, ok := d.p.specials[key]; ok {
		return off
	}
	off := d.p.newRow(wide)
	d.p.specials[key] = off
	d.p.specialRows = append(d.p.specialRows, specialRow{name, off, wide, strings.HasPrefix(name, "%ctaid")})
	return off
}

// row makes the instruction one that writes a row of type t.
func (d *decoder) row(o operand, t typ, exec rowFunc) {
	d.in.kind, d.in.exec, d.in.d, d.in.wide = kindRow, exec, d.dst(o, t), isWide(t)
}

// instruction decodes one statement.
func (d *decoder) instruction(s *stmt) inst {
	d.s = s
	parts := strings.Split(s.op, ".")
	d.base, d.mods = parts[0], parts[1:]
	if d.base == "" { // .branchtargets
		d.base, d.mods = s.op, nil
	}
	d.in = &inst{line: s.line, loc: s.loc, join: -1}
	if s.guard >= 0 {
		d.in.guard = int32(d.rows[s.guard])
		if s.neg {
			d.in.flip = fullMask
		}
	}
	f := opcodes[d.base]
	if f == nil {
		d.fail("unknown opcode %s", d.base)
	}
	if !d.p.mod.checked[s.op] {
		d.checkForm()
		d.p.mod.checked[s.op] = true
	}
	f(d)
	if len(d.mods) > 0 {
		d.fail("unknown modifier .%s of %s", d.mods[0], d.base)
	}
	return *d.in
}

// narrowest keeps the log2 of the narrowest access, the grain of shadow cells.
func narrowest(log *uint, size int) {
	*log = min(*log, uint(bits.TrailingZeros(uint(size))))
}
