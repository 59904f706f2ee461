package emu

import (
	"fmt"
	"math/bits"
)

// Races in shared memory are found with one pair of cells for each grain, the
// width of the kernel's narrowest shared access:
//
//	writer: clock 32 bits | by an atomic 1 | warp 7 | lane 8 | warp-sync count 16, of the last write
//	reader: clock 32 bits | a bit for each warp, of the reads at that clock
//
// The clock advances at barriers. A warp knows, for every other warp, the last
// clock it is ordered after; the least of those is its floor, and a cell at or
// below the floor needs no further look. A writer cell from before the block
// began means the grain holds nothing yet, so the same word also finds reads of
// uninitialised memory, of the gaps between variables, and of bytes that a
// cp.async has yet to bring.
//
// Within a warp, lanes are ordered by bar.warp.sync and by block barriers alone.
// With barriers of part of a block, reads older than the newest one of a grain
// are forgotten: some write-after-read races of such kernels are missed.
type sharedCells struct {
	writer, reader []uint64
	grain          uint
}

const (
	clockShift   = 32
	clockGap     = uint64(0xffffffff) << clockShift // not part of any variable
	clockPending = uint64(0xfffffffe) << clockShift // a cp.async will write here
)

// blockSync is what is known about the order of a block's warps.
type blockSync struct {
	now    uint32
	begin  uint32
	seen   [lanes]clocks // seen[w][u]: w is ordered after u's accesses up to this clock
	fenced [lanes]clocks // of these, what u wrote that wgmma may read: proxy.go
	bulk   bool          // there have been bulk copies
}

// init makes the cells of a block's shared memory; the gaps between variables belong to none.
func (c *sharedCells) init(b *block) {
	p := b.l.prog
	c.grain = p.sharedLog
	n := (int(b.sharedN) + 1<<c.grain - 1) >> c.grain
	c.writer, c.reader = make([]uint64, n), make([]uint64, n)
	inside := make([]bool, b.sharedN)
	mark := func(off, n int) {
		for i := off; i < off+n && i < len(inside); i++ {
			inside[i] = true
		}
	}
	for _, s := range p.sharedVars {
		mark(s.off, s.v.Bytes)
	}
	if p.usesDyn {
		mark(b.l.dynAt, int(b.l.dynamic))
	}
	for i, ok := range inside {
		if !ok {
			c.writer[i>>c.grain] = clockGap
		}
	}
	b.sync.now = 0
}

// restart makes every grain uninitialised by moving the beginning forward.
func (b *block) restartCells() {
	s := &b.sync
	s.now++
	s.begin = s.now
	for i := range b.warps {
		for j := range b.warps {
			s.seen[i][j] = s.now - 1
			s.fenced[i][j] = s.now - 1
		}
		s.seen[i][bulkAgent], s.bulk = s.now-1, false
		b.warps[i].clk, b.warps[i].floor, b.warps[i].warpSync = s.now, s.now-1, 0
	}
	for i, t := range b.cells.writer {
		if t>>clockShift == clockPending>>clockShift {
			b.cells.writer[i] = 0
		}
	}
}

// arrive adds to a barrier what a warp has done and is ordered after. A warp that
// does not wait goes on at a later clock: what it does next is not ordered.
func (s *blockSync) arrive(b *block, w *warp, bar *barrierState, waits bool) {
	bar.all.join(&s.seen[w.index])
	bar.fenced.join(&s.fenced[w.index])
	bar.all[w.index] = max(bar.all[w.index], w.clk)
	if !waits {
		s.now++
		w.clk = s.now
	}
}

// meet lets the warps that waited at a barrier come after everything all those
// that arrived had done.
func (s *blockSync) meet(b *block, bar *barrierState) {
	s.now++
	for _, w := range bar.waiting {
		s.seen[w.index] = bar.all
		s.fenced[w.index].join(&bar.fenced)
		w.setFloor()
		w.clk = s.now
	}
}

// setFloor sets the floor to the least clock that the warp is ordered after.
func (w *warp) setFloor() {
	s := &w.b.sync
	seen := &s.seen[w.index]
	w.floor = w.clk
	for k := range w.b.warps {
		if k != w.index {
			w.floor = min(w.floor, seen[k])
		}
	}
	if s.bulk {
		w.floor = min(w.floor, seen[bulkAgent])
	}
}

