//go:build !noasm

package emu

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:noescape
func addRowAVX2(d, a, b *[lanes]float32)

//go:noescape
func subRowAVX2(d, a, b *[lanes]float32)

//go:noescape
func mulRowAVX2(d, a, b *[lanes]float32)

//go:noescape
func divRowAVX2(d, a, b *[lanes]float32)

//go:noescape
func fmaRowAVX2(d, a, b, c *[lanes]float32)

//go:noescape
func tileAVX2(c *[16][8]float32, a *[16][16]float32, b *[16][8]float32, k int)

//go:noescape
func addressesAVX2(ea, row *[lanes]uint64, off, n uint64, sum *[16]uint64)

// surveyAVX2 is surveyPlain; addresses with the top bit set are left to it.
func surveyAVX2(ea, row *[lanes]uint64, off, n uint64) reach {
	var s [16]uint64
	addressesAVX2(ea, row, off, n, &s)
	or := s[0] | s[1] | s[2] | s[3]
	if or>>63 != 0 {
		return surveyPlain(ea, row, off, n)
	}
	return reach{
		or: or, inRow: s[4]|s[5]|s[6]|s[7] == 0,
		lo: min(s[8], s[9], s[10], s[11]), hi: max(s[12], s[13], s[14], s[15]),
	}
}

func init() {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		vector32 = vectorRows{
			add: func(w *warp, in *inst, d unsafe.Pointer) {
				addRowAVX2((*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b))
			},
			sub: func(w *warp, in *inst, d unsafe.Pointer) {
				subRowAVX2((*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b))
			},
			mul: func(w *warp, in *inst, d unsafe.Pointer) {
				mulRowAVX2((*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b))
			},
			div: func(w *warp, in *inst, d unsafe.Pointer) {
				divRowAVX2((*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b))
			},
			fma: func(w *warp, in *inst, d unsafe.Pointer) {
				a, b, c := rowOf[float32](w, in.a), rowOf[float32](w, in.b), rowOf[float32](w, in.c)
				fmaRowAVX2((*[lanes]float32)(d), a, b, c)
			},
			tile:      tileAVX2,
			addresses: surveyAVX2,
		}
	}
	if cpu.X86.HasAVX512F {
		vector32.product = productAVX512
	}
}
