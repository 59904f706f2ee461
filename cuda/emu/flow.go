package emu

import "math/bits"

// noJoin is where lanes meet that never meet again.
const noJoin = -1

// pop continues with the lanes that have waited longest inside; false when
// there are none.
func (w *warp) pop() bool {
	for len(w.stack) > 0 {
		e := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		w.pc, w.join, w.active = e.pc, e.join, e.mask&^w.exited
		if w.active != 0 {
			return true
		}
	}
	w.active = 0
	return false
}

// split sends the lanes of taken to target and the other active ones to next.
// They meet at join, the immediate post-dominator of the branch: an entry that
// waits there is pushed first, then the side that runs second.
func (w *warp) split(taken uint32, target, next, join int32) {
	rest := w.active &^ taken
	if join != w.join && join != noJoin {
		w.stack = append(w.stack, pathEntry{pc: join, join: w.join, mask: w.active})
	}
	if join == noJoin {
		join = w.join // of the enclosing region, if any
	}
	if next != join {
		if target == join {
			w.pc, w.join, w.active = next, join, rest
			return
		}
		w.stack = append(w.stack, pathEntry{pc: next, join: join, mask: rest})
	}
	w.pc, w.join, w.active = target, join, taken
}

// flow executes a control instruction; mask is the lanes whose guard holds.
func (w *warp) flow(in *inst, mask uint32) {
	next := w.pc + 1
	switch in.kind {
	case kindBranch:
		switch mask {
		case 0:
			w.pc = next
		case w.active:
			w.pc = in.target
		default:
			w.split(mask, in.target, next, in.join)
		}
	case kindTable:
		w.table(in, mask, next)
	case kindCall:
		if mask == 0 {
			w.pc = next
			return
		}
		if rest := w.active &^ mask; rest != 0 {
			w.stack = append(w.stack, pathEntry{pc: next, join: w.join, mask: w.active})
		} else {
			w.stack = append(w.stack, pathEntry{pc: next, join: w.join, mask: mask, call: true})
		}
		w.pc, w.join, w.active = in.target, in.join, mask
	case kindExit:
		w.exited |= mask
		w.live &^= mask
		w.dead |= mask
		w.active &^= mask
		w.pc = next
	}
}

// table executes brx.idx: lanes are grouped by their target, the last group
// runs first.
func (w *warp) table(in *inst, mask uint32, next int32) {
	idx := rowOf[uint32](w, in.a)
	for i := range lanes {
		if mask>>i&1 == 1 && idx[i] >= uint32(len(in.x.table)) {
			w.report(OutOfBounds, i, in, "branch index %d, the table has %d targets", idx[i], len(in.x.table))
			mask &^= 1 << i
			w.exited |= 1 << i
			w.live &^= 1 << i
		}
	}
	join, outer := in.join, w.join
	if join != outer && join != noJoin {
		w.stack = append(w.stack, pathEntry{pc: join, join: outer, mask: w.active})
	}
	if join == noJoin {
		join = outer
	}
	if rest := w.active &^ mask; rest != 0 {
		w.stack = append(w.stack, pathEntry{pc: next, join: join, mask: rest})
	}
	for mask != 0 {
		t := in.x.table[idx[bits.TrailingZeros32(mask)]]
		var group uint32
		for i := range lanes {
			if mask>>i&1 == 1 && in.x.table[idx[i]] == t {
				group |= 1 << i
			}
		}
		w.stack = append(w.stack, pathEntry{pc: t, join: join, mask: group})
		mask &^= group
	}
	w.active = 0 // pop takes the group pushed last
}
