package emu

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Faults that Options asks for come once, and what follows from them stays.
func TestInjectedFaults(t *testing.T) {
	t.Run("out of memory", func(t *testing.T) {
		r := newRig(t, Options{OutOfMemoryAfter: 1000})
		r.alloc(600)
		if _, err := r.Alloc(600); !errors.Is(err, driver.OutOfMemory) {
			t.Errorf("got %v", err)
		}
		r.close()
	})
	t.Run("small device", func(t *testing.T) {
		r := newRig(t, Options{Memory: 1000})
		r.alloc(600)
		if _, err := r.Alloc(600); !errors.Is(err, driver.OutOfMemory) ||
			!strings.Contains(err.Error(), "400 of 1000 bytes are free") {
			t.Errorf("got %v", err)
		}
		r.close()
	})
	t.Run("launch failure", func(t *testing.T) {
		r, add, a, _, p := streamRig(t, Options{FailLaunch: 2})
		for range 2 {
			r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		}
		if err := r.Synchronize(a); !errors.Is(err, driver.LaunchFailed) {
			t.Errorf("got %v", err)
		}
		if _, err := r.Alloc(4); !errors.Is(err, driver.LaunchFailed) {
			t.Errorf("after the failure: got %v", err)
		}
	})
	t.Run("device lost", func(t *testing.T) {
		r, add, a, _, p := streamRig(t, Options{LoseDevice: 2})
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		err := r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1})
		if !errors.Is(err, driver.DeviceLost) {
			t.Errorf("got %v", err)
		}
		if _, _, err := r.Memory(); !errors.Is(err, driver.DeviceLost) {
			t.Errorf("after the loss: got %v", err)
		}
	})
}

// What is not there, or too old, is refused where it is asked for.
func TestRefused(t *testing.T) {
	t.Run("no device", func(t *testing.T) {
		d := New(Options{NoDevice: true})
		if n, err := d.Devices(); n != 0 || err != nil {
			t.Errorf("got %d devices, %v", n, err)
		}
		if _, err := d.Open(0); !errors.Is(err, driver.NoDevice) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("old driver", func(t *testing.T) {
		r := newRig(t, Options{Version: 11040})
		_, err := r.Load([]byte(strings.Replace(addPTX, "7.0", "7.8", 1)))
		if !errors.Is(err, driver.Code(222)) {
			t.Errorf("got %v", err)
		}
		r.load(addPTX, "add")
		r.close()
	})
	t.Run("old device", func(t *testing.T) {
		r := newRig(t, Options{Major: 7, Minor: 5})
		if _, err := r.Load([]byte(readFile(t, "prototype_80.ptx"))); !errors.Is(err, driver.Code(209)) {
			t.Errorf("got %v", err)
		}
		r.load(readFile(t, "prototype_75.ptx"), "sgemm")
		r.close()
	})
}

// The shared memory a block may ask for grows with the device.
func TestSharedLimits(t *testing.T) {
	for _, tt := range []struct{ major, minor, want int }{{7, 5, 64 << 10}, {8, 0, 163 << 10},
		{8, 6, 99 << 10}, {9, 0, 227 << 10}, {7, 0, 48 << 10}} {
		p, err := New(Options{Major: tt.major, Minor: tt.minor}).Properties(0)
		if err != nil || p.SharedPerBlockOptin != tt.want {
			t.Errorf("%s: got %d, %v, want %d", fmt.Sprint(tt.major, tt.minor), p.SharedPerBlockOptin, err,
				tt.want)
		}
	}
}
