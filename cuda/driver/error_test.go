package driver

import (
	"errors"
	"fmt"
	"testing"
)

func TestError(t *testing.T) {
	err := fmt.Errorf("plan: %w", &Error{Call: "Alloc 1073741824 bytes", Code: OutOfMemory,
		Reason: "out of memory"})
	const want = "plan: cuda: Alloc 1073741824 bytes: out of memory (CUDA error 2)"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	for _, tt := range []struct {
		target error
		want   bool
	}{{OutOfMemory, true}, {NotFound, false}, {Code(0), false}, {errors.New("CUDA error 2"), false}} {
		if got := errors.Is(err, tt.target); got != tt.want {
			t.Errorf("errors.Is(err, %v) = %v, want %v", tt.target, got, tt.want)
		}
	}
}
