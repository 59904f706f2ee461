package emu

import "math/bits"

// Races between blocks, and between work on streams that nothing orders, are
// found with two cells for each grain of device memory: the tag of the block
// that last wrote it and of the block that last read it. A launch with tag t
// gives its blocks t+1, t+2, …; t itself as a reader means several blocks. Tags
// grow, so a tag below launch.safe is of work that came before.

// checkRead looks at a read of n bytes by each lane of the mask from a.
func (w *warp) checkRead(in *inst, mask uint32, a *allocation, n uint64) {
	if w.at.inRow && !in.x.strong && w.rowRead(a, n) {
		return
	}
	if !a.full {
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			if off := w.ea[i] - a.start; !a.defined(off, uint(n)) {
				bad := a.undefinedIn(off, n)
				w.report(Uninitialised, i, in, "reads %d bytes at %#x, %s; byte %d was never written",
					n, w.ea[i], w.l.bounds.place(a, w.ea[i]), bad-int64(off))
			}
		}
	}
	if a.readonly {
		return
	}
	strong := in.x.strong
	a.cells(uint64(in.size))
	g := a.grain
	tag, safe := w.b.tag, w.l.safe
	many := w.l.tag
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m) & 31
		off := w.ea[i] - a.start
		for c, end := off>>g, (off+n-1)>>g; c <= end; c++ {
			if t := a.writers[c]; t >= safe && t != tag && !strong {
				w.conflict(in, i, t, "reads", "wrote")
			}
			a.readers[c] = readBy(a.readers[c], tag, many, strong)
		}
	}
}

// readBy is a reader cell after a read by the block with a tag; many stands for
// several blocks of its launch.
func readBy(r, tag, many uint32, strong bool) uint32 {
	by := r &^ byAtomics
	switch {
	case by < many:
		by, r = tag, byAtomics
	case by != tag:
		by = many
	}
	if strong {
		return by | r&byAtomics
	}
	return by
}

// checkWrite looks at a write of n bytes by each lane of the mask to a.
func (w *warp) checkWrite(in *inst, mask uint32, a *allocation, n uint64) {
	if w.at.inRow && !in.x.strong && w.rowWrite(a, n) {
		return
	}
	strong := in.x.strong
	a.cells(uint64(in.size))
	g := a.grain
	tag, safe := w.b.tag, w.l.safe
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m) & 31
		off := w.ea[i] - a.start
		if !a.full {
			a.define(off, uint(n))
		}
		for c, end := off>>g, (off+n-1)>>g; c <= end; c++ {
			if strong {
				w.strongWrite(in, i, a, c, "writes")
				continue
			}
			if t := a.writers[c]; t >= safe && t != tag {
				w.conflict(in, i, t, "writes", "wrote")
			}
			if t := a.readers[c]; t >= safe && t != tag {
				w.conflict(in, i, t, "writes", "read")
			}
			a.writers[c] = tag
		}
	}
}

// rowRead is checkRead of 32 lanes that read one stretch of memory; false if
// there is something to look at lane by lane.
func (w *warp) rowRead(a *allocation, n uint64) bool {
	off := w.at.lo - a.start
	if !a.full && a.undefinedIn(off, lanes*n) >= 0 {
		return false
	}
	if a.readonly {
		return true
	}
	a.cells(n)
	tag, safe, many := w.b.tag, w.l.safe, w.l.tag
	first, last := off>>a.grain, (off+lanes*n-1)>>a.grain+1
	for _, t := range a.writers[first:last] {
		if t >= safe && t != tag && !w.l.follows(t) {
			return false
		}
	}
	cells := a.readers[first:last]
	for i, r := range cells {
		if r != tag {
			cells[i] = readBy(r, tag, many, false)
		}
	}
	return true
}

// rowWrite is checkWrite of 32 lanes that write one stretch of memory.
func (w *warp) rowWrite(a *allocation, n uint64) bool {
	off := w.at.lo - a.start
	a.cells(n)
	tag, safe := w.b.tag, w.l.safe
	first, last := off>>a.grain, (off+lanes*n-1)>>a.grain+1
	readers, writers := a.readers[first:last], a.writers[first:last]
	for i, t := range writers {
		if t >= safe && t != tag && !w.l.follows(t) {
			return false
		}
		if t := readers[i]; t >= safe && t != tag && !w.l.follows(t) {
			return false
		}
	}
	for i := range writers {
		writers[i] = tag
	}
	a.defineRange(off, lanes*n)
	return true
}

