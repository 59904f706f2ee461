package emu

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/drivertest"
)

// The emulator passes the suite of every driver, whatever the order of what the
// contract leaves open.
func TestConform(t *testing.T) {
	for i, o := range orders {
		t.Run(fmt.Sprintf("order%d", i), func(t *testing.T) {
			drivertest.Run(t, func() driver.Driver { return New(o) })
		})
	}
}
