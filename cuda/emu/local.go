package emu

import (
	"math/bits"
	"unsafe"
)

// Local memory is private to a lane: address a of lane i is byte
// i·localBytes + a of the warp's array.

// localRange checks the local accesses of the mask and turns w.ea into offsets.
func (w *warp) localRange(in *inst, mask uint32, n uint64, verb string) uint32 {
	if mask = w.aligned(in, mask, n); mask == 0 {
		return 0
	}
	size := uint64(w.l.prog.localBytes)
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		if a := w.ea[i]; a+n > size || a+n < a {
			w.report(OutOfBounds, i, in, "%s %d bytes at local address %#x, the thread has %d", verb, n, a,
				size)
			mask &^= 1 << i
		}
		w.ea[i] += uint64(i) * size
	}
	w.at.inRow = false
	return mask
}

// loadLocal runs ld of local memory, storeLocal st.
func (w *warp) loadLocal(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.loadLocalEA(in, mask)
}

// loadLocalEA loads from the addresses in ea.
func (w *warp) loadLocalEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.localRange(in, mask, n, "reads"); mask == 0 {
		return
	}
	if w.l.checked {
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			for k := range n {
				if w.localInit[w.ea[i]+k] == 0 {
					w.report(Uninitialised, i, in, "reads local byte %#x, which was never written",
						w.ea[i]+k-uint64(i*w.l.prog.localBytes))
					break
				}
			}
		}
	}
	w.moveIn(in, mask, unsafe.Pointer(&w.local[0]), 0)
}

func (w *warp) storeLocal(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.storeLocalEA(in, mask)
}

// storeLocalEA stores to the addresses in ea.
func (w *warp) storeLocalEA(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	if mask = w.localRange(in, mask, n, "writes"); mask == 0 {
		return
	}
	if w.l.checked {
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			for k := range n {
				w.localInit[w.ea[i]+k] = 1
			}
		}
	}
	w.moveOut(in, mask, unsafe.Pointer(&w.local[0]), 0)
}

// windows sorts the lanes of the mask by the space their generic address is in,
// and makes those of shared and local memory relative to it.
func (w *warp) windows(mask uint32) (inGlobal, inShared, inLocal uint32) {
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		switch w.ea[i] >> windowLog {
		case sharedWindow >> windowLog:
			inShared |= 1 << i
			w.ea[i] &= windowMask
		case localWindow >> windowLog:
			inLocal |= 1 << i
			w.ea[i] &= windowMask
		default:
			inGlobal |= 1 << i
		}
	}
	return inGlobal, inShared, inLocal
}

// loadGeneric runs ld at generic addresses, storeGeneric st.
func (w *warp) loadGeneric(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.loadGenericEA(in, mask)
}

// loadGenericEA loads, space by space, from the addresses in ea.
func (w *warp) loadGenericEA(in *inst, mask uint32) {
	g, s, l := w.windows(mask)
	if g != 0 {
		w.survey(g)
		w.loadGlobalEA(in, g)
	}
	if s != 0 {
		w.survey(s)
		w.loadSharedEA(in, s)
	}
	if l != 0 {
		w.survey(l)
		w.loadLocalEA(in, l)
	}
}

func (w *warp) storeGeneric(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.storeGenericEA(in, mask)
}

// storeGenericEA stores, space by space, to the addresses in ea.
func (w *warp) storeGenericEA(in *inst, mask uint32) {
	g, s, l := w.windows(mask)
	if g != 0 {
		w.survey(g)
		w.storeGlobalEA(in, g)
	}
	if s != 0 {
		w.survey(s)
		w.storeSharedEA(in, s)
	}
	if l != 0 {
		w.survey(l)
		w.storeLocalEA(in, l)
	}
}
