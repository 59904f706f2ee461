package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// addCarry is a + b + c, or a − b − c, and the carry or borrow out of 64 bits.
func addCarry(a, b, c uint64, sub bool) (sum, out uint64) {
	if sub {
		return bits.Sub64(a, b, c)
	}
	return bits.Add64(a, b, c)
}

// madCarry decodes mad.lo.cc, mad.hi.cc and madc: half of a product plus c and,
// for madc, the carry flag; .cc sets the flag.
func (d *decoder) madCarry(t ptx.Type, part string, use bool) {
	a := d.args(4)
	write := d.base == "mad" || d.has("cc")
	ra, rb, rc, rd := d.src(a[1], t), d.src(a[2], t), d.src(a[3], t), d.dst(a[0], t)
	product := productHalf(t, part == "hi")
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		cc := w.preds[carryPred]
		for i := range lanes {
			if mask>>i&1 == 0 {
				continue
			}
			var c, out uint64
			if use {
				c = uint64(cc >> i & 1)
			}
			if t.Size() == 8 {
				p := product(rowOf[uint64](w, ra)[i], rowOf[uint64](w, rb)[i])
				rowOf[uint64](w, rd)[i], out = bits.Add64(p, rowOf[uint64](w, rc)[i], c)
			} else {
				p := product(uint64(rowOf[uint32](w, ra)[i]), uint64(rowOf[uint32](w, rb)[i]))
				s := p + uint64(rowOf[uint32](w, rc)[i]) + c
				rowOf[uint32](w, rd)[i], out = uint32(s), s>>32
			}
			if write {
				w.preds[carryPred] = w.preds[carryPred]&^(1<<i) | uint32(out)<<i
			}
		}
	}
}

// productHalf returns one half of a product of values of t, zero-extended.
func productHalf(t ptx.Type, hi bool) func(a, b uint64) uint64 {
	switch {
	case t == ptx.S64 && hi:
		return func(a, b uint64) uint64 { return uint64(hiS(int64(a), int64(b))) }
	case t == ptx.U64 && hi:
		return hiU
	case t.Size() == 8:
		return func(a, b uint64) uint64 { return a * b }
	case t == ptx.S32 && hi:
		return func(a, b uint64) uint64 { return uint64(uint32(int64(int32(a)) * int64(int32(b)) >> 32)) }
	case hi:
		return func(a, b uint64) uint64 { return a * b >> 32 }
	}
	return func(a, b uint64) uint64 { return uint64(uint32(a * b)) }
}
