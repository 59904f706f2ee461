package bf16

import "unsafe"

// roundFunc is a kernel that rounds rows, in multiples of unit numbers; the zero value does none.
type roundFunc struct {
	unit int
	call func(dst, src unsafe.Pointer, n, rows, dstRow, srcRow int)
}

// whole is how many of n numbers the kernel does.
func (f roundFunc) whole(n int) int {
	if f.unit == 0 {
		return 0
	}
	return n - n%f.unit
}

// pairFunc is a kernel that makes words of pairs of rows, in multiples of unit columns; the zero value does
// none.
type pairFunc struct {
	unit int
	call func(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)
}

// whole is how many of n columns the kernel does.
func (f pairFunc) whole(n int) int {
	if f.unit == 0 {
		return 0
	}
	return n - n%f.unit
}

// addr is where the elements of s begin.
func addr[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
