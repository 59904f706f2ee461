package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// An mbarrier is a barrier in shared memory: 8 bytes that count arrivals and begin
// a new phase when all are there. Its state is kept beside the block; the bytes
// count as written by init and read by all else, so that an init which no barrier
// orders before its use is a race like any other.
//
// A thread that arrives releases what it did, one whose wait succeeds acquires
// that. Waits do not block: one in vain ends the turn of its warp.
type mbarrier struct {
	expected, pending uint32
	phase             uint64
	gathering, done   knowledge // of the warps that arrived
	copies            []copyArrival
	bytes             int64  // of bulk copies, that the phase waits for: bulk.go
	asked             uint64 // the instruction that first waited for this phase, 0: none
}

// copyArrival is an arrival that waits for the asynchronous copies a warp had
// begun; see cp.async.mbarrier.arrive.
type copyArrival struct {
	w    *warp
	mask uint32
	seq  uint64 // of the first copy that is not one of them
	clk  uint32 // what it releases, the copies aside: what came before it
	seen knowledge
}

// patience is how often the threads of a block may wait in vain, while no warp has
// more than busyTurns turns without doing so, before they are taken to wait for ever.
const (
	patience  = 1 << 20
	busyTurns = 16 // a turn may be shorter than a loop around a wait
)

// token is what arrive returns: the phase and the arrivals it still lacked.
func (m *mbarrier) token() uint64 { return m.phase<<32 | uint64(m.pending) }

// decodeMbarrier decodes mbarrier.*.
func decodeMbarrier(d *decoder) {
	what := d.mods[0]
	parity, incomplete, expects := d.has("parity"), d.has("noComplete"), d.has("expect_tx")
	d.mods = nil
	d.in.kind = kindEffect
	if what == "pending_count" {
		d.pendingCount()
		return
	}
	d.in.size, d.in.vec, d.in.x = 8, 1, &extra{sp: ptx.Shared}
	narrowGrain(&d.p.sharedLog, 8)
	at := 1 // the address follows a result
	if what == "init" || what == "inval" || what == "expect_tx" {
		at = 0
	}
	a := d.s.Args
	if len(a) <= at {
		d.fail("wrong number of operands")
	}
	d.memory(a[at], ptx.Shared)
	switch rest := a[at+1:]; what {
	case "init":
		d.initMbarrier(rest)
	case "inval":
		d.args(1)
		d.in.do = func(w *warp, in *inst, mask uint32) {
			w.mbarriers(in, mask, false, func(_ int, at uint64, _ *mbarrier) { delete(w.b.mbars, at) })
		}
	case "expect_tx":
		d.expectBytes(rest, false)
	case "arrive", "arrive_drop":
		if expects {
			d.expectBytes(rest, true)
			return
		}
		d.arriveMbarrier(rest, what == "arrive_drop", incomplete)
	default:
		d.waitMbarrier(rest, what == "test_wait", parity)
	}
}

// pendingCount decodes mbarrier.pending_count: the arrivals that a token lacked.
func (d *decoder) pendingCount() {
	a := d.args(2)
	to, from := d.dst(a[0], ptx.U32), d.src(a[1], ptx.B64)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			rowOf[uint32](w, to)[i] = uint32(rowOf[uint64](w, from)[i])
		}
	}
}

// initMbarrier decodes mbarrier.init, whose last operand is the count.
func (d *decoder) initMbarrier(rest []ptx.Operand) {
	if len(rest) != 1 {
		d.fail("mbarrier.init wants a count")
	}
	count := d.src(rest[0], ptx.U32)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.mbarriers(in, mask, true, func(i int, at uint64, _ *mbarrier) {
			w.initMbarrier(in, i, at, count)
		})
	}
}

// arriveMbarrier decodes mbarrier.arrive and arrive_drop, whose last operand may be a
// count; with noComplete it is incomplete: the arrivals may not end the phase.
func (d *decoder) arriveMbarrier(rest []ptx.Operand, drop, incomplete bool) {
	count := d.literal(1, false)
	if len(rest) == 1 {
		count = d.src(rest[0], ptx.U32)
	}
	if len(rest) > 1 || incomplete && len(rest) != 1 {
		d.fail("wrong number of operands")
	}
	to := d.dst(d.s.Args[0], ptx.B64)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.mbarriers(in, mask, false, func(i int, _ uint64, m *mbarrier) {
			w.setLane(to, true, i, m.token())
			n := rowOf[uint32](w, count)[i]
			if incomplete && n >= m.pending {
				w.report(DivergentBarrier, i, in, "%d arrivals with noComplete, the phase lacks %d", n,
					m.pending)
				return
			}
			w.arriveMbarrier(in, i, m, n, drop)
		})
	}
}

