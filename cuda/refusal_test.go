package cuda

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// What a device lacks is said by Open and Load, with figures.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		open func() error
		want string
	}{
		{"form", func() error { _, err := Open("opencl", 0); return err },
			`form "opencl", want "cuda" or "emu"`},
		{"index", func() error { _, err := Open("emu", 1); return err }, "device 1, want one of 1"},
		{"none", func() error { _, err := New(emu.New(emu.Options{NoDevice: true}), 0); return err },
			"the driver is there and has no device"},
		{"old", func() error { _, err := New(emu.New(emu.Options{Major: 7}), 0); return err },
			"7.0, want 7.5 or later"},
		{"bf16", func() error { return loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.BFloat16, 1) },
			"precision: got bf16, want float32, all that emu:0 PTX emulator (7.5) has: tensor cores"},
		{"tf32", func() error { return loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.TF32, 1) },
			"precision: got tf32"},
		{"memory", func() error { return loadOn(t, emu.Options{Memory: 1 << 20}, plan.Float32, 512) },
			"the plan wants 5242880 bytes (2097152 of inputs, states and their copies, 1048576 of " +
				"temporaries, " +
				"2097152 of workspace), 1048576 of 1048576 are left"},
		{"memory of copies", func() error {
			return loadOn(t, emu.Options{Major: 8, Memory: 1 << 20},
				plan.BFloat16, 512)
		},
			"the plan wants 5767168 bytes (2621440 of inputs, states and their copies, 1048576 of " +
				"temporaries, "},
		{"shared memory", func() error { return attend(t, emu.Options{Major: 7, Minor: 5}, 256) },
			"bytes of shared memory, the device has 65536 for a block"},
		{"heads", func() error { return attend(t, emu.Options{}, 300) }, "heads of 300, want at most 256"},
	} {
		err := tt.open()
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q in one line", tt.name, err, tt.want)
		}
	}
	if err := loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.Float32, 8); err != nil {
		t.Errorf("float32 on 7.5: %v", err)
	}
	if err := loadOn(t, emu.Options{Memory: 1 << 20}, plan.Float32, 512); !errors.Is(err,
		driver.OutOfMemory) {
		t.Errorf("%v is not driver.OutOfMemory", err)
	}
}

// loadOn loads x·w, [n,n]·[n,n], and gives everything back.
func loadOn(t *testing.T, o emu.Options, p plan.Precision, n int) error {
	d := open(t, emu.New(o))
	y := apply(t, plan.Op{Kind: plan.MatMul}, leaf(plan.State, "x", n, n), leaf(plan.State, "w", n, n))
	return closing(t, d, compile(t, p, plan.Root{Name: "y", Node: y}))
}

func attend(t *testing.T, o emu.Options, dim int) error {
	d := open(t, emu.New(o))
	y := apply(t, plan.Op{Kind: plan.Attention, Groups: 1}, leaf(plan.Input, "qkv", 1, 2, 3*dim))
	return closing(t, d, compile(t, plan.Float32, plan.Root{Name: "y", Node: y}))
}

// closing loads p and closes what was opened; the emulator finds what leaks.
func closing(t *testing.T, d *Device, p *plan.Plan) error {
	t.Helper()
	g, err := d.Load(t.Context(), p)
	if err == nil {
		must(t, g.Close())
	}
	must(t, d.Close())
	return err
}

// A device that is lost fails every later call, with the first cause, and can
// still be closed.
func TestLostDevice(t *testing.T) {
	for launch := 1; launch <= 3; launch++ {
		d := open(t, emu.New(emu.Options{LoseDevice: launch}))
		g := load(t, d, running(t, 4))
		must(t, g.Write("x", filled(4, 1)))
		var err error
		for range 4 {
			err = errors.Join(err, g.Run())
		}
		if err = errors.Join(err, g.Read("y", make([]float32, 4))); err == nil {
			t.Fatal("a lost device: no error")
		}
		if err := g.Run(); err == nil || !strings.Contains(err.Error(), "failed before") {
			t.Errorf("Run after the loss: %v", err)
		}
		for range 2 { // the loss has been told
			if err := g.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := g.Run(); !errors.Is(err, errClosed) {
			t.Errorf("Run after Close: %v", err)
		}
	}
}

// A device with an open program does not close.
func TestCloseOrder(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, running(t, 4))
	if err := d.Close(); err == nil {
		t.Error("Close with an open program: no error")
	}
	must(t, g.Close())
	must(t, d.Close())
}
