package emu

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// The address of a parameter of a function is its place in the frame, which is the
// same in every lane; that of a kernel's parameter its place among them, beyond
// all frames.
const kernelParams = 1 << 32

// paramAddress is the address of a parameter: in a window of its own for a kernel, in the frame for a
// function.
func (d *decoder) paramAddress(v *ptx.Variable) uint64 {
	if k := slices.Index(d.f.Params, v); d.f.Entry && k >= 0 {
		return kernelParams + uint64(d.p.paramAt[k])
	}
	return uint64(d.place.frame[v])
}

// loadParamAt executes ld.param at an address in a register.
func (w *warp) loadParamAt(in *inst, mask uint32) {
	n := uint64(in.size) * uint64(in.vec)
	w.addresses(in, mask)
	mask = w.aligned(in, mask, n)
	w.at.inRow = false
	frame := uint64(w.l.prog.frameBytes)
	for m := mask; m != 0 && w.l.err == nil; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		base, size := unsafe.Pointer(nil), uint64(0)
		if w.ea[i] >= kernelParams {
			base, size = unsafe.Pointer(&w.l.params[0]), uint64(w.l.prog.paramBytes)
			w.ea[i] -= kernelParams
		} else if frame > 0 {
			base, size = unsafe.Pointer(&w.frame[i*int(frame)]), frame
		}
		if w.ea[i] >= size || n > size-w.ea[i] {
			w.report(OutOfBounds, i, in, "reads %d bytes at %d of parameters of %d", n, w.ea[i], size)
			continue
		}
		w.moveIn(in, 1<<i, base, 0)
	}
}
