package kernels

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// Numbers are float32 in F, or bfloat16 in H where F is nil.
type Numbers struct {
	F []float32
	H []uint16
}

// source is the matrix at the first of the numbers.
func (n Numbers) source(row, col int) source { return source{f: n.F, h: n.H, row: row, col: col} }

// halfUnit is the most elements that an item converts.
const halfUnit = 1 << 14

// Narrow is the job that sets dst to src, of as many elements, rounded to bfloat16, as an engine at
// precision BFloat16 rounds operands. It reads 4 bytes an element and writes 2.
func (e *Engine) Narrow(dst []uint16, src []float32) *Job {
	return NewJob(e.pool, ceilDiv(len(dst), halfUnit), func(_, item int) {
		a, b := item*halfUnit, min(len(dst), (item+1)*halfUnit)
		e.bfloat.packer.Round(dst[a:b], src[a:b])
	})
}

// Widen is the job that sets dst to src, of as many elements. It reads 2 bytes an element and writes 4.
func (e *Engine) Widen(dst []float32, src []uint16) *Job {
	return NewJob(e.pool, ceilDiv(len(dst), halfUnit), func(_, item int) {
		a, b := item*halfUnit, min(len(dst), (item+1)*halfUnit)
		widen(dst[a:b], src[a:b])
	})
}

// widen sets dst to src, of as many elements, four at a time where they lie so.
func widen(dst []float32, src []uint16) {
	n := len(src) / 4
	if n > 0 && uintptr(unsafe.Pointer(&src[0]))%8 == 0 && uintptr(unsafe.Pointer(&dst[0]))%8 == 0 {
		from := unsafe.Slice((*uint64)(unsafe.Pointer(&src[0])), n)
		to := unsafe.Slice((*uint64)(unsafe.Pointer(&dst[0])), 2*n)
		for i, x := range from { // little-endian
			to[2*i] = x&0xffff<<16 | x&0xffff0000<<32
			x >>= 32
			to[2*i+1] = x&0xffff<<16 | x&0xffff0000<<32
		}
	} else {
		n = 0
	}
	for i := 4 * n; i < len(src); i++ {
		dst[i] = bf16.Float(src[i])
	}
}

// A Rounder stores runs of float32 as bfloat16.
type Rounder struct{ packer *bf16.Packer }

// Rounder rounds as the engine does, which must be at precision BFloat16.
func (e *Engine) Rounder() Rounder { return Rounder{e.bfloat.packer} }

// Round sets dst to src, of as many elements, rounded.
func (r Rounder) Round(dst []uint16, src []float32) { r.packer.Round(dst, src) }
