package emu

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// Rows and predicates every program has.
const (
	scratchRow = 0   // 64-bit values: results before they are written under the mask
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
	f     *ptx.Function
	rows  []uint32 // of each register of f: row offset or predicate
	s     *ptx.Statement
	base  string
	mods  []string
	in    *inst
	upper testFunc // of setp and set of pairs: the upper halves; in.test is of the lower
	calls []pendingCall
	place *layout
}

// fail ends decoding with the line and text of the instruction.
func (d *decoder) fail(format string, args ...any) {
	text := strings.TrimSpace(d.mod.Lines[d.s.Line-1])
	panic(&ptx.Error{Line: d.s.Line, Message: fmt.Sprintf(format, args...) + fmt.Sprintf(": %q", text)})
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

// has removes a modifier and says whether it was there.
func (d *decoder) has(name string) bool { return d.take(name) != "" }

// typ removes the first modifier that is a type.
func (d *decoder) typ() ptx.Type {
	for i, m := range d.mods {
		if t := ptx.Types[m]; t != ptx.NoType {
			d.mods = slices.Delete(d.mods, i, i+1)
			return t
		}
	}
	d.fail("no type")
	return ptx.NoType
}

// one takes the type and checks that it is among those the opcode has.
func (d *decoder) one(allowed ...ptx.Type) ptx.Type {
	t := d.typ()
	if !slices.Contains(allowed, t) {
		d.fail("%s is not defined for .%s", d.base, t)
	}
	return t
}

// args checks the number of operands.
func (d *decoder) args(n int) []ptx.Operand {
	if len(d.s.Args) != n {
		d.fail("got %d operands, want %d", len(d.s.Args), n)
	}
	return d.s.Args
}

// literal returns the row that holds a literal in every lane.
func (d *decoder) literal(bits uint64, wide bool) uint32 {
	k := constKey{bits, wide}
	if off, ok := d.p.consts[k]; ok {
		return off
	}
	off := d.p.newRow(wide)
	d.p.consts[k] = off
	return off
}

// newRow reserves a row of 32-bit values, or of 64-bit ones, and returns its offset in bytes.
func (p *program) newRow(wide bool) uint32 {
	off := p.rowBytes
	p.rowBytes += 4 * lanes
	if wide {
		p.rowBytes += 4 * lanes
	}
	return off
}

// isWide says whether values of type t have 64 bits.
func isWide(t ptx.Type) bool { return t.Size() == 8 }

// reg returns the row of a register that must have the size of t.
func (d *decoder) reg(r int, t ptx.Type) uint32 {
	rt := d.f.Registers[r]
	if rt == ptx.Pred || t == ptx.Pred || rt.Size() != t.Size() && !(rt.Size() < 4 && t.Size() < 4) {
		d.fail("operand is a .%s register, want .%s", rt, t)
	}
	return d.rows[r]
}

// src returns the row a source operand of type t is read from.
func (d *decoder) src(o ptx.Operand, t ptx.Type) uint32 {
	switch o.Kind {
	case ptx.RegisterOperand:
		if o.Int == 0 {
			return d.reg(o.Register, t)
		}
	case ptx.IntOperand, ptx.FloatOperand:
		b := o.Bits(t)
		if t == ptx.F16x2 || t == ptx.BF16x2 {
			b = uint64(uint32(o.Int))
		}
		return d.literal(b, isWide(t))
	case ptx.SpecialOperand:
		return d.special(o.Name, isWide(t))
	case ptx.NameOperand, ptx.VariableOperand:
		return d.literal(d.address(o), isWide(t))
	}
	d.fail("operand cannot be a source of type .%s", t)
	return 0
}

// dst returns the row a destination of type t is written to.
func (d *decoder) dst(o ptx.Operand, t ptx.Type) uint32 {
	switch o.Kind {
	case ptx.SinkOperand:
		return sinkRow
	case ptx.RegisterOperand:
		if o.Int == 0 {
			return d.reg(o.Register, t)
		}
	}
	d.fail("operand cannot be a destination of type .%s", t)
	return 0
}

// atLeast returns the row of a register at least as wide as t, for ld, st and cvt.
func (d *decoder) atLeast(o ptx.Operand, t ptx.Type, dest bool) (row uint32, wide bool) {
	if o.Kind == ptx.RegisterOperand && o.Int == 0 {
		rt := d.f.Registers[o.Register]
		if rt != ptx.Pred && rt.Size() >= t.Size() {
			return d.rows[o.Register], isWide(rt)
		}
	}
	if dest {
		return d.dst(o, t), isWide(t)
	}
	return d.src(o, t), isWide(t)
}

// predicate returns the number of a source predicate and its flip mask.
func (d *decoder) predicate(o ptx.Operand) (int32, uint32) {
	switch {
	case (o.Kind == ptx.RegisterOperand || o.Kind == ptx.NotRegisterOperand) && o.Int == 0 &&
		d.f.Registers[o.Register] == ptx.Pred:
		flip := uint32(0)
		if o.Kind == ptx.NotRegisterOperand {
			flip = fullMask
		}
		return int32(d.rows[o.Register]), flip
	case o.Kind == ptx.IntOperand && o.Int == 0:
		return truePred, fullMask
	case o.Kind == ptx.IntOperand:
		return truePred, 0
	}
	d.fail("operand is not a predicate")
	return 0, 0
}

// predDst returns the number of a destination predicate.
func (d *decoder) predDst(o ptx.Operand) int32 {
	if o.Kind == ptx.SinkOperand {
		return sinkPred
	}
	if o.Kind != ptx.RegisterOperand || d.f.Registers[o.Register] != ptx.Pred {
		d.fail("destination is not a predicate")
	}
	return int32(d.rows[o.Register])
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
func (d *decoder) row(o ptx.Operand, t ptx.Type, exec rowFunc) {
	d.in.kind, d.in.exec, d.in.d, d.in.wide = kindRow, exec, d.dst(o, t), isWide(t)
}

// instruction decodes one statement.
func (d *decoder) instruction(s *ptx.Statement) inst {
	d.s = s
	parts := strings.Split(s.Op, ".")
	d.base, d.mods = parts[0], parts[1:]
	if d.base == "" { // .branchtargets
		d.base, d.mods = s.Op, nil
	}
	d.in = &inst{line: s.Line, loc: s.Place, join: -1}
	if s.Guard >= 0 {
		d.in.guard = int32(d.rows[s.Guard])
		if s.Negated {
			d.in.flip = fullMask
		}
	}
	f := opcodes[d.base]
	if f == nil {
		d.fail("unknown opcode %s", d.base)
	}
	if !d.p.mod.checked[s.Op] {
		if err := ptx.CheckForm(d.base, d.mods); err != nil {
			d.fail("%v", err)
		}
		d.p.mod.checked[s.Op] = true
	}
	f(d)
	if len(d.mods) > 0 {
		d.fail("unknown modifier .%s of %s", d.mods[0], d.base)
	}
	return *d.in
}

// narrowGrain keeps the log2 of the narrowest access, the grain of shadow cells.
func narrowGrain(log *uint, size int) {
	*log = min(*log, uint(bits.TrailingZeros(uint(size))))
}
