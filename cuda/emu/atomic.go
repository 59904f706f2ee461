package emu

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// An atomicOp computes the new value of an atomic from the old and the
// operands, as bits.
type atomicOp func(old, b, c uint64) uint64

// integerAtomics are the operations of atom and red on integers of type t, by their modifier.
func integerAtomics(op string, t ptx.Type) atomicOp {
	signed, n := t.Signed(), t.Bits()
	less := func(a, b uint64) bool {
		if signed {
			return int64(a<<(64-n)) < int64(b<<(64-n))
		}
		return a < b
	}
	return map[string]atomicOp{
		"add":  func(o, b, _ uint64) uint64 { return o + b },
		"and":  func(o, b, _ uint64) uint64 { return o & b },
		"or":   func(o, b, _ uint64) uint64 { return o | b },
		"xor":  func(o, b, _ uint64) uint64 { return o ^ b },
		"exch": func(_, b, _ uint64) uint64 { return b },
		"cas": func(o, b, c uint64) uint64 {
			if o == b {
				return c
			}
			return o
		},
		"inc": func(o, b, _ uint64) uint64 {
			if o >= b {
				return 0
			}
			return o + 1
		},
		"dec": func(o, b, _ uint64) uint64 {
			if o == 0 || o > b {
				return b
			}
			return o - 1
		},
		"min": func(o, b, _ uint64) uint64 {
			if less(b, o) {
				return b
			}
			return o
		},
		"max": func(o, b, _ uint64) uint64 {
			if less(o, b) {
				return b
			}
			return o
		},
	}[op]
}

// floatAtomics covers add of the float types and min and max of the halves.
func floatAtomics(op string, t ptx.Type, flush bool) atomicOp {
	half := func(m halfMode, f func(x, y float64) float64) atomicOp {
		one := func(o, b uint64) uint64 {
			return uint64(m.out(f(m.in(uint32(o&0xffff)), m.in(uint32(b&0xffff)))))
		}
		if m.packed {
			return func(o, b, _ uint64) uint64 { return one(o, b) | one(o>>16, b>>16)<<16 }
		}
		return func(o, b, _ uint64) uint64 { return one(o, b) }
	}
	f := map[string]func(x, y float64) float64{"add": round.OddSum, "min": minNum, "max": maxNum}[op]
	switch {
	case f == nil:
		return nil
	case t == ptx.F32 && op == "add":
		m := floatMode{ftz: flush}
		return func(o, b, _ uint64) uint64 {
			return uint64(m.out(round.OddSum(m.in(uint32(o)), m.in(uint32(b)))))
		}
	case t == ptx.F64 && op == "add":
		return func(o, b, _ uint64) uint64 {
			return math.Float64bits(addF64(math.Float64frombits(o), math.Float64frombits(b)))
		}
	case t == ptx.F16 || t == ptx.BF16 || t == ptx.F16x2 || t == ptx.BF16x2:
		return half(halfMode{halfFormat: halfOf(t), packed: t == ptx.F16x2 || t == ptx.BF16x2}, f)
	}
	return nil
}

// decodeAtomic decodes atom and red.
func decodeAtomic(d *decoder) {
	order := d.accessMods()
	sp := spaceByMod[d.take("global", "shared", "shared::cta")]
	op := d.take("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec")
	d.take("noftz")
	vec := vectors[d.take("v2", "v4", "v8")]
	t := d.typ()
	d.in.size, d.in.vec, d.in.kind = uint8(t.Size()), 1, kindEffect
	d.in.x = &extra{typ: t, sp: sp, ordering: order}
	d.grains(sp, t.Size())
	if sp != ptx.Shared {
		d.p.atomics = true
	}
	a := d.s.Args
	to := ptx.Operand{Kind: ptx.SinkOperand}
	if d.base == "atom" && len(a) > 0 {
		to, a = a[0], a[1:]
	}
	want := 2
	if op == "cas" {
		want = 3
	}
	if len(a) != want {
		d.fail("wrong number of operands")
	}
	d.memory(a[0], sp)
	f := integerAtomics(op, t)
	if t.Float() || t == ptx.F16x2 || t == ptx.BF16x2 {
		f = floatAtomics(op, t, sp != ptx.Shared)
	}
	if vec > 1 {
		d.vectorAtomic(to, a[1], t, vec, f)
		return
	}
	d.in.d, d.in.wide = d.dst(to, t), isWide(t)
	d.in.b = d.src(a[1], t)
	d.in.c = d.in.b
	if op == "cas" {
		d.in.c = d.src(a[2], t)
	}
	d.in.x.regs, d.in.x.wide = []uint32{d.in.b}, []bool{isWide(t)}
	d.in.do = func(w *warp, in *inst, mask uint32) { w.atomic(in, mask, f) }
}

var vectors = map[string]int{"": 1, "v2": 2, "v4": 4, "v8": 8}

