package emu

import (
	"math/bits"
	"unsafe"
)

// moveIn loads in.vec values of in.size bytes for each lane of the mask from
// base, which stands for address start, into rows. The addresses in w.ea have
// been checked.
func (w *warp) moveIn(in *inst, mask uint32, base unsafe.Pointer, start uint64) {
	x := in.x
	if in.size == 4 && !x.wide[0] {
		if w.at.inRow && in.vec == 1 {
			*rowOf[uint32](w, x.regs[0]) = *(*[lanes]uint32)(unsafe.Add(base, w.at.lo-start))
			return
		}
		for k, off := range x.regs {
			d := rowOf[uint32](w, off)
			at := unsafe.Add(base, 4*k)
			if mask == fullMask {
				for i := range d {
					d[i] = *(*uint32)(unsafe.Add(at, w.ea[i]-start))
				}
				continue
			}
			for m := mask; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m) & 31
				d[i] = *(*uint32)(unsafe.Add(at, w.ea[i]-start))
			}
		}
		return
	}
	for k, off := range x.regs {
		at := unsafe.Add(base, int(in.size)*k)
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m) & 31
			v := loadBits(unsafe.Add(at, w.ea[i]-start), in.size)
			if x.typ.Signed() {
				v = extend(v, x.typ)
			}
			if x.half {
				v &= 0xffff
			}
			w.setLane(off, x.wide[k], i, v)
		}
	}
}

// setLane writes a value to one lane of a row.
func (w *warp) setLane(off uint32, wide bool, i int, v uint64) {
	if wide {
		rowOf[uint64](w, off)[i] = v
	} else {
		rowOf[uint32](w, off)[i] = uint32(v)
	}
}

// getLane is the value of lane i of a row.
func (w *warp) getLane(off uint32, wide bool, i int) uint64 {
	if wide {
		return rowOf[uint64](w, off)[i]
	}
	return uint64(rowOf[uint32](w, off)[i])
}

// loadBits is the value of size bytes at p.
func loadBits(p unsafe.Pointer, size uint8) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(p))
	case 2:
		return uint64(*(*uint16)(p))
	case 4:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

// storeBits stores size bytes at p.
func storeBits(p unsafe.Pointer, size uint8, v uint64) {
	switch size {
	case 1:
		*(*uint8)(p) = uint8(v)
	case 2:
		*(*uint16)(p) = uint16(v)
	case 4:
		*(*uint32)(p) = uint32(v)
	default:
		*(*uint64)(p) = v
	}
}

// moveOut stores rows; of lanes that write the same address the highest wins.
func (w *warp) moveOut(in *inst, mask uint32, base unsafe.Pointer, start uint64) {
	x := in.x
	if in.size == 4 && !x.wide[0] {
		if w.at.inRow && in.vec == 1 {
			*(*[lanes]uint32)(unsafe.Add(base, w.at.lo-start)) = *rowOf[uint32](w, x.regs[0])
			return
		}
		for k, off := range x.regs {
			s := rowOf[uint32](w, off)
			at := unsafe.Add(base, 4*k)
			for m := mask; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m) & 31
				*(*uint32)(unsafe.Add(at, w.ea[i]-start)) = s[i]
			}
		}
		return
	}
	for k, off := range x.regs {
		at := unsafe.Add(base, int(in.size)*k)
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m) & 31
			storeBits(unsafe.Add(at, w.ea[i]-start), in.size, w.getLane(off, x.wide[k], i))
		}
	}
}
