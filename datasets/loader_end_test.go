package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/synctest"
)

// The tests of this file run in bubbles of synctest: its Wait returns when
// every goroutine is blocked, and one left behind fails the test.

// TestLoaderEnds holds every way in which a loader ends to two promises: the
// reason surfaces, and no goroutine is left. A bubble of synctest whose
// goroutines outlive it fails the test.
func TestLoaderEnds(t *testing.T) {
	cause := errors.New("lights out")
	for _, tt := range []struct {
		name  string
		taken int // batches taken before the end
		end   func(l *Loader, cancel context.CancelCauseFunc)
		want  error
	}{
		{"closed at once", 0, func(l *Loader, _ context.CancelCauseFunc) { l.Close() }, context.Canceled},
		{"closed twice", 2, func(l *Loader, _ context.CancelCauseFunc) {
			l.Close()
			l.Close()
		}, context.Canceled},
		{"context ended", 3, func(_ *Loader, cancel context.CancelCauseFunc) { cancel(cause) }, cause},
		{"ended when idle", 1, func(_ *Loader, cancel context.CancelCauseFunc) {
			synctest.Wait() // every buffer is full
			cancel(cause)
		}, cause},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				l, err := NewLoader(ctx, newCounted(10, Shape{1, 1, 4}), Options{Batch: 3, Decoders: 2})
				if err != nil {
					t.Fatal(err)
				}
				for range tt.taken {
					next(t, l)
				}
				tt.end(l, cancel)
				for range 2 {
					if b, err := l.Next(); !errors.Is(err, tt.want) || b != nil {
						t.Errorf("after the end: batch %v, error %v; want none and %v", b, err, tt.want)
					}
				}
			})
		})
	}
}

// TestLoaderFault reads until the one bad sample: every batch before it must
// arrive, and then the error, for good.
func TestLoaderFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newCounted(100, Shape{1, 1, 1})
		src.bad, _ = NewOrder(7, 100).At(34) // in the fourth batch of ten
		l, err := NewLoader(t.Context(), src, Options{Batch: 10, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the worker is as far ahead as it gets
		for range 3 {
			next(t, l)
		}
		for range 10 { // more often than there are buffers
			_, err := l.Next()
			wantError(t, err, fmt.Sprintf("counted: sample %d, number 34 of the run: invalid", src.bad))
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%v does not wrap the cause", err)
			}
		}
	})
}

// gated is a source that counts its reads, each of which waits for the gate.
type gated struct {
	*counted
	gate  chan struct{} // closed when open
	reads int           // read it when the worker is blocked
}

func (g *gated) Read(dst []float32, i int) (int32, error) {
	g.reads++
	<-g.gate
	return g.counted.Read(dst, i)
}

// TestLoaderRunsAhead counts the samples read before anyone asks for them.
func TestLoaderRunsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &gated{counted: newCounted(10, Shape{1, 1, 1}), gate: make(chan struct{})}
		close(src.gate)
		l, err := NewLoader(t.Context(), src, Options{Batch: 5, Ahead: 3})
		if err != nil {
			t.Fatal(err)
		}
		for taken := range 4 {
			next(t, l)
			synctest.Wait()
			if want := 5 * max(taken+1+3, 3+2); src.reads != want {
				t.Errorf("%d samples read with %d batches taken, want %d", src.reads, taken+1, want)
			}
		}
	})
}

// TestLoaderCloseWaits closes a loader whose worker is in the middle of Read:
// Close must return after the worker has let go of the source, and the worker
// must not read the rest of the batch.
func TestLoaderCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &gated{counted: newCounted(10, Shape{1, 1, 1}), gate: make(chan struct{})}
		l, err := NewLoader(t.Context(), src, Options{Batch: 5})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the worker is in Read
		closed := false
		go func() {
			l.Close()
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Error("Close returned while a sample was being read")
		}
		close(src.gate)
		synctest.Wait()
		if !closed || src.reads != 1 {
			t.Errorf("closed %t after %d reads, want true after 1", closed, src.reads)
		}
	})
}
