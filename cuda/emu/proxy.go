package emu

// wgmma reads shared memory, and bulk copies write it, by another way than ld and st, the
// asynchronous proxy: what st or cp.async wrote is there for it once a fence.proxy.async stands between,
// of whoever wrote after the write, or of whoever reads before the wgmma, with
// barriers that order all three. So beside the clocks that a warp is ordered after
// (race_shared.go) each warp has those up to which there was such a fence too, and
// barriers hand on both.

// clocks are one for each warp of a block, and one for its bulk copies.
type clocks [lanes + 1]uint32

// bulkAgent is who writes what a bulk copy brings.
const bulkAgent = lanes

// join takes the later of each clock.
func (c *clocks) join(o *clocks) {
	for i := range c {
		c[i] = max(c[i], o[i])
	}
}

// knowledge is what a warp is ordered after, and up to where that was fenced.
type knowledge struct{ seen, fenced clocks }

func (k *knowledge) join(o *knowledge) {
	k.seen.join(&o.seen)
	k.fenced.join(&o.fenced)
}

// knownTo is the knowledge of a warp.
func (s *blockSync) knownTo(w *warp) knowledge {
	return knowledge{s.seen[w.index], s.fenced[w.index]}
}

// fenceProxy is fence.proxy.async: all that the warp has written and all that it is
// ordered after may be read asynchronously by those ordered after it.
func (w *warp) fenceProxy(*inst, uint32) {
	s := &w.b.sync
	s.fenced[w.index].join(&s.seen[w.index])
	s.fenced[w.index][w.index] = w.clk
	s.now++
	w.clk = s.now
}

// readAsync checks and notes an asynchronous read of 16 bytes of shared memory, which
// are there.
func (w *warp) readAsync(in *inst, at uint64) {
	cells, s := &w.b.cells, &w.b.sync
	now := uint64(w.clk)<<clockShift | uint64(1)<<w.index
	for c, end := at>>cells.grain, (at+15)>>cells.grain; c <= end; c++ {
		t := cells.writer[c]
		clk, u := uint32(t>>clockShift), int(t>>24&0x7f)
		switch {
		case t >= clockPending || clk < s.begin || u != w.index && clk > s.seen[w.index][u]:
			w.sharedSlow(in, 0, c, t, false)
		case u != bulkAgent && clk > s.fenced[w.index][u]:
			w.report(MissingFence, 0, in,
				"reads shared byte %d, which %s wrote with no fence.proxy.async between",
				c<<cells.grain, writerOf(t))
		}
		if w.l.err != nil {
			return
		}
		if r := cells.reader[c]; (r^now)>>clockShift == 0 {
			cells.reader[c] = r | now
		} else if r < now {
			cells.reader[c] = now
		}
	}
}
