package standin

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// A call without a context that is current on its thread is refused, as is the
// context of a device that nobody holds.
func TestNoContext(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := New(emu.New(emu.Options{}))
	if _, r := s.Alloc(1); r != invalidContext {
		t.Errorf("Alloc without a context: %d, want %d", r, invalidContext)
	}
	if r := s.Release(0); r != invalidContext {
		t.Errorf("Release of what nobody holds: %d, want %d", r, invalidContext)
	}
	ctx, r := s.Retain(0)
	if r != 0 || s.SetCurrent(ctx) != 0 {
		t.Fatalf("Retain: %d", r)
	}
	p, r := s.Alloc(1)
	if r != 0 || s.Free(p) != 0 {
		t.Errorf("Alloc with a context: %d", r)
	}
	var elsewhere driver.Code
	var wg sync.WaitGroup
	wg.Go(func() { // a locked thread is not lent to another goroutine
		_, elsewhere = s.Alloc(1)
	})
	wg.Wait()
	if elsewhere != invalidContext {
		t.Errorf("Alloc on another thread: %d, want %d", elsewhere, invalidContext)
	}
	if r := s.Release(0); r != 0 {
		t.Errorf("Release: %d", r)
	}
	if _, r := s.Alloc(1); r != invalidContext {
		t.Errorf("Alloc after Release: %d, want %d", r, invalidContext)
	}
}
