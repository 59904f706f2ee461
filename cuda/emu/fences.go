package emu

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

// fence notes a fence of a block, or what orders as one does.
func (f *fences) fence(block uint64) {
	if f.fenced == nil {
		f.fenced, f.release = map[uint64]bool{}, map[uint64]uint64{}
		f.seen, f.acquire = map[uint64]uint64{}, map[uint64]uint64{}
	}
	f.fenced[block] = true
	f.acquire[block] = max(f.acquire[block], f.seen[block])
}

// atomic notes an atomic of a block, which may both release and acquire.
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
	if d.has("proxy") {
		d.in.kind = kindNop
		if d.has("async") && !d.has("global") { // the rest is about what nothing here does
			d.in.kind, d.in.do = kindEffect, (*warp).fenceProxy
		}
		d.mods = nil
		d.args(0)
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
