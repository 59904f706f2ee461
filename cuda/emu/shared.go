package emu

import (
	"math/bits"
)

// addresses puts the effective address of every lane into w.ea.
func (w *warp) addresses(in *inst) {
	off := uint64(in.imm)
	if in.narrow {
		for i, a := range rowOf[uint32](w, in.a) {
			w.ea[i] = uint64(a + uint32(off))
		}
		return
	}
	for i, a := range rowOf[uint64](w, in.a) {
		w.ea[i] = a + off
	}
}

// aligned checks that the active addresses are multiples of n and clears from
// the mask those that are not.
func (w *warp) aligned(in *inst, mask uint32, n uint64) uint32 {
	var or uint64
	if mask == fullMask {
		for _, a := range w.ea {
			or |= a
		}
	} else {
		for m := mask; m != 0; m &= m - 1 {
			or |= w.ea[bits.TrailingZeros32(m)]
		}
	}
	if or&(n-1) == 0 {
		return mask
	}
	for i := range lanes {
		if mask>>i&1 == 1 && w.ea[i]&(n-1) != 0 {
			w.report(Misaligned, i, in, "%d bytes at address %#x", n, w.ea[i])
			mask &^= 1 << i
		}
	}
	return mask
}

// sharedRange clears from the mask the lanes whose n bytes are not in the block.
func (w *warp) sharedRange(in *inst, mask uint32, n uint64, verb string) uint32 {
	size := w.b.sharedN
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		if a := w.ea[i]; a+n > size || a+n < a {
			w.report(OutOfBounds, i, in, "%s %d bytes at shared address %#x, the block has %d", verb, n, a, size)
			mask &^= 1 << i
		}
	}
	return mask
}

// loadShared executes ld.shared, loadSharedEA with the addresses already in w.ea.
func (w *warp) loadShared(in *inst, mask uint32) {
	w.addresses(in)
	w.loadSharedEA(in, mask)
}

func (w *warp) loadSharedEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	if mask = w.sharedRange(in, mask, n, "reads"); mask == 0 {
		return
	}
	w.banks(mask, n)
	if w.l.checked {
		w.readCells(in, mask, n)
	}
	w.moveIn(in, mask, w.b.base, 0)
}

// readCells checks and notes the reads of a warp; lanes that read what the lane
// before them read, as broadcasts do, are skipped.
func (w *warp) readCells(in *inst, mask uint32, n uint64) {
	g := w.b.cells.grain
	last := ^uint64(0)
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		a := w.ea[i]
		if a == last {
			continue
		}
		last = a
		for c, end := a>>g, (a+n-1)>>g; c <= end; c++ {
			w.sharedReadCell(in, i, c)
		}
	}
}

func (w *warp) storeShared(in *inst, mask uint32) {
	w.addresses(in)
	w.storeSharedEA(in, mask)
}

func (w *warp) storeSharedEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	if mask = w.sharedRange(in, mask, n, "writes"); mask == 0 {
		return
	}
	w.banks(mask, n)
	if w.l.checked {
		g := w.b.cells.grain
		w.storeMask = mask
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			for c, end := w.ea[i]>>g, (w.ea[i]+n-1)>>g; c <= end; c++ {
				w.sharedWriteCell(in, i, c)
			}
		}
	}
	w.moveOut(in, mask, w.b.base, 0)
}

// banks counts the extra passes of a shared access. 32 banks of 4 bytes serve
// one word each in a pass; lanes that want the same word share it. Accesses of
// 8 and 16 bytes are served by halves and quarters of the warp.
func (w *warp) banks(mask uint32, n uint64) {
	c := w.l.count
	c.SharedAccesses++
	group := lanes
	if n > 4 {
		group = lanes * 4 / int(n)
	}
	for first := 0; first < lanes; first += group {
		m := mask >> first
		if group < lanes {
			m &= 1<<group - 1
		}
		if m == 0 {
			continue
		}
		c.BankConflicts += uint64(w.passes(m, first, n)) - 1
	}
}

// passes returns the most distinct words that one bank has to serve.
func (w *warp) passes(m uint32, first int, n uint64) int {
	var words [4 * lanes]uint64
	k := 0
	prev := ^uint64(0)
	increasing := true
	for ; m != 0; m &= m - 1 {
		a := w.ea[first+bits.TrailingZeros32(m)] >> 2
		if a == prev {
			continue
		}
		increasing = increasing && (k == 0 || a == prev+max(n>>2, 1))
		prev = a
		for j := uint64(0); j < max(n>>2, 1); j++ {
			words[k] = a + j
			k++
		}
	}
	if k <= lanes && increasing {
		return 1
	}
	return worstBank(words[:k])
}

func worstBank(words []uint64) int {
	var count [lanes]uint8
	var held [lanes][8]uint64
	worst := 1
next:
	for i, a := range words {
		b := a & 31
		n := int(count[b])
		for j := range min(n, 8) {
			if held[b][j] == a {
				continue next
			}
		}
		if n >= 8 {
			for _, earlier := range words[:i] {
				if earlier == a {
					continue next
				}
			}
		} else {
			held[b][n] = a
		}
		count[b]++
		worst = max(worst, n+1)
	}
	return worst
}
