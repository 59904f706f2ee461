package kernels

import (
	endian "encoding/binary"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// Numbers are float32 in F, or bfloat16 in H where F is nil.
type Numbers struct {
	F []float32
	H []uint16
}

// Len is how many numbers there are.
func (n Numbers) Len() int { return len(n.F) + len(n.H) }

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

// widen sets dst to src, of as many elements, four at a time. None is denormal where the
// engine has stored them.
func widen(dst []float32, src []uint16) {
	n := len(src) / 4 * 4
	if n > 0 {
		from := unsafe.Slice((*byte)(unsafe.Pointer(&src[0])), 2*n)
		to := unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), 4*n)
		for i := 0; i < 2*n; i += 8 {
			x := endian.LittleEndian.Uint64(from[i:])
			endian.LittleEndian.PutUint64(to[2*i:], x&0xffff<<16|x&0xffff0000<<32)
			endian.LittleEndian.PutUint64(to[2*i+8:], x>>32&0xffff<<16|x>>48<<48)
		}
	}
	for i, h := range src[n:] {
		dst[n+i] = bf16.Float(h)
	}
}

// A Rounder stores runs of float32 as bfloat16.
type Rounder struct{ packer *bf16.Packer }

// Rounder rounds as the engine does, which must be at precision BFloat16.
func (e *Engine) Rounder() Rounder { return Rounder{e.bfloat.packer} }

// Round sets dst to src, of as many elements, rounded.
func (r Rounder) Round(dst []uint16, src []float32) { r.packer.Round(dst, src) }
