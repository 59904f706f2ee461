package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// What a wild source does with a sample.
const (
	reads = iota
	yields
	fails
	breaks
	blocks
)

// wild is a source that does with each sample what its kind says.
type wild struct {
	*counted
	kinds []int
	ctx   context.Context // whose end unblocks it
}

func (w wild) Read(dst []float32, i int) (int32, error) {
	switch w.kinds[i] {
	case yields:
		for range i % 7 {
			runtime.Gosched()
		}
	case fails:
		dst[0] = -1
		return 0, fs.ErrInvalid
	case breaks:
		var none []int
		none[i] = 1
	case blocks:
		<-w.ctx.Done()
	}
	return w.counted.Read(dst, i)
}

// The batches before the first fault arrive, with the rows that one decoder would read, and then
// that fault and no other, for good: however many decoders there are, and whether a sample fails
// or its decoder panics.
func TestLoaderFirstFault(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		kinds := rapid.SliceOfN(rapid.SampledFrom([]int{reads, reads, reads, yields, yields, yields, fails,
			breaks}), n, n).Draw(rt, "kinds")
		draw := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(rt, name) }
		opt := Options{Batch: draw("batch", 1, 20), Ahead: draw("ahead", 1, 4),
			Decoders: draw("decoders", 1, 6), Start: uint64(draw("start", 0, 99))}
		src := wild{newCounted(n, Shape{1, 1, 2}), kinds, t.Context()}
		l, err := NewLoader(t.Context(), src, opt)
		if err != nil {
			rt.Fatal(err)
		}
		defer l.Close()
		for first := opt.Start; first < opt.Start+200; first += uint64(opt.Batch) {
			want := ""
			for k := range uint64(opt.Batch) {
				i, _ := l.order.At(first + k)
				what := map[int]string{fails: "invalid", breaks: "panic at decode_test.go:"}[kinds[i]]
				if want == "" && what != "" {
					want = fmt.Sprintf("datasets: Loader: counted: sample %d, number %d of the run: %s", i,
						first+k, what)
				}
			}
			b, err := l.Next()
			if want == "" {
				if err != nil {
					rt.Fatal(err)
				}
				for k := range opt.Batch {
					x, label := wantRow(src.counted, opt, first+uint64(k))
					if !slices.Equal(b.X[2*k:2*k+2], x) || b.Labels[k] != label {
						rt.Fatalf("row %d of the batch at %d: %v, want %v", k, first, b.X[2*k:2*k+2], x)
					}
				}
				continue
			}
			for range 2 {
				if b != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
					rt.Fatalf("the batch at %d: %v, %v; want %s", first, b, err, want)
				}
				b, err = l.Next()
			}
			return
		}
	})
}

// Next does not wait for a sample whose reading does not end when the context does, and no half of
// a batch is handed over; Close waits for it. No goroutine is left.
func TestLoaderBlocked(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(rt, "n")
		kinds := rapid.SliceOfN(rapid.SampledFrom([]int{reads, yields, blocks}), n, n).Draw(rt, "kinds")
		opt := Options{Batch: rapid.IntRange(1, 9).Draw(rt, "batch"),
			Decoders: rapid.IntRange(1, 5).Draw(rt, "decoders"),
			Ahead:    rapid.IntRange(1, 3).Draw(rt, "ahead")}
		taken := rapid.IntRange(0, 5).Draw(rt, "taken")
		synctest.Test(t, func(t *testing.T) {
			hang, unhang := context.WithCancel(t.Context())
			ctx, cancel := context.WithCancel(t.Context())
			src := wild{newCounted(n, Shape{1, 1, 1}), kinds, hang}
			l, err := NewLoader(ctx, src, opt)
			if err != nil {
				t.Fatal(err)
			}
			var ended, closed atomic.Bool
			go func() {
				for got := 0; ; got++ {
					b, err := l.Next()
					if err != nil {
						if !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
						break
					}
					for k, x := range b.X {
						if i, _ := l.order.At(b.First + uint64(k)); x != float32(1000*i) {
							t.Errorf("row %d of batch %d is %v, want that of sample %d", k, got, x, i)
						}
					}
					if got == taken {
						break
					}
				}
				ended.Store(true)
			}()
			synctest.Wait()
			cancel()
			synctest.Wait()
			if !ended.Load() {
				t.Error("Next waits for a sample after the context's end")
			}
			go func() { l.Close(); closed.Store(true) }()
			unhang()
			synctest.Wait()
			if !closed.Load() {
				t.Error("Close waits for ever")
			}
		})
	})
}
