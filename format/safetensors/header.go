package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	maxHeader   = 100_000_000 // the official implementation's cap, bytes
	maxRank     = 64          // numpy's and torch's
	metadataKey = "__metadata__"
)

// Info describes one tensor of a file.
type Info struct {
	Name  string
	DType DType
	Shape []int // row-major; empty for a scalar
	Bytes int64 // its length in the file

	begin int64 // from the end of the header
	count int   // product of Shape
}

// Len is the number of elements, 1 for a scalar.
func (t Info) Len() int { return t.count }

// header is the parsed JSON.
type header struct {
	metadata map[string]string // with the checksums
	tensors  []Info            // in the order of their bytes
	size     int64             // bytes of all tensors
}

// parseHeader checks everything that can be checked without the data, whose
// length the header then gives: the sum of the tensors.
func parseHeader(text []byte) (*header, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("header is not UTF-8")
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("header does not begin with {")
	}
	h := &header{metadata: map[string]string{}}
	w := walker{json.NewDecoder(bytes.NewReader(text))}
	w.dec.UseNumber()
	err := w.object("header", func(name string) error {
		if name == metadataKey {
			return w.object(metadataKey, func(key string) error {
				value, err := w.text(fmt.Sprintf("metadata %q", key))
				h.metadata[key] = value
				return err
			})
		}
		t, err := w.tensor(name)
		h.tensors = append(h.tensors, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("header: text after the closing } at byte %d", w.dec.InputOffset())
	}
	return h, h.contiguous()
}

// tensor reads one entry of the header.
func (w walker) tensor(name string) (Info, error) {
	t := Info{Name: name, count: 1}
	what := fmt.Sprintf("tensor %q", name)
	var offsets []int64
	var members int
	err := w.object(what, func(key string) (err error) {
		members++
		switch key {
		case "dtype":
			var s string
			s, err = w.text(what + ": dtype")
			t.DType = DType(s)
		case "shape":
			var dims []int64
			dims, err = w.integers(what+": shape", maxRank)
			t.Shape = make([]int, len(dims))
			for i, d := range dims {
				if d > math.MaxInt {
					return fmt.Errorf("%s: dimension %d, want at most %d", what, d, math.MaxInt)
				}
				t.Shape[i] = int(d)
			}
		case "data_offsets":
			offsets, err = w.integers(what+": data_offsets", 2)
		default:
			err = fmt.Errorf("%s: unknown member %q, want dtype, shape and data_offsets", what, key)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	if members != 3 { // three different ones, for duplicates and others are refused
		return t, fmt.Errorf("%s: %d members, want dtype, shape and data_offsets", what, members)
	}
	if len(offsets) != 2 || offsets[0] > offsets[1] {
		return t, fmt.Errorf("%s: data_offsets %d, want begin ≤ end", what, offsets)
	}
	t.begin, t.Bytes = offsets[0], offsets[1]-offsets[0]
	count, size, err := extent(t.DType, t.Shape)
	if err != nil {
		return t, fmt.Errorf("%s: %w", what, err)
	}
	if size != t.Bytes {
		return t, fmt.Errorf("%s: %s %d is %d bytes, data_offsets %d hold %d",
			what, t.DType, t.Shape, size, offsets, t.Bytes)
	}
	t.count = count
	return t, nil
}

// extent is the number of elements and of bytes of a shape.
func extent(d DType, shape []int) (count int, size int64, err error) {
	width := d.bits()
	if width == 0 {
		return 0, 0, fmt.Errorf("unknown dtype %q", string(d))
	}
	n := uint64(1)
	for _, dim := range shape {
		if dim < 0 {
			return 0, 0, fmt.Errorf("shape %d has a negative dimension", shape)
		}
		hi, lo := bits.Mul64(n, uint64(dim))
		if n = lo; hi != 0 || n > math.MaxInt64/64 || n > math.MaxInt {
			return 0, 0, fmt.Errorf("shape %d: the number of elements overflows", shape)
		}
	}
	total := n * uint64(width)
	if total%8 != 0 {
		return 0, 0, fmt.Errorf("%d elements of %d bits are not whole bytes", n, width)
	}
	return int(n), int64(total / 8), nil
}

// contiguous sorts the tensors by their place and requires them to cover the
// data end to end. An empty tensor stands before the one it touches.
func (h *header) contiguous() error {
	slices.SortFunc(h.tensors, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Name, b.Name))
	})
	for i, t := range h.tensors {
		switch {
		case t.begin > h.size:
			return fmt.Errorf("tensor %q begins at %d, leaving a hole after %d", t.Name, t.begin, h.size)
		case t.begin < h.size:
			return fmt.Errorf("tensor %q begins at %d, inside tensor %q, which ends at %d",
				t.Name, t.begin, h.tensors[i-1].Name, h.size)
		}
		h.size = t.begin + t.Bytes
	}
	return nil
}

// walker reads JSON of a known form token by token: unlike json.Unmarshal it
// refuses a repeated key, a key in another case, and anything unexpected.
type walker struct{ dec *json.Decoder }

// token reads the next token and requires it to be of type T.
func token[T any](w walker, what, want string) (T, error) {
	var zero T
	tok, err := w.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return zero, fmt.Errorf("%s: byte %d: %w", what, w.dec.InputOffset(), err)
	}
	v, ok := tok.(T)
	if !ok {
		return zero, fmt.Errorf("%s: got %v, want %s", what, tok, want)
	}
	return v, nil
}

func (w walker) open(what string, bracket json.Delim, want string) error {
	d, err := token[json.Delim](w, what, want)
	if err == nil && d != bracket {
		err = fmt.Errorf("%s: got %v, want %s", what, d, want)
	}
	return err
}

// object calls member for each key in turn; member reads the value.
func (w walker) object(what string, member func(key string) error) error {
	if err := w.open(what, '{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for w.dec.More() {
		key, err := w.text(what)
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%s: key %q appears twice", what, key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	return w.open(what, '}', "the end of the object")
}

func (w walker) text(what string) (string, error) { return token[string](w, what, "a string") }

// integers reads an array of at most limit integers ≥ 0.
func (w walker) integers(what string, limit int) ([]int64, error) {
	if err := w.open(what, '[', "an array"); err != nil {
		return nil, err
	}
	var v []int64
	for w.dec.More() {
		s, err := token[json.Number](w, what, "an integer")
		if err != nil {
			return nil, err
		}
		i, err := strconv.ParseInt(s.String(), 10, 64)
		if err != nil || i < 0 {
			return nil, fmt.Errorf("%s: got %s, want an integer in [0, 2⁶³)", what, s)
		}
		if len(v) == limit {
			return nil, fmt.Errorf("%s: more than %d numbers", what, limit)
		}
		v = append(v, i)
	}
	return v, w.open(what, ']', "the end of the array")
}
