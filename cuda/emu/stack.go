package emu

import (
	"slices"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// stackBytes is the room of a thread for alloca, as much as CUDA gives by default
// and some more.
const stackBytes = 8 << 10

// stack returns the row of the threads' stack pointers, which are addresses in
// local memory, and gives the program that asks for it the first time a stack
// behind its other local memory.
func (d *decoder) stack() uint32 {
	p := d.p
	if p.stackRow == 0 {
		p.stackRow = p.newRow(false)
		p.stackAt = p.localBytes
		p.localBytes += stackBytes
	}
	return p.stackRow
}

// stackFrame returns what a function that takes stack does first and last: it keeps
// the stack pointers and gives back what is above them. Both are nil for others.
func (d *decoder) stackFrame() (keep, release *inst) {
	takes := func(s ptx.Statement) bool { return strings.HasPrefix(s.Op, "alloca.") }
	if d.f.Entry || !slices.ContainsFunc(d.f.Body, takes) {
		return nil, nil
	}
	sp, kept := d.stack(), d.p.newRow(false)
	move := func(to, from uint32) *inst {
		return &inst{kind: kindRow, d: to, a: from, exec: copyRow[uint32], join: noJoin, line: d.f.Line,
			loc: -1}
	}
	return move(kept, sp), move(sp, kept)
}

// decodeStack decodes alloca, stacksave and stackrestore.
func decodeStack(d *decoder) {
	t := d.one(ptx.U32, ptx.U64)
	sp := d.stack()
	a := d.s.Args
	d.in.kind = kindEffect
	switch {
	case d.base == "alloca" && (len(a) == 2 || len(a) == 3):
		align := uint64(8)
		if len(a) == 3 {
			align = uint64(a[2].Int)
			if a[2].Kind != ptx.IntOperand || align == 0 || align&(align-1) != 0 || align > stackBytes {
				d.fail("the alignment must be a power of two")
			}
		}
		to, size := d.dst(a[0], t), d.src(a[1], t)
		d.in.do = func(w *warp, in *inst, mask uint32) { w.alloca(in, mask, to, size, isWide(t), align) }
	case d.base == "stacksave" && len(a) == 1:
		to := d.dst(a[0], t)
		d.in.do = func(w *warp, in *inst, mask uint32) {
			for i := range lanes {
				if mask>>i&1 == 1 {
					w.setLane(to, isWide(t), i, uint64(rowOf[uint32](w, sp)[i]))
				}
			}
		}
	case d.base == "stackrestore" && len(a) == 1:
		from := d.src(a[0], t)
		d.in.do = func(w *warp, in *inst, mask uint32) {
			for i := range lanes {
				if mask>>i&1 == 1 {
					rowOf[uint32](w, sp)[i] = uint32(w.getLane(from, isWide(t), i))
				}
			}
		}
	default:
		d.fail("wrong number of operands")
	}
}

// alloca takes the next bytes of each lane's stack, which hold nothing yet.
func (w *warp) alloca(in *inst, mask uint32, to, size uint32, wide bool, align uint64) {
	p := w.l.prog
	sp := rowOf[uint32](w, p.stackRow)
	for i := range lanes {
		if mask>>i&1 == 0 {
			continue
		}
		at := (uint64(sp[i]) + align - 1) &^ (align - 1)
		n := w.getLane(size, wide, i)
		if end := uint64(p.stackAt + stackBytes); at > end || n > end-at {
			w.report(OutOfBounds, i, in, "alloca of %d bytes, %d of the stack's %d are taken", n,
				uint64(sp[i])-uint64(p.stackAt), stackBytes)
			continue
		}
		first := i*p.localBytes + int(at)
		clear(w.localInit[first : first+int(n)])
		sp[i] = uint32(at + n)
		w.setLane(to, wide, i, at)
	}
}
