package emu

import (
	"math/bits"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// Landing says when the bytes of an asynchronous copy become visible.
type Landing uint8

// When copies land.
const (
	LandLate   Landing = iota // at the wait that guarantees them
	LandEarly                 // at once
	LandRandom                // one or the other, by Options.Seed
)

// asyncState is what a warp has in flight. Groups are counted for each lane,
// since lanes may commit apart.
type asyncState struct {
	pending []asyncCopy
	group   [lanes]int32 // the open group
	begun   uint64       // copies so far
}

// asyncCopy is one cp.async of a warp.
type asyncCopy struct {
	in       *inst
	mask     uint32
	landed   bool // the bytes are there, though no wait has said so
	dst, src [lanes]uint64
	bytes    [lanes]uint8 // read from the source; zeros fill the rest
	whole    bool         // none do
	group    [lanes]int32
	seq      uint64         // how many were begun before
	arrived  *[lanes]uint32 // when a cp.async.mbarrier.arrive took it in, 0: never
}

// decodeAsync decodes cp.async and its commit_group, wait_group, wait_all and
// mbarrier.arrive.
func decodeAsync(d *decoder) {
	d.has("async")
	d.in.kind = kindEffect
	switch d.take("commit_group", "wait_group", "wait_all", "mbarrier", "bulk") {
	case "bulk":
		decodeBulk(d)
		return
	case "commit_group":
		d.args(0)
		d.in.do = (*warp).commit
		return
	case "wait_group":
		a := d.args(1)
		if a[0].Kind != ptx.IntOperand || a[0].Int < 0 || a[0].Int > 1<<20 {
			d.fail("the number of groups must be a literal")
		}
		n := int32(a[0].Int)
		d.in.do = func(w *warp, in *inst, mask uint32) { w.wait(mask, n) }
		return
	case "wait_all":
		d.args(0)
		d.in.do = func(w *warp, in *inst, mask uint32) { w.wait(mask, -1) }
		return
	case "mbarrier":
		decodeCopyArrive(d)
		return
	}
	cache := d.take("ca", "cg")
	d.take("shared", "shared::cta")
	d.has("global")
	d.hint()
	d.take("L2::64B", "L2::128B", "L2::256B")
	a := d.s.Args
	if len(a) != 3 && len(a) != 4 {
		d.fail("got %d operands, want 3 or 4", len(a))
	}
	n := a[2].Int
	if a[2].Kind != ptx.IntOperand || n != 16 && (n != 4 && n != 8 || cache == "cg") {
		d.fail("cp.async.%s of %d bytes", cache, n)
	}
	x := &extra{p: sinkPred}
	d.in.x = x
	d.in.size, d.in.vec = uint8(n), 1
	d.memory(a[1], ptx.Global)
	x.regs, x.wide, x.offset = []uint32{d.in.a}, []bool{d.in.narrow}, d.in.imm
	d.memory(a[0], ptx.Shared)
	narrowGrain(&d.p.sharedLog, int(n))
	d.in.c = d.literal(uint64(n), false)
	if len(a) == 4 && (a[3].Kind == ptx.RegisterOperand || a[3].Kind == ptx.NotRegisterOperand) &&
		d.f.Registers[a[3].Register] == ptx.Pred {
		x.p, x.notP = d.predicate(a[3]) // ignore-src: zeros where it holds
	} else if len(a) == 4 {
		d.in.c = d.src(a[3], ptx.U32)
	}
	d.in.do = (*warp).copyAsync
}

// copyAsync starts a copy of in.size bytes for each lane.
func (w *warp) copyAsync(in *inst, mask uint32) {
	n := uint64(in.size)
	w.addresses(in, mask)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	if mask = w.sharedRange(in, mask, n, "writes"); mask == 0 {
		return
	}
	w.async.pending = append(w.async.pending, asyncCopy{})
	c := &w.async.pending[len(w.async.pending)-1]
	c.in, c.dst, c.group, c.seq = in, w.ea, w.async.group, w.async.begun
	w.async.begun++
	off := uint64(in.x.offset)
	for i := range w.ea {
		w.ea[i] = w.getLane(in.x.regs[0], !in.x.wide[0], i) + off
	}
	w.survey(mask)
	mask = w.aligned(in, mask, n)
	sizes := rowOf[uint32](w, in.c)
	ignore := uint32(0)
	if in.x.p != sinkPred {
		ignore = w.preds[in.x.p] ^ in.x.notP
	}
	var reads uint32
	short := uint64(0)
	a := w.oneAllocation(n)
	if a != nil && !w.allowed(a, mask, n, false) {
		a = nil
	}
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		k := uint64(sizes[i])
		if ignore>>i&1 == 1 {
			k = 0
		}
		if k > n {
			w.report(OutOfBounds, i, in, "copies %d of %d bytes", k, n)
			k = n
		}
		if k > 0 && a == nil && w.resolve(in, i, w.ea[i], k, "reads") == nil {
			mask &^= 1 << i
			continue
		}
		reads |= bit(k > 0) << i
		c.bytes[i] = uint8(k)
		short |= n - k
		w.l.count.BytesRead += k
	}
	c.mask, c.src, c.whole = mask, w.ea, short == 0
	w.l.count.Loads++
	w.l.count.LoadSectors += w.sectors(reads, n)
	if w.l.checked {
		w.expectAsync(c)
	}
	if w.l.late == LandEarly || w.l.late == LandRandom && w.l.sched.rng.IntN(2) == 0 {
		w.land(c, c.mask)
		c.landed = true
	}
}

