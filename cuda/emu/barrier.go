package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// barrierState is one of the sixteen barriers of a block.
type barrierState struct {
	expected uint32 // threads
	arrived  uint32
	waiting  []*warp
	first    *inst // that arrived
	popc     uint32
	and, or  bool
	all      clocks // of the block's warps that the barrier orders: race_shared.go
	fenced   clocks // proxy.go
}

// barrierOp is what a barrier instruction does.
type barrierOp struct {
	arrive bool
	reduce string // "", "popc", "and", "or"
	p      int32  // reduced predicate
	flip   uint32
	count  bool // the instruction gives a number of threads
}

// decodeBarrier decodes bar and barrier: sync, arrive, red and warp.sync.
func decodeBarrier(d *decoder) {
	d.has("cta")
	what := d.take("sync", "arrive", "red", "warp")
	d.has("aligned")
	a := d.s.Args
	switch {
	case what == "warp":
		d.has("sync")
		d.in.a = d.src(d.args(1)[0], ptx.B32)
		d.in.kind, d.in.do = kindEffect, (*warp).syncWarp
		return
	case len(a) == 0 || what == "red" && len(a) < 3:
		d.fail("wrong number of operands")
	}
	op := &barrierOp{arrive: what == "arrive"}
	x := &extra{barrier: op}
	if what == "red" {
		op.reduce = d.take("popc", "and", "or")
		t := d.one(ptx.U32, ptx.Pred)
		op.p, op.flip = d.predicate(a[len(a)-1])
		if t == ptx.U32 {
			d.in.d = d.dst(a[0], ptx.U32)
		} else {
			d.in.d = uint32(d.predDst(a[0]))
		}
		a = a[1 : len(a)-1]
	}
	if len(a) == 0 || len(a) > 2 || op.arrive && len(a) != 2 {
		d.fail("wrong number of operands")
	}
	d.in.a = d.src(a[0], ptx.B32)
	if len(a) == 2 {
		op.count = true
		d.in.b = d.src(a[1], ptx.B32)
		d.p.named = true
	}
	d.in.kind, d.in.x = kindBarrier, x
}

// barrier arrives at a barrier; true when the warp's turn is over.
func (w *warp) barrier(in *inst, mask uint32) bool {
	b, op := w.b, in.x.barrier
	if mask != w.live {
		lane := bits.TrailingZeros32(w.live &^ mask)
		w.report(DivergentBarrier, lane, in,
			"the thread has not arrived: lanes %#08x of live lanes %#08x are here",
			mask, w.live)
		if w.l.err != nil {
			return false
		}
	}
	first := bits.TrailingZeros32(mask)
	id := rowOf[uint32](w, in.a)[first]
	if id > 15 {
		w.report(DivergentBarrier, first, in, "barrier %d, there are 16", id)
		return false
	}
	s := &b.bars[id]
	expected := w.l.threads
	if op.count {
		expected = rowOf[uint32](w, in.b)[first]
		if expected == 0 || expected%lanes != 0 || expected > uint32(len(b.warps)*lanes) {
			w.report(DivergentBarrier, first, in, "barrier for %d threads of a block of %d", expected,
				w.l.threads)
			return false
		}
	}
	if !w.joinBarrier(in, s, expected, first) {
		return false
	}
	n := uint32(lanes) // a barrier with a count counts whole warps
	if !op.count {
		n = uint32(bits.OnesCount32(w.live))
	}
	s.arrived += n
	b.sync.arrive(b, w, s, !op.arrive)
	w.reduceInto(s, in, mask)
	if !op.arrive {
		s.waiting = append(s.waiting, w)
		w.waiting, w.barrierAt, w.barrierID = true, in, id
	}
	b.complete(s)
	return !op.arrive
}