// waitMbarrier decodes mbarrier.test_wait and try_wait, for a token or for the parity
// of a phase; try_wait may have a last operand, how long it may be suspended.
func (d *decoder) waitMbarrier(rest []ptx.Operand, test, parity bool) {
	if len(rest) < 1 || len(rest) > 2 || test && len(rest) != 1 {
		d.fail("wrong number of operands")
	}
	p, t := d.predDst(d.s.Args[0]), ptx.B64
	if parity {
		t = ptx.U32
	}
	state := d.src(rest[0], t)
	if len(rest) == 2 {
		d.src(rest[1], ptx.U32)
	}
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.mbarriers(in, mask, false, func(i int, _ uint64, m *mbarrier) {
			w.waitMbarrier(in, i, m, w.getLane(state, !parity, i), parity, p)
		})
	}
}

// mbarriers calls f for the mbarrier of each lane of the mask; without one, only
// where it is about to be made.
func (w *warp) mbarriers(in *inst, mask uint32, makes bool, f func(lane int, at uint64, m *mbarrier)) {
	w.addresses(in, mask)
	for i := range w.ea {
		if w.ea[i]>>windowLog == sharedWindow>>windowLog {
			w.ea[i] &= windowMask
		}
	}
	w.survey(mask)
	mask = w.aligned(in, mask, 8)
	if mask = w.sharedRange(in, mask, 8, "uses"); mask == 0 {
		return
	}
	if w.l.checked && !makes {
		w.readCells(in, mask, 8)
	}
	ea := w.ea // copies that land meanwhile use it
	for m := mask; m != 0 && w.l.err == nil; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		b := w.b.mbars[ea[i]]
		if b == nil && !makes {
			w.report(Uninitialised, i, in, "shared address %#x holds no mbarrier", ea[i])
			continue
		}
		f(i, ea[i], b)
	}
	w.warpSync++
}

// initMbarrier makes an mbarrier at an address, for as many arrivals as the row count says.
func (w *warp) initMbarrier(in *inst, lane int, at uint64, count uint32) {
	n := rowOf[uint32](w, count)[lane]
	if n == 0 || n >= 1<<20 {
		w.report(DivergentBarrier, lane, in, "an mbarrier for %d arrivals, want 1 to 2^20 - 1", n)
		return
	}
	if w.l.checked {
		g := w.b.cells.grain
		w.storeMask = 0
		for c, end := at>>g, (at+7)>>g; c <= end; c++ {
			w.sharedWriteCell(in, lane, c)
		}
	}
	if w.b.mbars == nil {
		w.b.mbars = map[uint64]*mbarrier{}
	}
	w.b.mbars[at] = &mbarrier{expected: n, pending: n}
}

// arriveMbarrier counts n arrivals; drop also takes them from later phases.
func (w *warp) arriveMbarrier(in *inst, lane int, m *mbarrier, n uint32, drop bool) {
	if n == 0 || n > m.pending {
		w.report(DivergentBarrier, lane, in, "%d arrivals at an mbarrier whose phase lacks %d", n, m.pending)
		return
	}
	s := &w.b.sync
	m.count(w, n, drop, w.clk, s.knownTo(w))
	s.now++
	w.clk = s.now
}

// count takes n arrivals of a warp, at a clock and after what the warp had seen.
func (m *mbarrier) count(w *warp, n uint32, drop bool, clk uint32, seen knowledge) {
	m.gathering.join(&seen)
	m.gathering.seen[w.index] = max(m.gathering.seen[w.index], clk)
	w.b.polls = 0
	if drop {
		m.expected -= n
	}
	m.pending -= n
	m.endPhase()
}

// waitMbarrier sets p where the phase that state tells of, or the last one of its
// parity, is complete.
func (w *warp) waitMbarrier(in *inst, lane int, m *mbarrier, state uint64, parity bool, p int32) {
	w.landFor(in, m)
	over := func() bool {
		if parity {
			return m.phase&1 != state&1
		}
		return m.phase != state>>32
	}
	if now := w.l.count.WarpInstructions; m.asked == 0 {
		m.asked = now
	} else if m.asked != now && !over() {
		w.landBulk(m)
	}
	w.waited(in, lane, m, over(), p)
}

// waited sets p to whether a phase is over, and is ordered after it if so.
func (w *warp) waited(in *inst, lane int, m *mbarrier, over bool, p int32) {
	w.setPred(p, 1<<lane, over)
	if !over {
		w.inVain = true
		if w.b.polls++; w.b.polls > patience {
			w.report(Hang, lane, in,
				"the mbarrier lacks %d of %d arrivals and %d bytes after %d waits in vain",
				m.pending, m.expected, m.bytes, patience)
			w.l.stuck()
		}
		return
	}
	w.b.polls = 0
	w.b.sync.seen[w.index].join(&m.done.seen)
	w.b.sync.fenced[w.index].join(&m.done.fenced)
	w.setFloor()
	w.b.sync.now++
	w.clk = w.b.sync.now
}
