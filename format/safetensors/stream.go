package safetensors

import (
	"fmt"
	"io"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// Stream is one float32 array to write that need not be in memory.
type Stream struct {
	Name  string
	Shape []int // row-major; empty for a scalar
	// Each gives the elements, as many as the product of Shape, a part at a time. It is
	// called twice and must give the same elements both times. A part is lent.
	Each func(use func(part []float32) error) error

	data *[]float32 // all of them, where they are in memory
}

// WriteStreams is [WriteFile] for arrays that are not in memory.
func WriteStreams(path string, metadata map[string]string, arrays []Stream) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return write(w, metadata, arrays) })
	if err != nil {
		return fmt.Errorf("safetensors: WriteStreams: %s: %w", path, err)
	}
	return nil
}

// streams are tensors as streams.
func streams(tensors []Tensor) []Stream {
	all := make([]Stream, len(tensors))
	for i := range tensors {
		t := &tensors[i]
		all[i] = Stream{Name: t.Name, Shape: t.Shape, data: &t.Data,
			Each: func(use func(part []float32) error) error { return use(t.Data) }}
	}
	return all
}

// encode passes the bytes of t to use, a buffer at a time.
func (t *Stream) encode(buf []byte, use func(chunk []byte) error) error {
	n, size := 0, 1
	for _, d := range t.Shape {
		size *= d
	}
	err := t.Each(func(part []float32) error {
		n += len(part)
		return encode(part, buf, use)
	})
	if err == nil && n != size {
		err = fmt.Errorf("tensor %s: shape %d has %d elements, Each gave %d", bounded.Quote(t.Name), t.Shape,
			size, n)
	}
	return err
}
