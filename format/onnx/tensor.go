package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The types of tensors that are read beside those that are written, as whole numbers.
const (
	int32s Type = 6
	bools  Type = 9
)

// decodeTensor reads a tensor, whose numbers are as many as its shape says before room is made.
func decodeTensor(b []byte, r *reader) (t Tensor, err error) {
	var shape, whole []int64
	var raw []byte
	kind, outside, at := Type(0), false, map[string]string{}
	err = fields(b, func(k protowire.Number, v field) (err error) {
		switch k {
		case tensorDims:
			shape, err = v.whole(shape)
		case tensorType:
			kind = Type(v.number)
		case tensorName:
			t.Name = string(v.bytes)
		case tensorRaw, tensorFloats:
			if raw = append(raw, v.bytes...); v.bytes == nil && k == tensorFloats {
				raw = binary.LittleEndian.AppendUint32(raw, uint32(v.number))
			}
		case tensorInt32s, tensorInt64s:
			whole, err = v.whole(whole)
		case tensorPlace:
			outside = v.number == placeIsOutside
		case tensorOutside:
			return decodeEntry(v.bytes, at)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	size := map[Type]int{Float: 4, Int64: 8, int32s: 4, bools: 1}[kind]
	if size == 0 {
		return t, fmt.Errorf("tensor %q: got type %d of ONNX, want float32 (1), int32, int64 or bool",
			t.Name, kind)
	}
	n := 1
	for _, d := range shape {
		if d < 0 || d > Most || n*int(d) > Most {
			return t, fmt.Errorf("tensor %q: got shape %v, want one of at most %d numbers", t.Name, shape,
				Most)
		}
		n *= int(d)
		t.Shape = append(t.Shape, int(d))
	}
	if outside {
		if raw, err = r.outside(at, n*size); err != nil {
			return t, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	if kind != Float && raw == nil && len(whole) == n {
		t.Ints = append([]int64{}, whole...)
		return t, nil
	}
	if len(raw) != n*size {
		return t, fmt.Errorf("tensor %q: got %d bytes for shape %v, want %d", t.Name, len(raw), shape, n*size)
	}
	t.fill(raw, kind, n)
	return t, nil
}

// fill takes n numbers, little-endian.
func (t *Tensor) fill(raw []byte, kind Type, n int) {
	if kind == Float {
		t.Floats = make([]float32, n)
	} else {
		t.Ints = make([]int64, n)
	}
	for i := range n {
		switch kind {
		case Float:
			t.Floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		case Int64:
			t.Ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		case int32s:
			t.Ints[i] = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		case bools:
			t.Ints[i] = int64(raw[i])
		}
	}
}

func decodeEntry(b []byte, to map[string]string) error {
	var key, value string
	err := fields(b, func(k protowire.Number, v field) error {
		switch k {
		case entryKey:
			key = string(v.bytes)
		case entryValue:
			value = string(v.bytes)
		}
		return nil
	})
	to[key] = value
	return err
}
