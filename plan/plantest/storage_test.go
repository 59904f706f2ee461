package plantest

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// The definition passes with storage types too.
func TestReferenceStorage(t *testing.T) {
	storage(t, reference.Device{}, Options{Small: true, Precision: plan.BFloat16})
}
