package cuda

import (
	"testing"

	"github.com/stillfield/stillfield/comm"
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

// oldest is for each precision the oldest device that has it, under a schedule that a correct
// program does not notice.
var oldest = []emu.Options{
	plan.Float32:  {Major: 7, Minor: 5},
	plan.TF32:     {Major: 8, Order: emu.Reverse, Land: emu.LandEarly},
	plan.BFloat16: {Major: 8, Order: emu.Random, Seed: 3, Resident: 2, Land: emu.LandRandom},
}

// The emulator passes the suite of devices in every precision.
func TestConformance(t *testing.T) {
	for p, o := range oldest {
		prec := plan.Precision(p)
		t.Run(prec.String(), func(t *testing.T) {
			plantest.Run(t, emulator(o), plantest.Options{Small: true, Precision: prec,
				Join: func(g *comm.Group) (plan.Device, error) { // each process has a GPU of its own
					d, err := New(emu.New(o), 0)
					if err == nil {
						d.Join(g)
					}
					return d, err
				}})
		})
	}
}

// It passes, too, where one block takes every turn at the work of kernels whose blocks take turns.
func TestTurns(t *testing.T) {
	for p, o := range oldest {
		prec := plan.Precision(p)
		open := func(t *testing.T) plan.Device {
			d := emulator(o)(t).(*Device)
			d.LimitBlocks(1)
			return d
		}
		t.Run(prec.String(), func(t *testing.T) {
			plantest.Run(t, open, plantest.Options{Small: true, Precision: prec})
		})
	}
}