// cells makes the shadow cells of an allocation fine enough for an access of n
// bytes: one for 4 bytes, until there is a narrower access.
func (a *allocation) cells(n uint64) {
	if a.writers != nil && n>>a.grain > 0 {
		return
	}
	g := uint(bits.TrailingZeros64(n | 4))
	if a.writers == nil {
		k := a.size>>g + 1
		a.grain, a.writers, a.readers = g, make([]uint32, k), make([]uint32, k)
		return
	}
	a.writers, a.readers = refine(a.writers, a.grain-g), refine(a.readers, a.grain-g)
	a.grain = g
}

// refine splits each cell into 2^by.
func refine(cells []uint32, by uint) []uint32 {
	fine := make([]uint32, len(cells)<<by)
	for i := range fine {
		fine[i] = cells[i>>by]
	}
	return fine
}

// follows says whether a tag is of other work that is ordered before the launch.
// The last answer is kept: neighbours mostly come from one operation.
func (l *launch) follows(t uint32) bool {
	if t >= l.tag {
		return false
	}
	if t-l.followed < l.followedN {
		return true
	}
	o, end := l.ctx.operationOf(t)
	if o == nil {
		return true
	}
	if !o.before(l.op) {
		return false
	}
	l.followed, l.followedN = o.tag, end-o.tag
	return true
}

// conflict decides about a cell with tag t that is not of work known to come before.
func (w *warp) conflict(in *inst, lane int, t uint32, verb, other string) {
	l := w.l
	if t &^= byAtomics; t < l.safe || t == w.b.tag || l.follows(t) {
		return
	}
	if t < l.tag { // another launch or copy
		o, _ := l.ctx.operationOf(t)
		w.report(StreamOrder, lane, in, "%s %#x, which %s on stream %d %s and nothing orders the two",
			verb, w.ea[lane], o.what, o.stream, other)
		return
	}
	if t == l.tag {
		if l.fences.acquire[w.b.number] > 0 && len(l.fences.release) > 0 {
			return // it follows some block's release
		}
		w.report(GlobalRace, lane, in, "%s %#x, which several blocks of the launch %s", verb, w.ea[lane],
			other)
		return
	}
	by := uint64(t - l.tag - 1)
	if l.released(by, w.b.number) {
		return
	}
	w.report(GlobalRace, lane, in, "%s %#x, which block %d of the launch %s", verb, w.ea[lane], by, other)
}

// byAtomics marks the tag in a writer cell that only atomics and strong writes have
// written since, and in a reader cell that only strong reads have read.
const byAtomics = 1 << 31

// globalAtomic checks an atomic against plain accesses of other blocks. The
// cell then holds the tag of the block, or of the launch if there are several.
func (w *warp) globalAtomic(in *inst, i int, a *allocation, n uint64) {
	off := w.ea[i] - a.start
	if !a.full && !a.defined(off, uint(n)) {
		w.report(Uninitialised, i, in, "updates %d bytes at %#x, %s, which were never written",
			n, w.ea[i], w.l.bounds.place(a, w.ea[i]))
	}
	a.cells(n)
	for c, end := off>>a.grain, (off+n-1)>>a.grain; c <= end; c++ {
		w.strongWrite(in, i, a, c, "updates")
	}
}

// strongWrite checks one cell for an atomic or a strong write, which those of other
// blocks may meet, where its scope is beyond the block.
func (w *warp) strongWrite(in *inst, i int, a *allocation, c uint64, verb string) {
	l, tag, strong := w.l, w.b.tag, in.x.strong
	mark := tag
	if strong {
		mark |= byAtomics
	}
	t := a.writers[c]
	switch by := t &^ byAtomics; {
	case by < l.safe || by == tag:
	case strong && t != by && by >= l.tag: // atomics of other blocks
		mark = l.tag | byAtomics
	default:
		w.conflict(in, i, t, verb, "wrote")
	}
	a.writers[c] = mark
	if t := a.readers[c]; t >= l.safe && t != tag && !(strong && t >= byAtomics|l.tag) {
		w.conflict(in, i, t, verb, "read")
	}
}
