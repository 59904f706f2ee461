package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/raster"
)

// scan reads every picture of a folder once, several at a time, and keeps of each 56 bytes
// until the folder is open: the hash of its content and its size.
type scan struct {
	root string
	list []picture
	skip bool // pictures without a header that can be read are for later
	seen []seen
	gray bool // no picture is known to have colour
}

// seen is what a reading of one picture gave.
type seen struct {
	sum  [sha256.Size]byte
	h, w int32 // 0 where the header cannot be read
	gray bool
}

// run reads the pictures. Of several that are wrong the error names the first.
func (s *scan) run() error {
	s.seen = make([]seen, len(s.list))
	faults := make([]error, len(s.list))
	var next, stop atomic.Int64 // pictures from stop on need not be read
	stop.Store(int64(len(s.list)))
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < stop.Load(); i = next.Add(1) - 1 {
				if faults[i] = s.read(int(i)); faults[i] != nil {
					for old := stop.Load(); i < old && !stop.CompareAndSwap(old, i); old = stop.Load() {
					}
				}
			}
		})
	}
	readers.Wait()
	s.gray = true
	for i := range s.list {
		if faults[i] != nil {
			return faults[i]
		}
		s.gray = s.gray && (s.seen[i].gray || s.seen[i].h == 0)
	}
	return nil
}

func (s *scan) read(i int) error {
	path := filepath.Join(s.root, s.list[i].name)
	data, err := bounded.ReadFile(path, maxPicture)
	if err != nil {
		return fmt.Errorf("%s: %w", bounded.Name(path), nameless(err))
	}
	s.seen[i].sum = sha256.Sum256(data)
	h, err := raster.Inspect(data)
	if err != nil && !s.skip {
		return &BadRecord{File: path, Err: err}
	}
	s.seen[i].h, s.seen[i].w, s.seen[i].gray = int32(h.H), int32(h.W), h.Gray
	return nil
}

// oneSize is the size that all pictures have.
func (s *scan) oneSize() (size raster.Header, err error) {
	first := -1
	for i, p := range s.seen {
		switch {
		case p.h == 0:
		case first < 0:
			first = i
		case p.h != s.seen[first].h || p.w != s.seen[first].w:
			return size, fmt.Errorf("%s: got %d×%d pixels, want %d×%d as %s has: say size, the side "+
				"to resize to", bounded.Name(filepath.Join(s.root, s.list[i].name)), p.h, p.w,
				s.seen[first].h, s.seen[first].w, bounded.Name(s.list[first].name))
		}
	}
	if first < 0 {
		return size, fmt.Errorf("%s: got %d pictures of which none can be read, want one",
			bounded.Name(s.root), len(s.list))
	}
	return raster.Header{H: int(s.seen[first].h), W: int(s.seen[first].w)}, nil
}

// fingerprint is the SHA-256 of what is made of the pictures, and of the name, the class and the
// content of each.
func (s *scan) fingerprint(info Info, w raster.Wanted) string {
	h := sha256.New()
	numbers(h, float64(info.Count), float64(info.Classes), float64(info.Shape.H), float64(info.Shape.W),
		float64(info.Shape.C), float64(w.Fit), float64(w.H))
	h.Write(w.Background[:])
	for i, p := range s.list {
		numbers(h, float64(len(p.name)), float64(p.class))
		h.Write([]byte(filepath.ToSlash(p.name)))
		h.Write(s.seen[i].sum[:])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
