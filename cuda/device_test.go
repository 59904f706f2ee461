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

// The emulator passes the suite of devices in every precision, as the oldest
// device that has it, and under schedules that a correct program does not notice.
func TestConformance(t *testing.T) {
	for p, o := range []emu.Options{
		plan.Float32:  {Major: 7, Minor: 5},
		plan.TF32:     {Major: 8, Order: emu.Reverse, Land: emu.LandEarly},
		plan.BFloat16: {Major: 8, Order: emu.Random, Seed: 3, Resident: 2, Land: emu.LandRandom},
	} {
		prec := plan.Precision(p)
		t.Run(prec.String(), func(t *testing.T) {
			plantest.Run(t, emulator(o), plantest.Options{Small: true, Precision: prec})
		})
	}
}