// syncWarp is bar.warp.sync: it orders memory between the lanes of a warp.
func (w *warp) syncWarp(in *inst, mask uint32) {
	w.checkMembers(in, mask, rowOf[uint32](w, in.a))
	w.warpSync++
}

// cell is what the writer cell says after a write by lane.
func (w *warp) cell(lane int) uint64 {
	return uint64(w.clk)<<clockShift | uint64(w.index)<<24 | uint64(lane)<<16 | uint64(w.warpSync)
}

// sharedWriteCell checks one grain for a write by a lane and notes it.
func (w *warp) sharedWriteCell(in *inst, lane int, c uint64) {
	cells := &w.b.cells
	if t := cells.writer[c]; uint32(t>>clockShift) > w.floor {
		w.sharedSlow(in, lane, c, t, true)
	}
	w.sharedReaders(in, lane, c)
	cells.writer[c] = w.cell(lane)
}

// sharedReaders checks that the reads of a grain by other warps are ordered
// before a write by a lane.
func (w *warp) sharedReaders(in *inst, lane int, c uint64) {
	cells := &w.b.cells
	if r := cells.reader[c]; uint32(r>>clockShift) > w.floor {
		others := uint32(r) &^ (1 << w.index)
		for ; others != 0; others &= others - 1 {
			u := bits.TrailingZeros32(others)
			if uint32(r>>clockShift) > w.b.sync.seen[w.index][u] {
				w.report(SharedRace, lane, in,
					"writes shared byte %d, which warp %d read with no barrier between",
					c<<cells.grain, u)
				break
			}
		}
	}
}

// sharedSlow decides about a grain whose last write is above the floor or
// before the block began.
func (w *warp) sharedSlow(in *inst, lane int, c, t uint64, write bool) {
	at := c << w.b.cells.grain
	verb := "reads"
	if write {
		verb = "writes"
	}
	u, by := int(t>>24&0x7f), int(t>>16&0xff)
	clk := uint32(t >> clockShift)
	switch {
	case t&clockGap == clockGap:
		w.report(OutOfBounds, lane, in, "%s shared byte %d, which is outside every variable", verb, at)
	case t&clockGap == clockPending:
		w.report(AsyncPending, lane, in, "%s shared byte %d, which a cp.async of %s has yet to write",
			verb, at, writerOf(t))
	case clk < w.b.sync.begin:
		if !write {
			w.report(Uninitialised, lane, in, "reads shared byte %d, which was never written", at)
		}
	case u != w.index:
		if clk > w.b.sync.seen[w.index][u] {
			w.report(SharedRace, lane, in, "%s shared byte %d, which %s wrote with no barrier between",
				verb, at, writerOf(t))
		}
	case clk == w.clk && by != lane && uint16(t) == w.warpSync:
		if write && w.sameValue(in, lane, by) {
			return
		}
		w.report(SharedRace, lane, in,
			"%s shared byte %d, which %s of the same warp wrote with no bar.warp.sync between",
			verb, at, writerOf(t))
	}
}

// writerOf names who last wrote a grain.
func writerOf(t uint64) string {
	warp, lane := int(t>>24&0x7f), int(t>>16&0xff)
	if warp == bulkAgent {
		return "a bulk copy"
	}
	if lane == severalLanes {
		return fmt.Sprintf("an atomic of warp %d", warp)
	}
	return fmt.Sprintf("thread %d", warp*lanes+lane)
}

// sameValue says whether two lanes store the same bytes to the same address in
// this very instruction, which CUDA allows.
func (w *warp) sameValue(in *inst, lane, other int) bool {
	if w.storeMask>>other&1 == 0 || other > lane || w.ea[other] != w.ea[lane] || in.x == nil {
		return false
	}
	for k, off := range in.x.regs {
		if in.x.wide[k] {
			r := rowOf[uint64](w, off)
			if r[lane] != r[other] {
				return false
			}
			continue
		}
		r := rowOf[uint32](w, off)
		if r[lane] != r[other] {
			return false
		}
	}
	return true
}
