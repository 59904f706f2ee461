package emu

import (
	"fmt"
	"math/bits"
)

// sectorLog is log2 of the bytes that device memory moves at least.
const sectorLog = 5

// loadGlobal executes ld.global and ld.const.
func (w *warp) loadGlobal(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.loadGlobalEA(in, mask)
}

// storeGlobal runs st of device memory.
func (w *warp) storeGlobal(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.storeGlobalEA(in, mask)
}

// loadGlobalEA loads from the addresses in ea.
func (w *warp) loadGlobalEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	c := w.l.count
	switch {
	case in.x.acquire:
		w.l.fences.acquired(w.b.number)
	case in.x.strong:
		w.l.fences.read(w.b.number)
	}
	c.Loads++
	c.LoadSectors += w.sectors(mask, n)
	c.BytesRead += uint64(bits.OnesCount32(mask)) * n
	if a := w.oneAllocation(n); a != nil && w.allowed(a, mask, n, false) {
		if w.l.checked {
			w.checkRead(in, mask, a, n)
		}
		w.moveIn(in, mask, a.base, a.start)
		return
	}
	w.at.inRow = false
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		lane := uint32(1) << i
		a := w.resolve(in, i, w.ea[i], n, "reads")
		if a == nil {
			for k, off := range in.x.regs { // collected: go on with a value that shows
				w.setLane(off, in.x.wide[k], i, ^uint64(0))
			}
			continue
		}
		if w.l.checked {
			w.checkRead(in, lane, a, n)
		}
		w.moveIn(in, lane, a.base, a.start)
	}
}

// storeGlobalEA stores to the addresses in ea.
func (w *warp) storeGlobalEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.aligned(in, mask, n); mask == 0 {
		return
	}
	c := w.l.count
	if in.x.release {
		w.l.fences.fence(w.b.number)
	}
	if in.x.strong {
		w.l.fences.released(w.b.number)
	}
	c.Stores++
	c.StoreSectors += w.sectors(mask, n)
	c.BytesWritten += uint64(bits.OnesCount32(mask)) * n
	if w.l.ctx.opt.Survey {
		return
	}
	if a := w.oneAllocation(n); a != nil && !a.readonly && w.allowed(a, mask, n, true) {
		if w.l.checked {
			w.checkWrite(in, mask, a, n)
		}
		w.moveOut(in, mask, a.base, a.start)
		return
	}
	w.at.inRow = false
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		lane := uint32(1) << i
		a := w.resolve(in, i, w.ea[i], n, "writes")
		if a == nil {
			continue
		}
		if w.l.checked {
			w.checkWrite(in, lane, a, n)
		}
		w.moveOut(in, lane, a.base, a.start)
	}
}

// oneAllocation returns the live allocation that holds the accesses of all
// active lanes, or nil: then each lane is looked at by itself.
func (w *warp) oneAllocation(n uint64) *allocation {
	lo, hi := w.at.lo, w.at.hi
	a := w.l.mem.find(lo)
	if a == nil || a.base == nil || lo < a.start || hi-a.start > a.size || n > a.size-(hi-a.start) {
		return nil
	}
	return a
}

// resolve finds the allocation of one access or reports why there is none.
func (w *warp) resolve(in *inst, lane int, addr, n uint64, verb string) *allocation {
	a := w.l.mem.find(addr)
	switch {
	case a != nil && a.holds(addr, n):
		if a.readonly && verb == "writes" {
			w.report(ReadOnly, lane, in, "writes %d bytes at %#x in %s", n, addr, a.describe())
			return nil
		}
		if b := w.l.bounds; !b.allows(a, addr, n, verb == "writes") {
			w.report(OutOfBounds, lane, in, "%s %d bytes at %#x, which is %s", verb, n, addr,
				b.outside(addr, n, verb == "writes"))
			return nil
		}
		return a
	case a != nil && a.base == nil:
		w.report(UseAfterFree, lane, in, "%s %d bytes at %#x, which is %s, freed", verb, n, addr,
			place(a, addr))
	default:
		w.report(OutOfBounds, lane, in, "%s %d bytes at %#x, which is %s",
			verb, n, addr, place(w.l.mem.near(addr), addr))
	}
	return nil
}

// near is the allocation an address outside all of them most likely belongs to.
func (m *memory) near(addr uint64) *allocation {
	if a := m.find(addr); a != nil {
		return a
	}
	if n := len(m.table); n > 1 && addr>>segmentLog == uint64(n) {
		return m.table[n-1]
	}
	return nil
}

// place says where an address lies relative to an allocation.
func place(a *allocation, addr uint64) string {
	switch {
	case a == nil && addr < segment:
		return "near null"
	case a == nil:
		return "in no allocation"
	case addr < a.start:
		return fmt.Sprintf("%d bytes before %s", a.start-addr, a.describe())
	case addr >= a.start+a.size:
		return fmt.Sprintf("%d bytes past the end of %s", addr-a.start-a.size, a.describe())
	}
	return fmt.Sprintf("%d bytes into %s", addr-a.start, a.describe())
}

// sectors counts the distinct 32-byte sectors the lanes of the mask touch.
func (w *warp) sectors(mask uint32, n uint64) uint64 {
	if w.at.inRow {
		return (w.at.lo&31 + lanes*n + 31) >> sectorLog
	}
	count := uint64(0)
	prev := ^uint64(0)
	sorted := true
	for m := mask; m != 0; m &= m - 1 {
		s := w.ea[bits.TrailingZeros32(m)] >> sectorLog // aligned: one sector holds it
		if s == prev {
			continue
		}
		sorted = sorted && (prev == ^uint64(0) || s > prev)
		prev = s
		count++
	}
	if sorted {
		return count
	}
	return w.distinctSectors(mask)
}

// distinctSectors counts with a small open-addressed set.
func (w *warp) distinctSectors(mask uint32) (count uint64) {
	set := &w.sectorSeen
	clear(set[:])
	for m := mask; m != 0; m &= m - 1 {
		s := w.ea[bits.TrailingZeros32(m)]>>sectorLog + 1
		h := s * 0x9e3779b97f4a7c15 >> 58
		for set[h] != 0 && set[h] != s {
			h = (h + 1) & 63
		}
		if set[h] == 0 {
			set[h] = s
			count++
		}
	}
	return count
}
