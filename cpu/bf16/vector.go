package bf16

import "unsafe"

// vectorFunc is a function of a row in assembly that does multiples of unit numbers; the zero value does
// none.
type vectorFunc struct {
	unit int
	call func(dst, src unsafe.Pointer, n int)
}

// do does as many of n numbers as there are whole units, and returns how many these are.
func (f vectorFunc) do(dst, src unsafe.Pointer, n int) int {
	if f.unit == 0 || n < f.unit {
		return 0
	}
	n -= n % f.unit
	f.call(dst, src, n)
	return n
}

// pairFunc is a vectorFunc of two rows.
type pairFunc struct {
	unit int
	call func(dst, even, odd unsafe.Pointer, n int)
}

// do is as that of vectorFunc.
func (f pairFunc) do(dst, even, odd unsafe.Pointer, n int) int {
	if f.unit == 0 || n < f.unit {
		return 0
	}
	n -= n % f.unit
	f.call(dst, even, odd, n)
	return n
}

// addr is where the elements of s begin.
func addr[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
