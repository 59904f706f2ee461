package emu

import "github.com/stillfield/stillfield/cuda/emu/ptx"

// decodeLogic decodes and, or, xor, not and cnot.
func decodeLogic(d *decoder) {
	t := d.one(ptx.B16, ptx.B32, ptx.B64, ptx.Pred)
	if t == ptx.Pred {
		d.predLogic()
		return
	}
	mask := uint64(1)<<t.Bits() - 1
	switch d.base {
	case "and":
		d.binary(t, ofWidth(intAnd, t))
	case "or":
		d.binary(t, ofWidth(intOr, t))
	case "xor":
		d.binary(t, ofWidth(intXor, t))
	case "not":
		d.unary(t, byWidth(t,
			lanes1(func(a uint32) uint32 { return ^a & uint32(mask) }),
			lanes1(func(a uint32) uint32 { return ^a }), lanes1(func(a uint64) uint64 { return ^a })))
	case "cnot":
		f := func(a uint32) uint32 { return bit(a == 0) }
		d.unary(t, byWidth(t, lanes1(f), lanes1(f),
			lanes1(func(a uint64) uint64 { return uint64(bit(a == 0)) })))
	}
}

// predLogic decodes and, or, xor and not of predicates: one word for all lanes.
func (d *decoder) predLogic() {
	n := 3
	if d.base == "not" {
		n = 2
	}
	a := d.args(n)
	x := &extra{q: sinkPred}
	p, flip := d.predicate(a[1])
	d.in.kind, d.in.d, d.in.x = kindPred, uint32(d.predDst(a[0])), x
	if n == 2 {
		d.in.test = func(w *warp, in *inst) uint32 { return ^(w.preds[p] ^ flip) }
		return
	}
	x.p, x.notP = d.predicate(a[2])
	x.combine = combines[d.base]
	d.in.test = func(w *warp, in *inst) uint32 { return w.preds[p] ^ flip }
}

// decodeLop3 decodes lop3.
func decodeLop3(d *decoder) {
	t := d.one(ptx.B32)
	a := d.args(5)
	if a[4].Kind != ptx.IntOperand || uint64(a[4].Int) > 255 {
		d.fail("the truth table must be a literal from 0 to 255")
	}
	lut := uint8(a[4].Int)
	d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], t)
	d.row(a[0], t, lanes3(lop3(lut)))
}

// decodeFunnel decodes shf.
func decodeFunnel(d *decoder) {
	left := d.take("l", "r") == "l"
	clamp := d.take("clamp", "wrap") == "clamp"
	t := d.one(ptx.B32)
	d.ternary(t, lanes3(funnel(left, clamp)))
}

// decodeShift decodes shl and shr.
func decodeShift(d *decoder) {
	left := d.base == "shl"
	t := d.typ()
	a := d.args(3)
	d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], ptx.U32)
	var exec rowFunc
	switch {
	case left:
		exec = byWidth(t, wrap16(func(a, b uint32) uint32 { return a << b }), shlRow[uint32], shlRow[uint64])
	case t.Signed():
		r16 := wrap16(func(a, b uint32) uint32 { return uint32(sext16(a) >> b) })
		exec = byWidth(t, r16, shrRow[int32], shrRow[int64])
	default:
		exec = byWidth(t, shrRow[uint32], shrRow[uint32], shrRow[uint64])
	}
	d.row(a[0], t, exec)
}

// decodePermute decodes prmt.
func decodePermute(d *decoder) {
	t := d.one(ptx.B32)
	mode := d.take("f4e", "b4e", "rc8", "ecl", "ecr", "rc16")
	d.ternary(t, lanes3(permuteMode(mode)))
}

// carry decodes add.cc, sub.cc, addc, subc; the carry flag is a predicate that
// holds the carry out of an addition or the borrow out of a subtraction.
func (d *decoder) carry(t ptx.Type, sub, use bool) {
	a := d.args(3)
	write := d.base == "add" || d.base == "sub" || d.has("cc")
	ra, rb, rd := d.src(a[1], t), d.src(a[2], t), d.dst(a[0], t)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		cc := w.preds[carryPred]
		for i := range lanes {
			if mask>>i&1 == 0 {
				continue
			}
			var c uint64
			if use {
				c = uint64(cc >> i & 1)
			}
			var out uint64
			if t.Size() == 8 {
				x, y := rowOf[uint64](w, ra)[i], rowOf[uint64](w, rb)[i]
				rowOf[uint64](w, rd)[i], out = addCarry(x, y, c, sub)
			} else {
				x, y := uint64(rowOf[uint32](w, ra)[i]), uint64(rowOf[uint32](w, rb)[i])
				s := x + y + c
				if sub {
					s = x - y - c
				}
				rowOf[uint32](w, rd)[i], out = uint32(s), s>>32&1
			}
			if write {
				w.preds[carryPred] = w.preds[carryPred]&^(1<<i) | uint32(out)<<i
			}
		}
	}
}

// decodeCarry decodes addc, subc and madc, and what else takes or leaves a carry.
func decodeCarry(d *decoder) {
	if d.base == "madc" {
		part := d.take("lo", "hi")
		d.madCarry(d.one(ptx.U32, ptx.S32, ptx.U64, ptx.S64), part, true)
		return
	}
	t := d.one(ptx.U32, ptx.S32, ptx.U64, ptx.S64)
	d.carry(t, d.base == "subc", true)
}
