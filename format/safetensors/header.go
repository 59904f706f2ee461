package safetensors

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/stillfield/stillfield/format/bounded"
)

const (
	maxHeader   = 100_000_000 // bytes, the official implementation's
	maxTensors  = 1 << 18     // twice what the largest mixtures of experts have in all their files
	maxName     = 1 << 12     // bytes of a tensor's name
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
// length the header then gives: the sum of the tensors. Names and metadata are
// parts of text and keep it in memory.
func parseHeader(text string) (*header, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("header is not UTF-8")
	}
	if text == "" || text[0] != '{' {
		return nil, errors.New("header does not begin with {")
	}
	h := &header{metadata: map[string]string{}}
	s := &scanner{text: text}
	err := s.object(maxTensors+1, func(name string) error {
		if name == metadataKey {
			return h.readMetadata(s)
		}
		t := Info{Name: name, count: 1}
		if err := t.read(s); err != nil {
			return fmt.Errorf("tensor %s: %w", bounded.Quote(name), err)
		}
		h.tensors = append(h.tensors, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if s.more() {
		return nil, fmt.Errorf("header: text after the closing } at byte %d", s.at)
	}
	return h, h.contiguous()
}

// readMetadata reads the one entry that is not a tensor.
func (h *header) readMetadata(s *scanner) error {
	err := s.object(2*maxTensors, func(key string) error { // a checksum for each tensor, and more
		value, err := s.string(maxHeader)
		if err != nil {
			return fmt.Errorf("%s: %w", bounded.Quote(key), err)
		}
		h.metadata[key] = value
		return nil
	})
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	return nil
}

// read reads the entry of a tensor.
func (t *Info) read(s *scanner) error {
	if len(t.Name) > maxName {
		return fmt.Errorf("want a name of at most %d bytes", maxName)
	}
	var offsets []int64
	members := 0
	err := s.object(3, func(key string) error {
		members++
		var err error
		switch key {
		case "dtype":
			var d string
			d, err = s.string(maxName)
			t.DType = DType(d)
		case "shape":
			t.Shape, err = readShape(s)
		case "data_offsets":
			offsets, err = s.integers(2)
		default:
			return fmt.Errorf("unknown member %s, want dtype, shape and data_offsets", bounded.Quote(key))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if members != 3 { // three different ones, for others and the same again are refused
		return fmt.Errorf("%d members, want dtype, shape and data_offsets", members)
	}
	if len(offsets) != 2 || offsets[0] > offsets[1] {
		return fmt.Errorf("data_offsets %d, want begin ≤ end", offsets)
	}
	t.begin, t.Bytes = offsets[0], offsets[1]-offsets[0]
	count, size, err := extent(t.DType, t.Shape)
	if err != nil {
		return err
	}
	if size != t.Bytes {
		return fmt.Errorf("%s %d is %d bytes, data_offsets %d hold %d",
			t.DType, t.Shape, size, offsets, t.Bytes)
	}
	t.count = count
	return nil
}

// readShape reads dimensions that the machine can count with.
func readShape(s *scanner) ([]int, error) {
	dims, err := s.integers(maxRank)
	shape := make([]int, len(dims))
	for i, d := range dims {
		if d > math.MaxInt {
			return nil, fmt.Errorf("dimension %d, want at most %d", d, math.MaxInt)
		}
		shape[i] = int(d)
	}
	return shape, err
}

// extent is the number of elements and of bytes of a shape.
func extent(d DType, shape []int) (count int, size int64, err error) {
	width := d.bits()
	if width == 0 {
		return 0, 0, fmt.Errorf("unknown dtype %s", bounded.Quote(string(d)))
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
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.Bytes, b.Bytes),
			cmp.Compare(a.Name, b.Name))
	})
	for i, t := range h.tensors {
		switch {
		case t.begin > h.size:
			return fmt.Errorf("tensor %s begins at %d, leaving a hole after %d",
				bounded.Quote(t.Name), t.begin, h.size)
		case t.begin < h.size:
			return fmt.Errorf("tensor %s begins at %d, inside tensor %s, which ends at %d",
				bounded.Quote(t.Name), t.begin, bounded.Quote(h.tensors[i-1].Name), h.size)
		}
		h.size = t.begin + t.Bytes
	}
	return nil
}
