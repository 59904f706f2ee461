package commtest

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/stillfield/stillfield/comm"
)

// bytesOf is the memory of x.
func bytesOf[T comm.Element](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*comm.TypeOf[T]().Bytes())
}

// buffer is n elements of T in a form's memory, with a guard element behind them that no
// collective may touch.
type buffer[T comm.Element] struct {
	comm.Buffer
	m Memory
	n int
}

// guard stands behind the elements of a buffer.
const guard = 77

func newBuffer[T comm.Element](m Memory, n int, value func(i int) T) (*buffer[T], error) {
	x := make([]T, n+1)
	for i := range n {
		x[i] = value(i)
	}
	x[n] = guard
	b, err := m.Alloc(len(bytesOf(x)))
	if err != nil {
		return nil, err
	}
	return &buffer[T]{b, m, n}, m.Write(b, bytesOf(x))
}

// want holds the buffer to values, and frees it.
func (b *buffer[T]) want(value func(i int) T) error {
	x := make([]T, b.n+1)
	err := b.m.Read(bytesOf(x), b.Buffer)
	for i := 0; i < b.n && err == nil; i++ {
		if w := value(i); x[i] != w {
			err = fmt.Errorf("element %d of %d is %v, want %v", i, b.n, x[i], w)
		}
	}
	if err == nil && x[b.n] != guard {
		err = fmt.Errorf("the element behind %d is %v, which nothing was to write", b.n, x[b.n])
	}
	return errors.Join(err, b.m.Free(b.Buffer))
}
