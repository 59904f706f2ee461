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
			tile: tileAVX2,
		}
	}
}
