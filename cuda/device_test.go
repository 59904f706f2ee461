package cuda

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

func emulator(o emu.Options) func(t *testing.T) plan.Device {
	return func(t *testing.T) plan.Device {
		d, err := New(emu.New(o), 0)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// The emulator passes the suite of devices in every precision.
func TestConformance(t *testing.T) {
	for _, p := range []plan.Precision{plan.Float32, plan.TF32, plan.BFloat16} {
		t.Run(p.String(), func(t *testing.T) {
			plantest.Run(t, emulator(emu.Options{}), plantest.Options{Small: true, Precision: p})
		})
	}
}
