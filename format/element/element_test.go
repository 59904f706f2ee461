package element

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestDecoder(t *testing.T) {
	bits64 := math.Float64bits
	for _, tt := range []struct {
		name  string
		kind  Kind
		width int
		bits  uint64 // the element, in its lowest bytes
		ok    bool
		want  float32
	}{
		{"largest float32", Float, 8, bits64(math.MaxFloat32), true, math.MaxFloat32},
		{"rounds to infinity", Float, 8, bits64(math.MaxFloat32 + 0x1p103), false, 0},
		{"just does not", Float, 8, bits64(math.Nextafter(math.MaxFloat32+0x1p103, 0)), true,
			math.MaxFloat32},
		{"infinity", Float, 8, bits64(math.Inf(-1)), true, float32(math.Inf(-1))},
		{"−1.5", Float, 4, 0xbfc00000, true, -1.5},
		{"half", Float, 2, 0x3e00, true, 1.5},
		{"bfloat", BFloat, 2, 0xc000, true, -2},
		{"2²⁴", Int, 8, 1 << 24, true, 1 << 24},
		{"2²⁴+1", Int, 8, 1<<24 + 1, false, 0},
		{"2²⁴+2", Int, 8, 1<<24 + 2, true, 1<<24 + 2},
		{"−2²⁴−1", Int, 8, ^uint64(1 << 24), false, 0},
		{"−2⁶³", Int, 8, 1 << 63, true, -1 << 63},
		{"2⁶³−1", Int, 8, 1<<63 - 1, false, 0},
		{"2⁶⁴−1", Uint, 8, 1<<64 - 1, false, 0},
		{"2⁶³", Uint, 8, 1 << 63, true, 1 << 63},
		{"−2³¹", Int, 4, 1 << 31, true, -1 << 31},
		{"2³²−1", Uint, 4, 1<<32 - 1, false, 0},
		{"−2¹⁵", Int, 2, 1 << 15, true, -1 << 15},
		{"2¹⁶−1", Uint, 2, 1<<16 - 1, true, 1<<16 - 1},
		{"−128", Int, 1, 128, true, -128},
		{"255", Uint, 1, 255, true, 255},
	} {
		little := binary.LittleEndian.AppendUint64(nil, tt.bits)[:tt.width]
		big := binary.BigEndian.AppendUint64(nil, tt.bits)[8-tt.width:]
		for _, o := range []struct {
			order binary.ByteOrder
			b     []byte
		}{{binary.LittleEndian, little}, {binary.BigEndian, big}} {
			// Zeros before it: the index of the bad element is reported.
			b := append(make([]byte, 2*tt.width), o.b...)
			dst := []float32{float32(math.NaN()), float32(math.NaN()), float32(math.NaN())}
			at := NewDecoder(tt.kind, tt.width, o.order)(dst, b)
			if tt.ok && (at != -1 || dst[0] != 0 || dst[1] != 0 || dst[2] != tt.want) || !tt.ok && at != 2 {
				t.Errorf("%s, %v: %v, bad at %d, want %v, ok %v", tt.name, o.order, dst, at, tt.want, tt.ok)
			}
		}
	}
}

func TestNoDecoder(t *testing.T) {
	for _, tt := range []struct {
		kind  Kind
		width int
	}{{Float, 1}, {Float, 16}, {BFloat, 4}, {Int, 3}, {Uint, 0}, {Kind(9), 4}} {
		if NewDecoder(tt.kind, tt.width, binary.LittleEndian) != nil {
			t.Errorf("kind %d has a decoder for %d bytes", tt.kind, tt.width)
		}
	}
}