// vectorAtomic is an atomic for each element of a vector, whose address is a
// multiple of its size.
func (d *decoder) vectorAtomic(to, from ptx.Operand, t ptx.Type, vec int, f atomicOp) {
	tos := slices.Repeat([]ptx.Operand{to}, vec)
	if to.Kind == ptx.VectorOperand {
		tos = to.List
	}
	if from.Kind != ptx.VectorOperand || len(from.List) != vec || len(tos) != vec {
		d.fail("operand is not a vector of %d", vec)
	}
	each, sources := make([]inst, vec), make([]uint32, vec)
	for k := range each {
		e := *d.in
		e.d, sources[k] = d.dst(tos[k], t), d.src(from.List[k], t)
		e.b = d.p.newRow(false) // what one element returns may be the source of the next
		e.c = e.b
		e.imm += int64(k * t.Size())
		each[k] = e
	}
	all := uint64(vec * t.Size())
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.addresses(in, mask)
		mask = w.aligned(in, mask, all)
		for k := range each {
			*rowOf[uint32](w, each[k].b) = *rowOf[uint32](w, sources[k])
		}
		for k := range each {
			if mask != 0 && w.l.err == nil {
				w.atomic(&each[k], mask, f)
			}
		}
	}
}

// atomic executes the lanes one after the other, in the order of the schedule.
func (w *warp) atomic(in *inst, mask uint32, f atomicOp) {
	w.addresses(in, mask)
	n := uint64(in.size)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	c := w.l.count
	c.Atomics += uint64(bits.OnesCount32(mask))
	if in.x.strong && w.beyondBlock(in, mask) {
		if in.x.release {
			w.l.fences.fence(w.b.number)
		}
		w.l.fences.atomic(w.b.number)
	}
	for k := range lanes {
		i := k
		if w.l.sched.how == Reverse {
			i = lanes - 1 - k
		}
		if mask>>i&1 == 0 {
			continue
		}
		p := w.atomicTarget(in, i, n)
		if w.l.err != nil {
			return
		}
		if p == nil {
			continue
		}
		old := loadBits(p, in.size)
		storeBits(p, in.size, f(old, w.getLane(in.b, isWide(in.x.typ), i),
			w.getLane(in.c, isWide(in.x.typ), i)))
		if in.d != sinkRow {
			w.setLane(in.d, in.wide, i, old)
		}
	}
}

// beyondBlock says whether an access is of memory that other blocks have too.
func (w *warp) beyondBlock(in *inst, mask uint32) bool {
	for m := mask; m != 0 && in.x.sp == ptx.Generic; m &= m - 1 {
		if w.ea[bits.TrailingZeros32(m)]>>windowLog != sharedWindow>>windowLog {
			return true
		}
	}
	return in.x.sp == ptx.Global
}

// atomicTarget checks one lane's access and returns the place, nil if it has none.
func (w *warp) atomicTarget(in *inst, i int, n uint64) unsafe.Pointer {
	sp := in.x.sp
	if sp == ptx.Generic {
		sp = ptx.Global
		if w.ea[i]>>windowLog == sharedWindow>>windowLog {
			sp = ptx.Shared
			w.ea[i] &= windowMask
		}
	}
	if sp == ptx.Shared {
		if w.sharedRange(in, 1<<i, n, "updates") == 0 {
			return nil
		}
		if w.l.checked {
			w.sharedAtomic(in, i, n)
		}
		return unsafe.Add(w.b.base, w.ea[i])
	}
	a := w.resolve(in, i, w.ea[i], n, "writes")
	if a == nil {
		return nil
	}
	w.l.count.BytesRead += n
	w.l.count.BytesWritten += n
	if w.l.checked {
		w.globalAtomic(in, i, a, n)
	}
	return a.at(w.ea[i])
}

// Of a grain of shared memory last written by an atomic.
const (
	sharedAtomics = uint64(1) << 31 // set in the writer cell
	severalLanes  = 0xff            // in place of the lane: more than one
)

// sharedAtomic holds an atomic of n bytes by lane i against the other accesses of the shared memory it
// touches, and marks the memory as accessed by an atomic.
func (w *warp) sharedAtomic(in *inst, i int, n uint64) {
	cells := &w.b.cells
	for c, end := w.ea[i]>>cells.grain, (w.ea[i]+n-1)>>cells.grain; c <= end; c++ {
		t := cells.writer[c]
		clk, lane := uint32(t>>clockShift), i
		switch {
		case clk < w.b.sync.begin:
			w.sharedSlow(in, i, c, t, false)
		case t >= clockPending || t&sharedAtomics == 0:
			w.sharedWriteCell(in, i, c)
		case clk > w.floor && uint32(t)>>16 != uint32(w.cell(i)|sharedAtomics)>>16:
			lane = severalLanes
		}
		w.sharedReaders(in, i, c)
		cells.writer[c] = w.cell(lane) | sharedAtomics
	}
}