// expectAsync marks where the bytes will land: nobody may touch it before the wait.
func (w *warp) expectAsync(c *asyncCopy) {
	cells := &w.b.cells
	n := uint64(c.in.size)
	for m := c.mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		for k, end := c.dst[i]>>cells.grain, (c.dst[i]+n-1)>>cells.grain; k <= end; k++ {
			w.sharedWriteCell(c.in, i, k)
			cells.writer[k] = clockPending | uint64(w.index)<<24 | uint64(i)<<16
		}
	}
}

// arrive notes the clock of a cp.async.mbarrier.arrive in a lane's copies: who waits
// for that is ordered after them, whatever the warp does in between.
func (s *asyncState) arrive(lane int, clk uint32) {
	for k := range s.pending {
		c := &s.pending[k]
		if c.mask>>lane&1 == 0 {
			continue
		}
		if c.arrived == nil {
			c.arrived = new([lanes]uint32)
		}
		if c.arrived[lane] == 0 {
			c.arrived[lane] = clk
		}
	}
}

// land moves the bytes of the lanes of the mask.
func (w *warp) land(c *asyncCopy, mask uint32) {
	n := uint64(c.in.size)
	if c.whole && mask != 0 {
		w.ea = c.src
		w.survey(mask)
		if a := w.oneAllocation(n); a != nil && w.allowed(a, mask, n, false) {
			if w.l.checked {
				w.checkRead(c.in, mask, a, n)
			}
			for m := mask; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m) & 31
				copy(w.b.shared[c.dst[i]:c.dst[i]+n], unsafe.Slice((*byte)(a.at(c.src[i])), n))
			}
			return
		}
	}
	w.at.inRow = false
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		k := uint64(c.bytes[i])
		if k > 0 {
			a := w.resolve(c.in, i, c.src[i], k, "reads")
			if a == nil {
				continue
			}
			if w.l.checked {
				w.ea[i] = c.src[i]
				w.checkRead(c.in, 1<<i, a, k)
			}
			copy(w.b.shared[c.dst[i]:c.dst[i]+k], unsafe.Slice((*byte)(a.at(c.src[i])), k))
		}
		clear(w.b.shared[c.dst[i]+k : c.dst[i]+n])
	}
}

// commit closes the open group of the lanes of the mask.
func (w *warp) commit(_ *inst, mask uint32) {
	for m := mask; m != 0; m &= m - 1 {
		w.async.group[bits.TrailingZeros32(m)]++
	}
}

// wait lands every copy of the lanes of the mask but those of the last n
// groups; n = −1 lands those of the open group too.
func (w *warp) wait(mask uint32, n int32) {
	w.settle(func(c *asyncCopy) (due uint32) {
		for m := c.mask & mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m) & 31
			due |= bit(c.group[i] < w.async.group[i]-n) << i
		}
		return due
	})
}

// settle lands the copies of the lanes that isDue names.
func (w *warp) settle(isDue func(c *asyncCopy) uint32) {
	cells := &w.b.cells
	keep := w.async.pending[:0]
	for k := range w.async.pending {
		c := &w.async.pending[k]
		due := isDue(c)
		if !c.landed {
			w.land(c, due)
		}
		if w.l.checked {
			for m := due; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m)
				cell := w.cell(i)
				if c.arrived != nil && c.arrived[i] != 0 {
					cell = cell<<clockShift>>clockShift | uint64(c.arrived[i])<<clockShift
				}
				last := (c.dst[i] + uint64(c.in.size) - 1) >> cells.grain
				for k := c.dst[i] >> cells.grain; k <= last; k++ {
					cells.writer[k] = cell
				}
			}
		}
		if c.mask &^= due; c.mask != 0 {
			keep = append(keep, *c)
		}
	}
	w.async.pending = keep
}
