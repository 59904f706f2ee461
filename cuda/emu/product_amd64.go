//go:build !noasm

package emu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// D = A·B + C of bfloat16 or tf32 with float32 sums, of halves·8 or halves·4 terms.

//go:noescape
func productBF16(regs *[14]unsafe.Pointer, halves int)

//go:noescape
func productTF32(regs *[14]unsafe.Pointer, halves int)

// productAVX512 is multiply, equal bit for bit, but for halves.
func productAVX512(w *warp, s *mmaShape) bool {
	if s.in == ptx.F16 {
		return false
	}
	var regs [14]unsafe.Pointer
	for i := range 4 {
		regs[i], regs[10+i] = unsafe.Add(w.rows, s.d[i]), unsafe.Add(w.rows, s.c[i])
	}
	halves := len(s.b)
	for i := range halves {
		regs[4+2*i], regs[5+2*i] = unsafe.Add(w.rows, s.a[2*i]), unsafe.Add(w.rows, s.a[2*i+1])
		regs[8+i] = unsafe.Add(w.rows, s.b[i])
	}
	if s.in == ptx.BF16 {
		productBF16(&regs, halves)
	} else {
		productTF32(&regs, halves)
	}
	return true
}
