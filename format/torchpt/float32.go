package torchpt

import (
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
)

// ReadFloat32 reads a tensor of a part as float32, row-major, into dst of its length.
// float32, float16 and bfloat16 are exact; float64 is rounded to nearest, and a finite
// value beyond the range of float32 is an error; an integer that is not exactly a float32
// is an error. It takes memory for the tensor's storage.
func (f *File) ReadFloat32(dst []float32, part, name string) error {
	fail := func(err error) error {
		return fmt.Errorf("torchpt: %s: tensor %s: %w", f.name, bounded.Quote(name), err)
	}
	t := f.parts[part][name]
	if t == nil {
		return fail(fmt.Errorf("got none in part %s", bounded.Quote(part)))
	}
	count := int64(1)
	for _, n := range t.shape {
		count *= n
	}
	if int64(len(dst)) != count {
		return fail(fmt.Errorf("shape %d has %d elements, want %d", t.shape, count, len(dst)))
	}
	raw, err := f.entry("data/"+t.key, uint64(t.size)*uint64(t.width))
	if err != nil {
		return fail(err)
	}
	if got, want := int64(len(raw)), t.size*int64(t.width); got != want {
		return fail(fmt.Errorf("its storage has %d bytes, want %d", got, want))
	}
	if bad := t.gather(dst, raw); bad >= 0 {
		return fail(fmt.Errorf("%s element %d is not a float32", t.name, bad))
	}
	return nil
}

// gather decodes the elements of t in order from its storage, rows of its last axis at a
// time where they lie in one piece. It returns the first element that has no float32, −1
// for none.
func (t *tensor) gather(dst []float32, raw []byte) int {
	if len(dst) == 0 {
		return -1
	}
	decode := t.decoder()
	run := 1 // elements in one piece
	axes := len(t.shape)
	for axes > 0 && (t.strides[axes-1] == int64(run) || t.shape[axes-1] == 1) {
		run *= int(t.shape[axes-1])
		axes--
	}
	at := make([]int64, axes)
	for done := 0; ; done += run {
		from := t.offset
		for i, k := range at {
			from += k * t.strides[i]
		}
		if bad := decode(dst[done:done+run], raw[from*int64(t.width):]); bad >= 0 {
			return done + bad
		}
		i := axes - 1
		for ; i >= 0; i-- { // the next place
			if at[i]++; at[i] < t.shape[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return -1
		}
	}
}
