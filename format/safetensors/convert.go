package safetensors

import (
	"encoding/binary"
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/element"
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
		return fmt.Errorf("safetensors: %s: tensor %s has shape %d, %d elements, want %d",
			f.name, bounded.Quote(name), t.Shape, t.Len(), len(dst))
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

// ReadFloat32At is [File.ReadFloat32] of the len(dst) elements from element at on. It does
// not verify the checksum, which is of the whole tensor.
func (f *File) ReadFloat32At(dst []float32, name string, at int) error {
	t, err := f.find(name)
	if err != nil {
		return err
	}
	fail := func(err error) error {
		return fmt.Errorf("safetensors: %s: tensor %s: %w", f.name, bounded.Quote(name), err)
	}
	if at < 0 || len(dst) > t.Len() || at > t.Len()-len(dst) {
		return fail(fmt.Errorf("got elements %d to %d, want some of %d", at, at+len(dst)-1, t.Len()))
	}
	decode := t.DType.decoder()
	if decode == nil {
		return f.noDecoder(t)
	}
	width := t.DType.bits() / 8
	chunk := make([]byte, width*len(dst))
	if n, err := f.data.ReadAt(chunk, t.begin+int64(at)*int64(width)); n < len(chunk) {
		return fail(noEOF(err))
	}
	if i := decode(dst, chunk); i >= 0 {
		return fail(fmt.Errorf("%s element %d, bytes % x, is not a float32", t.DType, at+i,
			chunk[i*width:(i+1)*width]))
	}
	return nil
}

func (f *File) noDecoder(t Info) error {
	return fmt.Errorf("safetensors: %s: tensor %s: %s is not read as float32",
		f.name, bounded.Quote(t.Name), t.DType)
}

// decoder is nil for a type that is not converted.
func (d DType) decoder() element.Decoder {
	kind := element.Float
	switch d {
	case F64, F32, F16:
	case BF16:
		kind = element.BFloat
	case I64, I32, I16, I8:
		kind = element.Int
	case U64, U32, U16, U8, Bool:
		kind = element.Uint
	default:
		return nil
	}
	return element.NewDecoder(kind, d.bits()/8, binary.LittleEndian)
}
