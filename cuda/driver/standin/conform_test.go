package standin

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
	"github.com/stillfield/stillfield/cuda/driver/drivertest"
	"github.com/stillfield/stillfield/cuda/emu"
)

// A binding above the stand-in above the emulator is a driver again.
func TestConformance(t *testing.T) {
	drivertest.Run(t, func() driver.Driver {
		d, err := binding.New("standin", New(emu.New(emu.Options{})))
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}
