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

// A fault of the device arrives above as the code it has below.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		opt  emu.Options
		want driver.Code
	}{
		{"out of memory", emu.Options{OutOfMemoryAfter: 1 << 14}, driver.OutOfMemory},
		{"launch", emu.Options{FailLaunch: 5}, driver.LaunchFailed},
		{"device", emu.Options{LoseDevice: 5}, driver.DeviceLost},
		{"no device", emu.Options{NoDevice: true}, driver.InvalidDevice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := binding.New("standin", New(emu.New(tt.opt)))
			if err != nil {
				t.Fatal(err)
			}
			drivertest.FirstFault(t, d, tt.want)
		})
	}
}
