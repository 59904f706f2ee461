// Package matlab5 reads arrays of bytes from MAT-files of version 5, what MATLAB, Octave
// and scipy write by default ("MAT-File Format", The MathWorks, chapter 1):
//
//	116 bytes   text
//	8 bytes     where data of subsystems lie
//	2 bytes     version: 0x0100
//	2 bytes     "IM" where numbers are little endian, "MI" where they are big
//	elements    type and size, 4 bytes each; data, padded to 8 bytes
//
// An element of type miMATRIX is an array with a name; of type miCOMPRESSED, a zlib stream
// that holds one. An element of at most 4 bytes may stand in a tag of 8: size and type
// in two bytes each, then the data. Arrays are column-major: the first index runs fastest.
//
// Real arrays of numbers are read, of any class and width, whose values are whole numbers
// from 0 to 255. What else is in a file is passed over; asked for, it is an error. So are
// files of version 7.3, which are HDF5.
//
// Lengths are believed only as bytes arrive: an array costs at most three times what is
// there of it.
package matlab5

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
)

// Array is an array of whole numbers from 0 to 255, the first index running fastest.
type Array struct {
	Name   string
	Dims   []int // at least two
	Values []byte
}

// The types of elements that are not numbers.
const (
	miMatrix     = 14
	miCompressed = 15
)

const headerLen = 128

// ReadFile reads the arrays of those names from the file at path, in the order of names.
func ReadFile(path string, names ...string) ([]Array, error) {
	f, _, err := bounded.Open(path)
	if err != nil {
		return nil, fmt.Errorf("matlab5: %w", err)
	}
	defer f.Close()
	arrays, err := read(bufio.NewReaderSize(f, 1<<16), names)
	if err != nil {
		return nil, fmt.Errorf("matlab5: %s: %w", bounded.Name(path), err)
	}
	return arrays, nil
}

// reader reads numbers of one byte order.
type reader struct {
	io.Reader
	order binary.ByteOrder
}

// read reads a whole file.
func read(in io.Reader, names []string) ([]Array, error) {
	r, err := header(in)
	if err != nil {
		return nil, err
	}
	found := map[string]Array{}
	for {
		a, err := r.top(names)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if _, twice := found[a.Name]; twice && a.Values != nil {
			return nil, fmt.Errorf("array %s: got it twice, want it once", bounded.Quote(a.Name))
		}
		if a.Values != nil {
			found[a.Name] = a
		}
	}
	arrays := make([]Array, len(names))
	for i, name := range names {
		a, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("array %s: got none, want one", bounded.Quote(name))
		}
		arrays[i] = a
	}
	return arrays, nil
}

// header reads the first 128 bytes.
func header(in io.Reader) (reader, error) {
	head := make([]byte, headerLen)
	if n, err := io.ReadFull(in, head); err != nil {
		return reader{}, fmt.Errorf("header: got %d bytes, want %d: %w", n, headerLen, noEOF(err))
	}
	r := reader{in, binary.LittleEndian}
	switch mark := string(head[126:]); mark {
	case "IM":
	case "MI":
		r.order = binary.BigEndian
	default:
		return r, fmt.Errorf("byte order: got %s, want IM or MI: not a MAT-file of version 5",
			bounded.Quote(mark))
	}
	if v := r.order.Uint16(head[124:]); v != 0x0100 {
		return r, fmt.Errorf("version: got %#04x (%s), want 0x0100: save it with -v7", v,
			bounded.Quote(strings.TrimRight(string(head[:20]), " \x00")))
	}
	return r, nil
}

// top reads one element of the file, io.EOF where there is none. An array that is not
// among names has no values.
func (r reader) top(names []string) (Array, error) {
	kind, size, err := r.longTag()
	if err != nil {
		return Array{}, err
	}
	part := io.LimitReader(r.Reader, int64(size))
	switch kind {
	case miMatrix:
		return reader{part, r.order}.matrix(names, int64(size))
	case miCompressed:
	default:
		return Array{}, fmt.Errorf("element: got type %d, want an array, %d or %d", kind, miMatrix,
			miCompressed)
	}
	zip, err := zlib.NewReader(bufio.NewReader(part))
	if err != nil {
		return Array{}, fmt.Errorf("compressed element: %w", noEOF(err))
	}
	in := reader{zip, r.order}
	kind, inner, err := in.longTag()
	if err != nil {
		return Array{}, fmt.Errorf("compressed element: %w", noEOF(err))
	}
	if kind != miMatrix {
		return Array{}, fmt.Errorf("compressed element: got type %d, want an array, %d", kind, miMatrix)
	}
	a, err := reader{io.LimitReader(zip, int64(inner)), r.order}.matrix(names, int64(inner))
	if err != nil {
		return Array{}, err
	}
	switch n, err := io.Copy(io.Discard, io.LimitReader(zip, 1)); { // zlib's checksum is behind it
	case err != nil:
		return Array{}, fmt.Errorf("array %s: %w", bounded.Quote(a.Name), noEOF(err))
	case n > 0:
		return Array{}, fmt.Errorf("array %s: got more than its %d bytes", bounded.Quote(a.Name), inner)
	}
	_, err = io.Copy(io.Discard, part)
	return a, err
}

// longTag reads a tag of 8 bytes that stands before its data, io.EOF where nothing does.
func (r reader) longTag() (kind, size uint32, err error) {
	var tag [8]byte
	n, err := io.ReadFull(r.Reader, tag[:])
	if err == io.EOF {
		return 0, 0, err
	}
	if err != nil {
		return 0, 0, fmt.Errorf("element: got %d bytes, want a tag of 8: %w", n, err)
	}
	return r.order.Uint32(tag[:]), r.order.Uint32(tag[4:]), nil
}

// noEOF names an end where there should be none; nil stays nil.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
