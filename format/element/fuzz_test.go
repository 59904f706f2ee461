package element

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"testing"
)

// wide is the value of one element, exactly, and whether it is a number. Its bytes
// are in the order little.
func wide(kind Kind, b []byte) (*big.Float, bool) {
	var bits uint64
	for i, c := range b {
		bits |= uint64(c) << (8 * i)
	}
	var v float64
	switch {
	case kind == Uint:
		return new(big.Float).SetInt(new(big.Int).SetUint64(bits)), true
	case kind == Int:
		return new(big.Float).SetInt(big.NewInt(int64(bits<<(64-8*len(b))) >> (64 - 8*len(b)))), true
	case kind == BFloat:
		v = ref(uint16(bits), 8, 7)
	case len(b) == 2:
		v = ref(uint16(bits), 5, 10)
	case len(b) == 4:
		v = float64(math.Float32frombits(uint32(bits)))
	default:
		v = math.Float64frombits(bits)
	}
	if v-v != 0 {
		return nil, false
	}
	return big.NewFloat(v), true
}

// FuzzDecoder holds every decoder to arithmetic without bounds: it accepts what has
// a float32, and gives the nearest.
func FuzzDecoder(f *testing.F) {
	for width := range 4 {
		for kind := range 4 {
			f.Add(byte(kind), byte(width), false,
				[]byte("\x00\x00\x80\x3f\xff\xff\x7f\x7f\x01\x00\x00\x01\xff\xff\xff\xff"))
			f.Add(byte(kind), byte(width), true,
				[]byte("\x7f\xef\xff\xff\xf0\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00"))
		}
	}
	f.Fuzz(func(t *testing.T, kindByte, widthByte byte, big bool, data []byte) {
		kind, width := Kind(kindByte%4), 1<<(widthByte%4)
		var order binary.ByteOrder = binary.LittleEndian
		if big {
			order = binary.BigEndian
		}
		decode := NewDecoder(kind, width, order)
		if decode == nil {
			return
		}
		n := min(len(data)/width, 64)
		dst := make([]float32, n)
		bad := decode(dst, data)
		for i := range n {
			b := slices.Clone(data[i*width : (i+1)*width])
			if big {
				slices.Reverse(b)
			}
			exact, isNumber := wide(kind, b)
			ok := true
			if isNumber {
				v, accuracy := exact.Float32()
				ok = !math.IsInf(float64(v), 0) && (kind == Float || kind == BFloat || accuracy == 0)
				if ok && v != dst[i] {
					t.Fatalf("element %d, % x, is %v, want %v", i, b, dst[i], v)
				}
			} else if d := float64(dst[i]); d-d == 0 {
				t.Fatalf("element %d, % x, is %v, want no number", i, b, dst[i])
			}
			if !ok {
				if bad != i {
					t.Fatalf("element %d, % x, has no float32: the decoder stopped at %d", i, b, bad)
				}
				return
			}
		}
		if bad != -1 {
			t.Fatalf("the decoder stopped at %d, where there is a float32", bad)
		}
	})
}
