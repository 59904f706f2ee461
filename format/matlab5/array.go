package matlab5

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/element"
)

// number is how an element of a type holds numbers.
type number struct {
	kind  element.Kind
	width int
}

// numbers are the types of elements that hold numbers: miINT8 to miUINT32, miSINGLE,
// miDOUBLE, miINT64 and miUINT64.
var numbers = map[uint32]number{
	1: {element.Int, 1}, 2: {element.Uint, 1}, 3: {element.Int, 2}, 4: {element.Uint, 2},
	5: {element.Int, 4}, 6: {element.Uint, 4}, 7: {element.Float, 4}, 9: {element.Float, 8},
	12: {element.Int, 8}, 13: {element.Uint, 8},
}

const (
	miInt8, miInt32, miUint32 = 1, 5, 6

	firstNumeric, lastNumeric = 6, 15 // the classes mxDOUBLE_CLASS to mxUINT64_CLASS
	complexFlag               = 0x0800

	maxName  = 1 << 12
	maxDims  = 32
	maxCount = 1<<31 - 1 // elements of an array
)

// matrix reads an array, whose size bytes are all that r holds.
func (r reader) matrix(names []string, size int64) (Array, error) {
	if size == 0 { // an empty array without a name, as MATLAB writes it inside others
		return Array{}, nil
	}
	flags, err := r.small(miUint32, 8, 8)
	if err != nil {
		return Array{}, fmt.Errorf("flags of an array: %w", err)
	}
	extents, err := r.small(miInt32, 8, 4*maxDims)
	if err != nil {
		return Array{}, fmt.Errorf("dimensions of an array: %w", err)
	}
	name, err := r.small(miInt8, 0, maxName)
	if err != nil {
		return Array{}, fmt.Errorf("name of an array: %w", err)
	}
	a := Array{Name: string(name)}
	if slices.Contains(names, a.Name) {
		if err := r.fill(&a, r.order.Uint32(flags), extents); err != nil {
			return a, fmt.Errorf("array %s: %w", bounded.Quote(a.Name), err)
		}
	}
	if _, err := io.Copy(io.Discard, r.Reader); err != nil {
		return a, fmt.Errorf("array %s: %w", bounded.Quote(a.Name), noEOF(err))
	}
	return a, nil
}

// fill reads the values of a, whose flags and dimensions were read.
func (r reader) fill(a *Array, flags uint32, extents []byte) error {
	if class := flags & 0xff; class < firstNumeric || class > lastNumeric {
		return fmt.Errorf("class: got %d, want one of numbers, %d to %d", class, firstNumeric, lastNumeric)
	}
	if flags&complexFlag != 0 {
		return errors.New("got complex numbers, want real ones")
	}
	count := 1
	for i := 0; i < len(extents); i += 4 {
		n := int(int32(r.order.Uint32(extents[i:])))
		a.Dims = append(a.Dims, n)
		if n < 0 || n > 0 && count > maxCount/n {
			return fmt.Errorf("dimensions: got %d, want at most %d elements", a.Dims, maxCount)
		}
		count *= n
	}
	kind, size, data, err := r.tag()
	if err != nil {
		return fmt.Errorf("values: %w", err)
	}
	num, ok := numbers[kind]
	if !ok || int64(size) != int64(count)*int64(num.width) {
		return fmt.Errorf("values: got %d bytes of type %d, want numbers for dimensions %d", size, kind,
			a.Dims)
	}
	if data == nil {
		if data, err = r.bytes(int(size)); err != nil {
			return fmt.Errorf("values: %w", err)
		}
	}
	a.Values, err = num.bytes(data, r)
	return err
}

// bytes are the numbers in data as bytes. Those that are bytes already stay where they are.
func (num number) bytes(data []byte, r reader) ([]byte, error) {
	if num.kind == element.Uint && num.width == 1 {
		return data, nil
	}
	decode := element.NewDecoder(num.kind, num.width, r.order)
	values := make([]byte, len(data)/num.width)
	var x [1]float32
	for i := range values {
		at := data[i*num.width:]
		bad := decode(x[:], at) >= 0
		if v := x[0]; bad || !(0 <= v && v <= 255) || v != float32(byte(v)) {
			return nil, fmt.Errorf("value %d: got bytes % x, want a whole number from 0 to 255", i,
				at[:num.width])
		}
		values[i] = byte(x[0])
	}
	return values, nil
}

// small reads an element of that type, of least to most bytes.
func (r reader) small(want uint32, least, most int) ([]byte, error) {
	kind, size, data, err := r.tag()
	if err != nil {
		return nil, err
	}
	if kind != want || int64(size) < int64(least) || int64(size) > int64(most) ||
		size%uint32(numbers[want].width) != 0 {
		return nil, fmt.Errorf("got %d bytes of type %d, want %d to %d of type %d", size, kind, least, most,
			want)
	}
	if data != nil {
		return data, nil
	}
	if data, err = r.bytes(int(size)); err != nil {
		return nil, err
	}
	if pad := -int64(size) & 7; pad > 0 {
		_, err = io.CopyN(io.Discard, r.Reader, pad)
	}
	return data, noEOF(err)
}

// tag reads the tag of an element, and its data where they are in it.
func (r reader) tag() (kind, size uint32, data []byte, err error) {
	var tag [8]byte
	if n, err := io.ReadFull(r.Reader, tag[:]); err != nil {
		return 0, 0, nil, fmt.Errorf("got %d bytes, want a tag of 8: %w", n, noEOF(err))
	}
	first := r.order.Uint32(tag[:])
	if size = first >> 16; size == 0 {
		return first, r.order.Uint32(tag[4:]), nil, nil
	}
	if size > 4 {
		return 0, 0, nil, fmt.Errorf("got %d bytes in a tag, want at most 4", size)
	}
	return first & 0xffff, size, tag[4 : 4+size], nil
}

// bytes reads n bytes. What it takes grows as they arrive.
func (r reader) bytes(n int) ([]byte, error) {
	b := make([]byte, min(n, 1<<20))
	for have := 0; ; {
		got, err := io.ReadFull(r.Reader, b[have:])
		if have += got; err != nil {
			return nil, fmt.Errorf("got %d bytes, want %d: %w", have, n, noEOF(err))
		}
		if have == n {
			return b, nil
		}
		grown := make([]byte, min(n, 2*len(b)))
		copy(grown, b)
		b = grown
	}
}
