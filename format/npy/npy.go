// Package npy reads and writes .npy files, numpy's format for one array.
//
//	6 bytes    "\x93NUMPY"
//	2 bytes    version: 1.0, 2.0 or 3.0
//	2 bytes    N, little endian: the length of the header; 4 bytes from version 2
//	N bytes    {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//	the rest   the elements, in the order and type the header says
//
// The header is a Python literal. It is read by a parser for exactly that
// dictionary: nothing is evaluated. Floats of 16, 32 and 64 bits, integers and
// booleans, of either byte order and in C or Fortran order, are read as float32
// in C order (package element says what is exact and what is refused); float32
// in C order is written, as version 1.0. Object and structured arrays are not
// read: the former are pickles, which execute what they contain.
//
// Lengths are believed only as bytes arrive: a short file that claims to be long
// costs what it holds, and none costs more than 2³¹ − 1 elements, 8 GiB of float32.
package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

const (
	magic     = "\x93NUMPY"
	align     = 64      // where numpy starts the data
	maxHeader = 1 << 16 // bytes, one more than version 1 can say
	maxRank   = 64      // numpy's own
	maxCount  = 1<<31 - 1
)

// Array is an array in C order: the last index runs fastest.
type Array struct {
	Shape []int // empty for a scalar
	Data  []float32
	Bytes bool // the file has unsigned bytes, 0 to 255, as pixels are stored
}

// ReadFile reads the array in a regular file, which must hold nothing else.
func ReadFile(path string) (*Array, error) {
	f, _, err := bounded.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	defer f.Close()
	path = bounded.Name(path)
	r := bufio.NewReaderSize(f, chunkBytes)
	a, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	if _, err := r.ReadByte(); err == nil {
		return nil, fmt.Errorf("npy: %s: bytes follow the array of shape %d", path, a.Shape)
	} else if err != io.EOF {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	return a, nil
}

// Read reads one array and leaves r just behind it. The memory in use follows what
// arrives: less than three times the elements that there are as float32.
func Read(r io.Reader) (*Array, error) {
	a, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("npy: Read: %w", err)
	}
	return a, nil
}

// chunkBytes is a multiple of every element size.
const chunkBytes = 1 << 20

func read(r io.Reader) (*Array, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	count, err := extent(h.shape, h.width)
	if err != nil {
		return nil, err
	}
	if count > maxCount {
		return nil, fmt.Errorf("shape %d is %d elements, want at most %d", h.shape, count, maxCount)
	}
	var data []float32
	buf := make([]byte, min(chunkBytes, count*h.width))
	for len(data) < count {
		n := min(len(buf)/h.width, count-len(data))
		got, err := io.ReadFull(r, buf[:n*h.width])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("file truncated: shape %d is %d bytes of data, file has %d",
				h.shape, count*h.width, len(data)*h.width+got)
		}
		if err != nil {
			return nil, err
		}
		at := len(data)
		data = append(data, make([]float32, n)...)
		if i := h.decode(data[at:], buf); i >= 0 {
			return nil, h.noFloat32(at+i, buf[i*h.width:])
		}
	}
	if h.fortran && len(h.shape) > 1 {
		data = fromFortran(data, h.shape, 1)
	}
	return &Array{Shape: h.shape, Data: data, Bytes: h.descr[1:] == "u1"}, nil
}

// extent is the number of elements, after a check that their bytes, here and in
// the file, can be counted.
func extent(shape []int, width int) (int, error) {
	n, empty := 1, false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %d has a negative dimension", shape)
		}
		empty = empty || d == 0
		if d > 0 && n > math.MaxInt/(8*width)/d {
			return 0, fmt.Errorf("shape %d: the number of bytes overflows", shape)
		}
		n *= max(d, 1)
	}
	if empty {
		n = 0
	}
	return n, nil
}

// noFloat32 is the error of element i, whose bytes b begins with.
func (h *fileHeader) noFloat32(i int, b []byte) error {
	return fmt.Errorf("element %d, of type %s and bytes % x, is not a float32", i, h.descr, b[:h.width])
}

// fromFortran reorders elements, of width values each, whose first index runs fastest.
func fromFortran[T any](data []T, shape []int, width int) []T {
	stride := make([]int, len(shape)) // of each index, in data
	s := width
	for i, d := range shape {
		stride[i] = s
		s *= d
	}
	out := make([]T, len(data))
	index := make([]int, len(shape))
	from := 0
	for i := 0; i < len(out); i += width {
		copy(out[i:i+width], data[from:])
		for k := len(shape) - 1; k >= 0; k-- {
			index[k]++
			from += stride[k]
			if index[k] < shape[k] {
				break
			}
			from -= index[k] * stride[k]
			index[k] = 0
		}
	}
	return out
}

// WriteFile writes a file that appears under path whole or not at all: see package
// atomicfile, which also says what may stand there.
func WriteFile(path string, a *Array) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return write(w, a) })
	if err != nil {
		return fmt.Errorf("npy: WriteFile: %s: %w", path, err)
	}
	return nil
}

// Write writes the array as float32, version 1.0: the bytes numpy.save writes. The
// data must be as many as the product of the shape.
func Write(w io.Writer, a *Array) error {
	if err := write(w, a); err != nil {
		return fmt.Errorf("npy: Write: %w", err)
	}
	return nil
}

func write(w io.Writer, a *Array) error {
	if len(a.Shape) > maxRank {
		return fmt.Errorf("%d dimensions, want at most %d", len(a.Shape), maxRank)
	}
	count, err := extent(a.Shape, 4)
	if err != nil {
		return err
	}
	if count != len(a.Data) {
		return fmt.Errorf("shape %d has %d elements, data has %d", a.Shape, count, len(a.Data))
	}
	b := bufio.NewWriterSize(w, chunkBytes)
	b.Write(header(a.Shape)) // bufio keeps the first error for Flush
	var e [4]byte
	for _, v := range a.Data {
		binary.LittleEndian.PutUint32(e[:], math.Float32bits(v))
		b.Write(e[:])
	}
	return b.Flush()
}

// Header is what a file of that shape begins with: the data follow it, as float32 in C
// order. It is for whoever writes them out of order.
func Header(shape []int) ([]byte, error) {
	if len(shape) > maxRank {
		return nil, fmt.Errorf("npy: Header: %d dimensions, want at most %d", len(shape), maxRank)
	}
	if _, err := extent(shape, 4); err != nil {
		return nil, fmt.Errorf("npy: Header: %w", err)
	}
	return header(shape), nil
}

// header is everything before the data. Like numpy's, it has room for the first
// dimension to grow to 21 digits, so that a program may append in place.
func header(shape []int) []byte {
	var s strings.Builder
	s.WriteString("{'descr': '<f4', 'fortran_order': False, 'shape': (")
	for i, d := range shape {
		if i > 0 {
			s.WriteString(" ")
		}
		fmt.Fprintf(&s, "%d,", d)
	}
	text := s.String()
	if len(shape) > 1 { // Python writes (2, 3) but (2,)
		text = text[:len(text)-1]
	}
	text += "), }"
	if len(shape) > 0 {
		text += strings.Repeat(" ", 21-len(fmt.Sprint(shape[0])))
	}
	before := len(magic) + 2 + 2
	pad := align - (before+len(text)+1)%align
	text += strings.Repeat(" ", pad) + "\n"
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text))) // 64 dimensions of 19 digits fit
	return append(b, text...)
}

var errMagic = errors.New(`not an npy file: it does not begin with "\x93NUMPY"`)