// joinBarrier checks that a warp's arrival fits those before it.
func (w *warp) joinBarrier(in *inst, s *barrierState, expected uint32, lane int) bool {
	if s.arrived == 0 {
		s.first, s.expected = in, expected
		s.popc, s.and, s.or = 0, true, false
		return true
	}
	if s.expected != expected {
		w.report(DivergentBarrier, lane, in, "expects %d threads, line %d of another warp %d",
			expected, s.first.line, s.expected)
		return false
	}
	if s.first != in && !in.x.barrier.count && !s.first.x.barrier.count {
		w.report(DivergentBarrier, lane, in, "another warp waits at the barrier of line %d", s.first.line)
		return w.l.err == nil
	}
	return true
}

// reduceInto adds the predicates of the lanes of the mask to what bar.red has of the block so far.
func (w *warp) reduceInto(s *barrierState, in *inst, mask uint32) {
	op := in.x.barrier
	if op.reduce == "" {
		return
	}
	p := (w.preds[op.p] ^ op.flip) & mask
	s.popc += uint32(bits.OnesCount32(p))
	s.and = s.and && p == mask
	s.or = s.or || p != 0
}

// complete lets the waiting warps go when all are there. Threads that have
// exited do not hold the others up, but doing so is a finding.
func (b *block) complete(s *barrierState) {
	if s.arrived == 0 {
		return
	}
	gone := b.goneThreads()
	whole := !s.first.x.barrier.count
	need := s.expected
	if whole {
		need -= gone
	}
	if s.arrived < need {
		return
	}
	if whole && gone > 0 {
		w, lane := b.someExited()
		w.report(DivergentBarrier, lane, s.first, "the thread has exited and never arrives")
	}
	b.sync.meet(b, s)
	for _, w := range s.waiting {
		w.waiting = false
		w.reduced(s)
	}
	*s = barrierState{waiting: s.waiting[:0]}
	b.turn, b.next = b.l.sched.order(len(b.warps), b.turn), 0
}

// reduced writes the result of a barrier reduction.
func (w *warp) reduced(s *barrierState) {
	in := w.barrierAt
	mask := w.active
	switch in.x.barrier.reduce {
	case "popc":
		row := rowOf[uint32](w, in.d)
		for i := range row {
			if mask>>i&1 == 1 {
				row[i] = s.popc
			}
		}
	case "and":
		w.preds[in.d] = w.preds[in.d]&^mask | -bit(s.and)&mask
	case "or":
		w.preds[in.d] = w.preds[in.d]&^mask | -bit(s.or)&mask
	}
}

// goneThreads is how many threads of the block have exited.
func (b *block) goneThreads() (n uint32) {
	for _, w := range b.warps {
		n += uint32(bits.OnesCount32(w.exited &^ w.absent()))
	}
	return n
}

// absent is the lanes beyond the end of the block.
func (w *warp) absent() uint32 {
	if t := w.l.threads - uint32(w.index*lanes); t < lanes {
		return ^uint32(1<<t - 1)
	}
	return 0
}

// someExited is a thread that has exited, as its warp and lane.
func (b *block) someExited() (*warp, int) {
	for _, w := range b.warps {
		if m := w.exited &^ w.absent(); m != 0 {
			return w, bits.TrailingZeros32(m)
		}
	}
	return b.warps[0], 0
}

// retire looks after barriers that waited for a warp which has finished.
func (b *block) retire(*warp) {
	for i := range b.bars {
		if b.bars[i].arrived > 0 && !b.bars[i].first.x.barrier.count {
			b.complete(&b.bars[i])
		}
	}
}

// deadlock reports that no warp of the block can go on.
func (b *block) deadlock() {
	for _, w := range b.warps {
		if w.waiting {
			s := &b.bars[w.barrierID]
			w.report(Deadlock, bits.TrailingZeros32(w.live), w.barrierAt,
				"barrier %d has %d of %d threads and no other warp can run",
				w.barrierID, s.arrived, s.expected)
			break
		}
	}
	b.l.stuck()
}
