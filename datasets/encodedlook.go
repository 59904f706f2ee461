package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/format/raster"
)

// seen is what a look at one picture gave: 48 bytes until the source is open.
type seen struct {
	sum  [sha256.Size]byte
	h, w int32 // 0 where the header cannot be read
	gray bool
}

// look reads every picture, several at a time and about in order. Of several that are wrong the
// error names the first; where skip, those without a header that can be read are left for later.
func (e *encoded) look(skip bool) ([]seen, error) {
	looks, faults := make([]seen, e.info.Count), make([]error, e.info.Count)
	var next, stop atomic.Int64
	stop.Store(int64(e.info.Count))
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < stop.Load(); i = next.Add(1) - 1 {
				if looks[i], faults[i] = e.lookAt(int(i), skip); faults[i] != nil {
					for old := stop.Load(); i < old && !stop.CompareAndSwap(old, i); old = stop.Load() {
					}
				}
			}
		})
	}
	readers.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return looks, nil
}

func (e *encoded) lookAt(i int, skip bool) (l seen, err error) {
	data, err := e.holder.picture(i)
	if err != nil {
		var bad *BadRecord
		if skip && errors.As(err, &bad) {
			err = nil
		}
		return l, err
	}
	l.sum = sha256.Sum256(data)
	h, err := raster.Inspect(data)
	if err != nil && !skip {
		return l, e.bad(i, err)
	}
	l.h, l.w, l.gray = int32(h.H), int32(h.W), h.Gray
	return l, nil
}

// oneSize is the size that all pictures have.
func (e *encoded) oneSize(looks []seen) (h, w int, err error) {
	first := -1
	for i, l := range looks {
		switch {
		case l.h == 0:
		case first < 0:
			first = i
		case l.h != looks[first].h || l.w != looks[first].w:
			return 0, 0, fmt.Errorf(
				"%s: got %d×%d pixels, want %d×%d as %s has: say size, the side to resize to",
				e.place(i),
				l.h,
				l.w,
				looks[first].h,
				looks[first].w,
				e.inFile(first),
			)
		}
	}
	if first < 0 {
		return 0, 0, fmt.Errorf("got %d pictures of which none can be read, want one", e.info.Count)
	}
	return int(looks[first].h), int(looks[first].w), nil
}

// fingerprint is the SHA-256 of what is made of the pictures, and of the class and the content of
// each.
func (e *encoded) fingerprint(looks []seen) string {
	h := sha256.New()
	numbers(
		h,
		float64(e.info.Count),
		float64(e.info.Classes),
		float64(e.info.Shape.H),
		float64(e.info.Shape.W),
		float64(e.info.Shape.C),
		float64(e.wanted.Fit),
		float64(e.wanted.H),
	)
	h.Write(e.wanted.Background[:])
	for i := range looks {
		h.Write(looks[i].sum[:])
		if e.labels != nil {
			numbers(h, float64(e.labels[i]))
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
