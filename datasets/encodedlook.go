package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/datasets/manifest"
	"github.com/stillfield/stillfield/format/raster"
)

// digest is a SHA-256 that a manifest has as text.
type digest [sha256.Size]byte

func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

func (d *digest) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(d)) {
		return fmt.Errorf("digest: got %d characters, want %d", len(text), hex.EncodedLen(len(d)))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// seen is what a look at one picture gave: 44 bytes until the source is open.
type seen struct {
	Sum  digest // of its bytes
	H, W int32  // 0 where the header cannot be read
	Gray bool
}

// allSeen is what looks at all pictures gave together.
type allSeen struct {
	Sum  digest // of the sums in order
	H, W int    // of each, where the size of the pictures is theirs
	Gray bool   // none is known to have colour
}

// look looks at every picture, or in the manifest of what was seen of them: one of each picture
// where each is a file, and one of all where they are in shards. Where skip, those without a
// header that can be read are left for later.
func (e *encoded) look(skip bool) (allSeen, error) {
	const version = 1 // one more whenever what is seen changes
	what := fmt.Sprintf("pictures %d, skip %t", version, skip)
	root, names, single := e.holder.files()
	if single {
		looks, err := manifest.Each(what, root, names, func(i int) (seen, error) { return e.lookAt(i, skip) })
		if err != nil {
			return allSeen{}, err
		}
		return e.gather(looks)
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(root, name)
	}
	what += fmt.Sprintf(", of %s %s, one size %t", e.info.Name, e.holder.from(), e.wanted.H == 0)
	return manifest.Of(what, paths, func() (allSeen, error) {
		looks, err := e.lookAll(skip)
		if err != nil {
			return allSeen{}, err
		}
		return e.gather(looks)
	})
}

// lookAll reads every picture, several at a time and about in order. Of several that are wrong the
// error names the first.
func (e *encoded) lookAll(skip bool) ([]seen, error) {
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
	l.Sum = sha256.Sum256(data)
	h, err := raster.Inspect(data)
	if err != nil && !skip {
		return l, e.bad(i, err)
	}
	l.H, l.W, l.Gray = int32(h.H), int32(h.W), h.Gray
	return l, nil
}

// gather makes one of what was seen of each. Where the pictures are not resized they must have one
// size.
func (e *encoded) gather(looks []seen) (allSeen, error) {
	all, first, sum := allSeen{Gray: true}, -1, sha256.New()
	for i, l := range looks {
		sum.Write(l.Sum[:])
		if l.H == 0 {
			continue
		}
		all.Gray = all.Gray && l.Gray
		if first < 0 {
			first, all.H, all.W = i, int(l.H), int(l.W)
		}
		if e.wanted.H == 0 && (int(l.H) != all.H || int(l.W) != all.W) {
			return all, fmt.Errorf(
				"%s: got %d×%d pixels, want %d×%d as %s has: say size, the side to resize to",
				e.place(i),
				l.H,
				l.W,
				all.H,
				all.W,
				e.inFile(first),
			)
		}
	}
	if first < 0 {
		_, err := e.lookAt(0, false)
		return all, fmt.Errorf("none of %d pictures can be read: %w", len(looks), err)
	}
	sum.Sum(all.Sum[:0])
	return all, nil
}

// fingerprint is the SHA-256 of what is made of the pictures, of their contents, and of the class
// of each.
func (e *encoded) fingerprint(all allSeen) string {
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
	h.Write(all.Sum[:])
	for _, k := range e.labels {
		numbers(h, float64(k))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
