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
		w.report(GlobalRace, lane, in, "%s %#x, which several blocks of the launch %s", verb, w.ea[lane], other)
		return
	}
	by := uint64(t - l.tag - 1)
	if l.released(by, w.b.number) {
		return
	}
	w.report(GlobalRace, lane, in, "%s %#x, which block %d of the launch %s", verb, w.ea[lane], by, other)
}

// fences remembers, for each block that used an atomic after a fence, when it
// last did: data passed from one block to the next through a counter is ordered
// by that. A strong write after a fence does the same, and a strong read before one
// at the other end; an access with .release or .acquire is both. All must be of a
// scope beyond the block, and of memory that other blocks have. What the first block
// writes after its release is not told apart.
type fences struct {
	now     uint64
	fenced  map[uint64]bool
	release map[uint64]uint64
	seen    map[uint64]uint64 // of the last strong read, which a fence makes an acquire
	acquire map[uint64]uint64
}

func (f *fences) fence(block uint64) {
	if f.fenced == nil {
		f.fenced, f.release = map[uint64]bool{}, map[uint64]uint64{}
		f.seen, f.acquire = map[uint64]uint64{}, map[uint64]uint64{}
	}
	f.fenced[block] = true
	f.acquire[block] = max(f.acquire[block], f.seen[block])
}

func (f *fences) atomic(block uint64) {
	f.released(block)
	f.acquired(block)
}

// released notes a write that tells others what the block did before its fence.
func (f *fences) released(block uint64) {
	if f.fenced[block] {
		f.now++
		f.release[block] = f.now
	}
}

// acquired notes a read that may have seen such a write.
func (f *fences) acquired(block uint64) {
	if f.fenced != nil {
		f.now++
		f.acquire[block] = f.now
	}
}

// read notes a strong read, an acquire once a fence follows.
func (f *fences) read(block uint64) {
	if f.fenced != nil {
		f.now++
		f.seen[block] = f.now
	}
}

// released says whether what block u did is ordered before block t.
func (l *launch) released(u, t uint64) bool {
	r := l.fences.release[u]
	return r > 0 && l.fences.acquire[t] > r
}

// decodeFence decodes membar and fence.
func decodeFence(d *decoder) {
	d.take("sc", "acq_rel")
	if d.has("proxy") { // about what is written otherwise than by st, which nothing here is
		d.mods = nil
		d.args(0)
		d.in.kind = kindNop
		return
	}
	scope := d.take("cta", "cluster", "gpu", "gl", "sys")
	d.args(0)
	d.in.kind, d.in.do = kindEffect, func(w *warp, in *inst, mask uint32) {
		if scope != "cta" && scope != "cluster" {
			w.l.fences.fence(w.b.number)
		}
	}
}
