package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// A bulkCopy is one cp.async.bulk of a thread, from device memory to shared memory, that is
// under way: as late as allowed, its bytes are there once somebody waits a second time for a
// phase of its mbarrier that is not over without them. A phase is over when no arrival and no byte that
// expect_tx told of is missing.
type bulkCopy struct {
	in          *inst
	w           *warp
	lane        int
	dst, src, n uint64
	clk         uint32
	m           *mbarrier
}

// endPhase begins the next phase of m if nothing is missing.
func (m *mbarrier) endPhase() {
	if m.pending > 0 || m.bytes != 0 {
		return
	}
	m.phase++
	m.asked = 0
	m.pending = m.expected
	m.done = m.gathering
}

// expectBytes decodes mbarrier.expect_tx and mbarrier.arrive.expect_tx: the phase waits for
// that many bytes more, and the latter arrives too.
func (d *decoder) expectBytes(rest []ptx.Operand, arrives bool) {
	if len(rest) != 1 {
		d.fail("wrong number of operands")
	}
	n := d.src(rest[0], ptx.U32)
	to := uint32(sinkRow)
	if arrives {
		to = d.dst(d.s.Args[0], ptx.B64)
	}
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.mbarriers(in, mask, false, func(i int, _ uint64, m *mbarrier) {
			m.bytes += int64(rowOf[uint32](w, n)[i])
			if arrives {
				w.setLane(to, true, i, m.token())
				w.arriveMbarrier(in, i, m, 1, false)
			}
		})
	}
}

// decodeBulk decodes cp.async.bulk: where to, where from, how many bytes, whose mbarrier.
func decodeBulk(d *decoder) {
	d.has("shared::cluster")
	d.has("global")
	d.has("mbarrier::complete_tx::bytes")
	d.hint()
	a := d.args(4)
	d.in.kind, d.in.size, d.in.vec = kindEffect, 16, 1
	x := &extra{sp: ptx.Shared}
	d.in.x = x
	d.memory(a[1], ptx.Global)
	x.regs, x.wide, x.offset = []uint32{d.in.a}, []bool{d.in.narrow}, d.in.imm
	d.memory(a[3], ptx.Shared)
	at := *d.in // the mbarrier's address
	at.size, at.x = 8, &extra{sp: ptx.Shared}
	d.memory(a[0], ptx.Shared)
	narrowGrain(&d.p.sharedLog, 8)
	n := d.src(a[2], ptx.U32)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		var ms [lanes]*mbarrier
		w.mbarriers(&at, mask, false, func(i int, _ uint64, m *mbarrier) { ms[i] = m })
		if w.l.err != nil {
			return
		}
		bars := w.ea
		w.addresses(in, mask)
		for m := mask; m != 0 && w.l.err == nil; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			src := w.getLane(x.regs[0], !x.wide[0], i) + uint64(x.offset)
			w.startBulk(bulkCopy{in: in, w: w, lane: i, dst: w.ea[i] & windowMask, src: src,
				n: uint64(rowOf[uint32](w, n)[i]), m: ms[i]}, bars[i])
		}
	}
}

// startBulk begins one copy, if it may, with the mbarrier at an address.
func (w *warp) startBulk(c bulkCopy, bar uint64) {
	switch {
	case c.n == 0 || (c.dst|c.src|c.n)%16 != 0:
		w.report(Misaligned, c.lane, c.in,
			"%d bytes from %#x to shared address %#x, want multiples of 16", c.n, c.src, c.dst)
		return
	case c.dst > w.b.sharedN || c.n > w.b.sharedN-c.dst:
		w.report(OutOfBounds, c.lane, c.in,
			"writes %d bytes at shared address %#x, the block has %d", c.n, c.dst, w.b.sharedN)
		return
	case w.resolve(c.in, c.lane, c.src, c.n, "reads") == nil:
		return
	}
	w.l.count.Loads++
	w.l.count.BytesRead += c.n
	w.l.count.LoadSectors += (c.src&31 + c.n + 31) >> sectorLog
	s := &w.b.sync
	s.bulk = true
	if w.l.checked {
		w.expectBulk(&c, bar)
	}
	s.now++
	c.clk = s.now
	w.b.copies = append(w.b.copies, c)
	if w.l.late == LandEarly || w.l.late == LandRandom && w.l.sched.rng.IntN(2) == 0 {
		w.landBulk(c.m)
	}
}

// expectBulk checks that a copy may write where it goes, and that its mbarrier is there for
// it, and marks the bytes: nobody may touch them before the wait.
func (w *warp) expectBulk(c *bulkCopy, bar uint64) {
	cells, s := &w.b.cells, &w.b.sync
	fenced := func(k uint64, what string) {
		t := cells.writer[k]
		clk, u := uint32(t>>clockShift), int(t>>24&0x7f)
		if t < clockPending && clk >= s.begin && u != bulkAgent && clk > s.fenced[w.index][u] {
			w.report(MissingFence, c.lane, c.in,
				"%s shared byte %d, which %s wrote with no fence.proxy.async between", what, k<<cells.grain,
				writerOf(t))
		}
	}
	fenced(bar>>cells.grain, "completes at the mbarrier at")
	for k, end := c.dst>>cells.grain, (c.dst+c.n-1)>>cells.grain; k <= end && w.l.err == nil; k++ {
		fenced(k, "writes")
		w.sharedWriteCell(c.in, c.lane, k)
		cells.writer[k] = clockPending | bulkAgent<<24
	}
}

// landBulk brings the bytes of every copy whose mbarrier is m.
func (w *warp) landBulk(m *mbarrier) {
	b, cells := w.b, &w.b.cells
	keep := b.copies[:0]
	for k := range b.copies {
		c := b.copies[k]
		if c.m != m {
			keep = append(keep, c)
			continue
		}
		for at := uint64(0); at < c.n; at += 16 {
			a := c.w.resolve(c.in, c.lane, c.src+at, 16, "reads")
			if a == nil {
				break
			}
			if w.l.checked {
				c.w.ea[c.lane], c.w.at.inRow = c.src+at, false
				c.w.checkRead(c.in, 1<<c.lane, a, 16)
			}
			copy(b.shared[c.dst+at:c.dst+at+16], a.data[c.src+at-a.start:])
		}
		if w.l.checked {
			for k, end := c.dst>>cells.grain, (c.dst+c.n-1)>>cells.grain; k <= end; k++ {
				cells.writer[k] = uint64(c.clk)<<clockShift | bulkAgent<<24
			}
		}
		m.gathering.seen[bulkAgent] = max(m.gathering.seen[bulkAgent], c.clk)
		m.bytes -= int64(c.n)
		b.polls = 0
		if m.bytes < 0 && m.pending == 0 {
			c.w.report(DivergentBarrier, c.lane, c.in,
				"brings %d bytes more than the phase was told to expect", -m.bytes)
			continue
		}
		m.endPhase()
	}
	b.copies = keep
}

// leaveBulk finds the copies that nobody waited for, when the last warp has exited.
func (w *warp) leaveBulk() {
	if w.b.left == 0 && len(w.b.copies) > 0 {
		c := &w.b.copies[0]
		c.w.report(AsyncPending, c.lane, c.in, "the block has exited and nobody waited for the copy")
	}
}
