package geometry

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// The error is that of the least i that fails, whichever goroutine meets one first, and
// what is asked for after a failure is not begun for ever.
func TestEach(t *testing.T) {
	bad := errors.New("bad")
	for range 50 {
		var begun atomic.Int64
		err := each(t.Context(), 1000, nil, func(i int) error {
			begun.Add(1)
			if i == 7 {
				return bad
			}
			if i > 7 {
				return errors.New("worse")
			}
			return nil
		})
		if err != bad || begun.Load() == 1000 {
			t.Fatalf("got %v after %d, want that of 7 and an end", err, begun.Load())
		}
	}
	last := 0
	err := each(t.Context(), 100, func(done, of int) { last = done * of }, func(int) error { return nil })
	if err != nil ||
		last != 100*100 {
		t.Errorf("%v, progress ends at %d of 100·100", err, last)
	}
	why := errors.New("asked")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(why)
	if err := each(ctx, 3, nil, func(int) error { return nil }); !errors.Is(err, why) {
		t.Errorf("after the end of its context: %v, want the cause", err)
	}
}
