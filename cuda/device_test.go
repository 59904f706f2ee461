package cuda

import (
	"slices"
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

// hopper has kernels of its own at bf16.
var hopper = emu.Options{Major: 9, Order: emu.Reverse}

// eachDevice is f for the oldest device of every precision, and for Hopper.
func eachDevice(t *testing.T, f func(t *testing.T, o emu.Options, prec plan.Precision)) {
	for p, o := range oldest {
		prec := plan.Precision(p)
		t.Run(prec.String(), func(t *testing.T) { f(t, o, prec) })
	}
	t.Run("hopper", func(t *testing.T) { f(t, hopper, plan.BFloat16) })
}

// The emulator passes the suite of devices in every precision.
func TestConformance(t *testing.T) {
	eachDevice(t, func(t *testing.T, o emu.Options, prec plan.Precision) {
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

// It passes, too, where one block takes every turn at the work of kernels whose blocks take turns.
func TestTurns(t *testing.T) {
	eachDevice(t, func(t *testing.T, o emu.Options, prec plan.Precision) {
		open := func(t *testing.T) plan.Device {
			d := emulator(o)(t).(*Device)
			d.LimitBlocks(1)
			return d
		}
		plantest.Run(t, open, plantest.Options{Small: true, Precision: prec})
	})
}

// Hopper's kernels are taken where the operands of a product are bfloat16 in memory, on that
// device alone, and the bits are those of the portable ones.
func TestHopperKernels(t *testing.T) {
	h := apply(t, plan.Op{Kind: plan.SiLU}, leaf(plan.Input, "x", 70, 16))
	y := apply(t, plan.Op{Kind: plan.MatMul}, h, leaf(plan.State, "w", 16, 24))
	image := apply(t, plan.Op{Kind: plan.Reshape, Shape: []int{2, 7, 5, 16}}, h)
	z := apply(t, plan.Op{Kind: plan.Conv}, image, leaf(plan.State, "filter", 3, 3, 16, 8))
	p := compile(t, plan.BFloat16, plan.Root{Name: "y", Node: y}, plan.Root{Name: "z", Node: z})
	var out [3][]float32
	for k, major := range []int{8, 9, 10} {
		g := load(t, emulator(emu.Options{Major: major})(t).(*Device), p)
		must(t, g.Write("x", wave(70*16, 1)))
		must(t, g.Write("w", wave(16*24, 2)))
		must(t, g.Write("filter", wave(9*16*8, 3)))
		must(t, g.Run())
		out[k] = make([]float32, 70*(24+8))
		must(t, g.Read("y", out[k][:70*24]))
		must(t, g.Read("z", out[k][70*24:]))
		taken := 0
		for i := range g.launches {
			if l := &g.launches[i]; l.Kernel != nil && l.Kernel.Hopper() {
				taken++
			}
		}
		if want := map[int]int{8: 0, 9: 2, 10: 0}[major]; taken != want {
			t.Errorf("%d.0: %d of Hopper's kernels, want %d", major, taken, want)
		}
	}
	if !slices.Equal(out[0], out[1]) || !slices.Equal(out[0], out[2]) {
		t.Error("Hopper's kernels give other bits than the portable ones")
	}
}
