package plantest

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// The suite passes on the definition itself, so a device that fails it is wrong.
func TestReference(t *testing.T) {
	Run(t, func(*testing.T) plan.Device { return reference.Device{} }, Options{})
}
