package emu

import "math/bits"

// reach sums up the addresses of the active lanes of an access.
type reach struct {
	or     uint64 // of all addresses: its low bits show misalignment
	lo, hi uint64
	inRow  bool // 32 lanes, each right behind the one before
}

// addresses puts the effective address of every lane into w.ea and sums them up
// in w.at.
func (w *warp) addresses(in *inst, mask uint32) {
	off := uint64(in.imm)
	if in.narrow {
		for i, a := range rowOf[uint32](w, in.a) {
			w.ea[i] = uint64(a + uint32(off))
		}
		w.survey(mask)
		return
	}
	row := rowOf[uint64](w, in.a)
	if mask != fullMask {
		for i, a := range row {
			w.ea[i] = a + off
		}
		w.survey(mask)
		return
	}
	w.at = vector32.addresses(&w.ea, row, off, uint64(in.size)*uint64(in.vec))
}

// surveyPlain sets ea to row + off and sums up the addresses of 32 lanes that
// access n bytes each.
func surveyPlain(ea, row *[lanes]uint64, off, n uint64) reach {
	r := reach{lo: ^uint64(0)}
	next := row[0] + off
	var diff uint64
	for i, a := range row {
		a += off
		ea[i] = a
		r.or |= a
		r.lo, r.hi = min(r.lo, a), max(r.hi, a)
		diff |= a ^ next
		next += n
	}
	r.inRow = diff == 0
	return r
}

// survey sums up addresses that are in w.ea.
func (w *warp) survey(mask uint32) {
	r := reach{lo: ^uint64(0)}
	if mask == fullMask {
		for _, a := range w.ea {
			r.or |= a
			r.lo, r.hi = min(r.lo, a), max(r.hi, a)
		}
	} else {
		for m := mask; m != 0; m &= m - 1 {
			a := w.ea[bits.TrailingZeros32(m)&31]
			r.or |= a
			r.lo, r.hi = min(r.lo, a), max(r.hi, a)
		}
	}
	w.at = r
}

// aligned checks that the active addresses are multiples of n and clears from
// the mask those that are not.
func (w *warp) aligned(in *inst, mask uint32, n uint64) uint32 {
	if w.at.or&(n-1) == 0 {
		return mask
	}
	for i := range lanes {
		if mask>>i&1 == 1 && w.ea[i]&(n-1) != 0 {
			w.report(Misaligned, i, in, "%d bytes at address %#x", n, w.ea[i])
			mask &^= 1 << i
		}
	}
	w.survey(mask)
	return mask
}
