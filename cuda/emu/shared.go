package emu

import "math/bits"

// sharedRange clears from the mask the lanes whose n bytes are not in the block.
func (w *warp) sharedRange(in *inst, mask uint32, n uint64, verb string) uint32 {
	size := w.b.sharedN
	if n <= size && w.at.hi <= size-n {
		return mask
	}
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		if a := w.ea[i]; a+n > size || a+n < a {
			w.report(OutOfBounds, i, in, "%s %d bytes at shared address %#x, the block has %d", verb, n, a,
				size)
			mask &^= 1 << i
		}
	}
	w.survey(mask)
	return mask
}

// loadShared executes ld.shared, loadSharedEA with the addresses already in w.ea.
func (w *warp) loadShared(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.loadSharedEA(in, mask)
}

// loadSharedEA loads from the addresses in ea.
func (w *warp) loadSharedEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	if mask = w.sharedRange(in, mask, n, "reads"); mask == 0 {
		return
	}
	w.banks(in, mask, n)
	if w.l.checked {
		w.readCells(in, mask, n)
	}
	w.moveIn(in, mask, w.b.base, 0)
}

// readCells checks and notes the reads of a warp. Lanes that read what the lane
// before them read, or the one 16 before, are skipped: broadcasts and tiles 16
// wide do so. This is the hottest loop of a checked matrix product.
func (w *warp) readCells(in *inst, mask uint32, n uint64) {
	writer, reader, g := w.b.cells.writer, w.b.cells.reader, w.b.cells.grain
	begin, me := w.b.sync.begin, uint64(1)<<w.index
	span, now := w.floor+1-begin, uint64(w.clk)<<clockShift|me
	last := ^uint64(0)
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m) & 31
		a := w.ea[i]
		if a == last || i >= 16 && a == w.ea[i-16] && mask>>(i-16)&1 == 1 {
			continue
		}
		last = a
		for c, end := a>>g, (a+n-1)>>g; c <= end; c++ {
			if t := writer[c]; uint32(t>>clockShift)-begin >= span {
				w.sharedSlow(in, i, c, t, false)
			}
			r := reader[c]
			switch {
			case (r^now)>>clockShift == 0:
				reader[c] = r | me
			case r < now:
				reader[c] = now
			}
		}
	}
}

// storeShared runs st of shared memory.
func (w *warp) storeShared(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.storeSharedEA(in, mask)
}

// storeSharedEA stores to the addresses in ea.
func (w *warp) storeSharedEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	if mask = w.sharedRange(in, mask, n, "writes"); mask == 0 {
		return
	}
	w.banks(in, mask, n)
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
