package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/stillfield/stillfield/format/half"
)

// Float32 reads a tensor as float32, row-major. F32, F16 and BF16 are exact; F64
// is rounded to nearest, and a finite value beyond the range of float32 is an
// error; an integer that is not exactly a float32 is an error. C64, F8, F6 and F4
// are not converted.
func (f *File) Float32(name string) ([]float32, error) {
	t, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if t.DType.decoder() == nil {
		return nil, f.noDecoder(t)
	}
	dst := make([]float32, t.Len()) // at most four times the bytes in the file
	if err := f.ReadFloat32(dst, name); err != nil {
		return nil, err
	}
	return dst, nil
}

// ReadFloat32 is [File.Float32] into memory the caller has: dst must have the
// tensor's length. After an error its content is unspecified.
func (f *File) ReadFloat32(dst []float32, name string) error {
	t, err := f.find(name)
	if err != nil {
		return err
	}
	if len(dst) != t.Len() {
		return fmt.Errorf("safetensors: %s: tensor %q has shape %d, %d elements, want %d",
			f.name, name, t.Shape, t.Len(), len(dst))
	}
	decode := t.DType.decoder()
	if decode == nil {
		return f.noDecoder(t)
	}
	width := t.DType.bits() / 8
	done := 0
	return f.read(t, func(chunk []byte) error {
		n := len(chunk) / width
		if i := decode(dst[done:done+n], chunk); i >= 0 {
			bad := chunk[i*width : (i+1)*width]
			return fmt.Errorf("%s element %d, bytes % x, is not a float32", t.DType, done+i, bad)
		}
		done += n
		return nil
	})
}

func (f *File) noDecoder(t Info) error {
	return fmt.Errorf("safetensors: %s: tensor %q: %s is not read as float32", f.name, t.Name, t.DType)
}

// decoder fills dst from little-endian bytes and returns the index of the first
// element that has no float32, −1 if all have.
type decoder func(dst []float32, b []byte) int

// decoder is nil for a type that is not converted.
func (d DType) decoder() decoder {
	le := binary.LittleEndian
	switch d {
	case F32:
		return decodeF32
	case F64:
		return decodeF64
	case F16:
		return func(dst []float32, b []byte) int {
			for i := range dst {
				dst[i] = half.Float16(le.Uint16(b[2*i:]))
			}
			return -1
		}
	case BF16:
		return func(dst []float32, b []byte) int {
			for i := range dst {
				dst[i] = half.BFloat16(le.Uint16(b[2*i:]))
			}
			return -1
		}
	case I64:
		return exact(8, func(b []byte) int64 { return int64(le.Uint64(b)) })
	case U64:
		return exact(8, le.Uint64)
	case I32:
		return exact(4, func(b []byte) int32 { return int32(le.Uint32(b)) })
	case U32:
		return exact(4, le.Uint32)
	case I16:
		return exact(2, func(b []byte) int16 { return int16(le.Uint16(b)) })
	case U16:
		return exact(2, le.Uint16)
	case I8:
		return exact(1, func(b []byte) int8 { return int8(b[0]) })
	case U8, Bool:
		return exact(1, func(b []byte) uint8 { return b[0] })
	}
	return nil
}

func decodeF32(dst []float32, b []byte) int {
	b = b[:4*len(dst)]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return -1
}

func decodeF64(dst []float32, b []byte) int {
	for i := range dst {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		dst[i] = float32(v)
		if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
			return i
		}
	}
	return -1
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// exact decodes integers of width bytes. One is exactly a float32 when at most 24
// bits lie between its first and its last.
func exact[T integer](width int, get func([]byte) T) decoder {
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
