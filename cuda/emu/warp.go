package emu

import (
	"math/bits"
	"unsafe"
)

// A warp is 32 lanes that execute one instruction at a time.
type warp struct {
	rows  unsafe.Pointer // the register file: rows of 32 values
	preds []uint32       // a bit for each lane
	slab  []uint64       // what rows points into

	pc, join int32  // next instruction; where the active lanes wait for others
	active   uint32 // lanes that execute
	live     uint32 // lanes that exist and have not exited
	exited   uint32
	dead     uint32 // lanes whose registers nobody will read
	stack    []pathEntry

	l     *launch
	b     *block
	index int           // in the block
	ea    [lanes]uint64 // effective addresses
	at    reach

	local      []byte // lane by lane
	localInit  []byte // of each byte: 1 once written
	frame      []byte // parameters of called functions, lane by lane
	written    []uint32
	async      asyncState
	products   products // of wgmma, in flight
	registers  int      // of a thread, as setmaxnreg set them; 0: it has not
	clk, floor uint32   // order of shared accesses: see race_shared.go
	warpSync   uint16
	storeMask  uint32
	waiting    bool // at a barrier
	busy       int  // turns since it last waited in vain
	inVain     bool // waited in vain at an mbarrier: its turn is over
	barrierAt  *inst
	barrierID  uint32
	sectorSeen [64]uint64
}

// pathEntry is a set of lanes that waits for its turn.
type pathEntry struct {
	pc, join int32
	mask     uint32
	call     bool // the lanes that return from a function
}

// status is why a warp stopped running.
type status uint8

const (
	running   status = iota
	atBarrier        // waits for the block
	finished         // every lane has exited
	preempted        // its turn is over
	failed           // the launch has ended with an error
)

// run executes at most n instructions.
func (w *warp) run(n int) status {
	code := w.l.prog.code
	l := w.l
	for ; n > 0; n-- {
		if w.pc == w.join || w.active == 0 {
			if !w.pop() {
				return finished
			}
			n++ // not an instruction
			continue
		}
		in := &code[w.pc]
		mask := w.active & (w.preds[in.guard] ^ in.flip)
		if in.track != nil && l.checked {
			if w.tracked(in, mask); l.err != nil {
				return failed
			}
		}
		l.count.WarpInstructions++
		count := uint64(bits.OnesCount32(mask))
		l.count.ThreadInstructions += count
		switch in.kind {
		case kindRow:
			l.count.FP32 += count * uint64(in.flops)
			w.row(in, mask)
			w.pc++
		case kindPred:
			w.predicate(in, mask)
			w.pc++
		case kindEffect:
			w.pc++
			if mask != 0 {
				in.do(w, in, mask)
				if l.err != nil {
					return failed
				}
				if w.inVain {
					return preempted
				}
			}
		case kindNop:
			w.pc++
		case kindBarrier:
			w.pc++
			if mask != 0 && w.barrier(in, mask) {
				return atBarrier
			}
			if l.err != nil {
				return failed
			}
		default:
			w.flow(in, mask)
			if l.err != nil {
				return failed
			}
		}
	}
	return preempted
}

// row executes a row instruction: in place when no other lane's value would be
// lost, else through the scratch row.
func (w *warp) row(in *inst, mask uint32) {
	if mask|w.dead == fullMask {
		in.exec(w, in, unsafe.Add(w.rows, in.d))
		return
	}
	if mask == 0 {
		return
	}
	in.exec(w, in, unsafe.Add(w.rows, scratchRow))
	if in.wide {
		merge(rowOf[uint64](w, in.d), rowOf[uint64](w, scratchRow), mask)
	} else {
		merge(rowOf[uint32](w, in.d), rowOf[uint32](w, scratchRow), mask)
	}
}

// merge copies the lanes of the mask.
func merge[T word](d, s *[lanes]T, mask uint32) {
	for i := range d {
		d[i] ^= (d[i] ^ s[i]) & -T(mask>>i&1)
	}
}

// predicate executes setp and its kin: p = test ∘ c and q = ¬test ∘ c.
func (w *warp) predicate(in *inst, mask uint32) {
	if mask == 0 {
		return
	}
	r := in.test(w, in)
	x := in.x
	c := w.preds[x.p] ^ x.notP
	p := x.combine.of(r, c)
	w.preds[in.d] = w.preds[in.d]&^mask | p&mask
	if x.q != sinkPred {
		q := x.combine.of(^r, c)
		w.preds[x.q] = w.preds[x.q]&^mask | q&mask
	}
}
