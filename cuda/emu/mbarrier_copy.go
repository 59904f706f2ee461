package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// decodeCopyArrive decodes cp.async.mbarrier.arrive: an arrival once the copies
// the thread has begun are there. Without .noinc the phase is made to wait for one
// more.
func decodeCopyArrive(d *decoder) {
	more := !d.has("noinc")
	d.mods = nil
	d.in.size, d.in.vec, d.in.x, d.in.kind = 8, 1, &extra{sp: ptx.Shared}, kindEffect
	narrowGrain(&d.p.sharedLog, 8)
	d.memory(d.args(1)[0], ptx.Shared)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.mbarriers(in, mask, false, func(i int, _ uint64, m *mbarrier) {
			if more {
				m.pending++
			}
			s := &w.b.sync
			m.copies = append(m.copies, copyArrival{w, 1 << i, w.async.begun, w.clk, s.knownTo(w)})
			w.async.arrive(i, w.clk)
			s.now++
			w.clk = s.now
			if w.l.late == LandEarly {
				w.landFor(in, m)
			}
		})
	}
}

// landFor lands the copies that arrivals at m wait for: as late as a wait may see.
func (w *warp) landFor(in *inst, m *mbarrier) {
	copies := m.copies
	m.copies = nil
	for _, c := range copies {
		c.w.settle(func(k *asyncCopy) uint32 { return k.mask & c.mask & -bit(k.seq < c.seq) })
		if m.pending == 0 {
			c.w.report(DivergentBarrier, bits.TrailingZeros32(c.mask), in,
				"an arrival of copies at an mbarrier whose phase lacks none")
			return
		}
		m.count(c.w, 1, false, c.clk, c.seen)
	}
}
