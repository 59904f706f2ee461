package cuda

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// mixedDevices has a device that is too old, one without memory, one that says nothing of
// itself and a good one.
type mixedDevices struct{ driver.Driver }

func (s mixedDevices) Properties(k int) (driver.Properties, error) {
	if k == 2 {
		return driver.Properties{}, &driver.Error{Call: "Properties(2)", Code: driver.DeviceLost,
			Reason: "it fell off the bus"}
	}
	p, err := s.Driver.Properties(k)
	if k == 0 {
		p.Major, p.Minor = 7, 0
	}
	return p, err
}

func (s mixedDevices) Open(k int) (driver.Context, error) {
	if k == 1 {
		return nil, &driver.Error{Call: "Open(1)", Code: driver.OutOfMemory, Reason: "out of memory"}
	}
	return s.Driver.Open(k)
}

// A device that cannot be used is listed, with the reason, beside those that can.
func TestList(t *testing.T) {
	found, err := list(mixedDevices{emu.New(emu.Options{Devices: 4, Memory: 1 << 30})})
	must(t, err)
	for k, want := range []string{
		"cuda: Open: device 0, PTX emulator: compute capability 7.0, want 7.5 or later",
		"cuda: Open: device 1: cuda: Open(1): out of memory (CUDA error 2)",
		"cuda: Properties(2): it fell off the bus (CUDA error 46)",
		"<nil>",
	} {
		if got := fmt.Sprint(found[k].Err); got != want {
			t.Errorf("device %d: %s, want %s", k, got, want)
		}
	}
	if f := found[3]; f.Free != 1<<30 || f.Memory != f.Free {
		t.Errorf("device 3 has %d of %d bytes free, want all of 2³⁰", f.Free, f.Memory)
	}
}

// No GPU is one thing, a GPU that cannot be used another.
func TestAbsent(t *testing.T) {
	_, none := New(emu.New(emu.Options{NoDevice: true}), 0)
	_, listed := list(emu.New(emu.Options{NoDevice: true}))
	for _, err := range []error{none, listed} {
		if err == nil || !Absent(err) || !strings.Contains(err.Error(), "no device") {
			t.Errorf("a driver without a device: %v", err)
		}
	}
	_, full := New(mixedDevices{emu.New(emu.Options{Devices: 3})}, 1)
	if Absent(full) || !errors.Is(full, driver.OutOfMemory) {
		t.Errorf("a device without memory: %v, absent: %v", full, Absent(full))
	}
}
