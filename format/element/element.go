// Package element turns the numbers files hold into float32.
//
// Data and weights are float32 in this project; files also hold
//
//	float16   1 sign, 5 exponent, 10 fraction bits   largest 65504, roundoff 2⁻¹¹
//	bfloat16  1 sign, 8 exponent,  7 fraction bits   range of float32, roundoff 2⁻⁸
//	float64   rounded to nearest; a finite value beyond float32 is refused
//	integers  refused when they are not exactly a float32: a label or an index
//	          that changes silently is worse than an error
//
// in either byte order.
package element

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Kind is how bits are read.
type Kind int

// The kinds of numbers, each in the widths [NewDecoder] names.
const (
	Float  Kind = iota // IEEE 754: 2, 4 or 8 bytes
	BFloat             // the upper half of a float32: 2 bytes
	Int                // two's complement: 1, 2, 4 or 8 bytes
	Uint               // 1, 2, 4 or 8 bytes
)

// A Decoder fills dst from the first len(dst) elements of b and returns −1, or
// the index of the first element that has no float32.
type Decoder func(dst []float32, b []byte) int

// NewDecoder is nil for a width, in bytes, that the kind does not have.
func NewDecoder(kind Kind, width int, order binary.ByteOrder) Decoder {
	switch {
	case kind == Float && width == 8:
		return float64s(order)
	case kind == Float && width == 4 && order == binary.LittleEndian:
		return float32s
	case kind == Float && width == 4:
		return total(4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) })
	case kind == Float && width == 2:
		return total(2, func(b []byte) float32 { return Float16(order.Uint16(b)) })
	case kind == BFloat && width == 2:
		return total(2, func(b []byte) float32 { return BFloat16(order.Uint16(b)) })
	case kind == Int && width == 8:
		return exact(8, func(b []byte) int64 { return int64(order.Uint64(b)) })
	case kind == Int && width == 4:
		return exact(4, func(b []byte) int32 { return int32(order.Uint32(b)) })
	case kind == Int && width == 2:
		return exact(2, func(b []byte) int16 { return int16(order.Uint16(b)) })
	case kind == Int && width == 1:
		return exact(1, func(b []byte) int8 { return int8(b[0]) })
	case kind == Uint && width == 8:
		return exact(8, order.Uint64)
	case kind == Uint && width == 4:
		return exact(4, order.Uint32)
	case kind == Uint && width == 2:
		return exact(2, order.Uint16)
	case kind == Uint && width == 1:
		return exact(1, func(b []byte) uint8 { return b[0] })
	}
	return nil
}

// float32s reads little-endian float32, which is most of what is ever read, and is
// therefore written out: it is three times as fast as [total], which reaches the
// byte order through an interface.
func float32s(dst []float32, b []byte) int {
	b = b[:4*len(dst)]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return -1
}

// total decodes elements of width bytes, all of whose values are float32.
func total(width int, get func([]byte) float32) Decoder {
	return func(dst []float32, b []byte) int {
		for i := range dst {
			dst[i] = get(b[width*i:])
		}
		return -1
	}
}

// float64s rounds to the nearest float32 and refuses a finite number that becomes
// infinite.
func float64s(order binary.ByteOrder) Decoder {
	return func(dst []float32, b []byte) int {
		for i := range dst {
			v := math.Float64frombits(order.Uint64(b[8*i:]))
			dst[i] = float32(v)
			if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
				return i
			}
		}
		return -1
	}
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// exact decodes integers of width bytes. An integer is exactly a float32 when its
// binary digits, from the first 1 to the last, are at most 24.
func exact[T integer](width int, get func([]byte) T) Decoder {
	return func(dst []float32, b []byte) int {
		for i := range dst {
			v := get(b[width*i:])
			dst[i] = float32(v)
			magnitude := uint64(v)
			if v < 0 {
				magnitude = -magnitude
			}
			if bits.Len64(magnitude)-bits.TrailingZeros64(magnitude) > 24 {
				return i
			}
		}
		return -1
	}
}
