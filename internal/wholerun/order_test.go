package wholerun

import (
	"maps"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
	"github.com/stillfield/stillfield/train"
)

// No order of blocks, warps, copies or streams changes a bit of a run: every
// order that a device may choose is a correct one.
func TestOrders(t *testing.T) {
	for _, tt := range []struct{ text, precision string }{{unet, "float32"}, {unet, "tf32"}, {mlp, "bf16"}} {
		t.Run(tt.precision, func(t *testing.T) {
			t.Parallel()
			c := parse(t, tt.text, "precision="+tt.precision, "steps=2")
			var want map[string]string
			for _, o := range []emu.Options{
				{},
				{Order: emu.Reverse, Land: emu.LandEarly},
				{Order: emu.Random, Land: emu.LandRandom, Seed: 2, Resident: 3},
			} {
				dir := t.TempDir()
				trained(t, dir, c, onEmu(t, o))
				got := files(t, dir)
				if want == nil {
					want = got
				}
				if !maps.Equal(got, want) {
					t.Errorf("%+v: the run has left other bits", o)
				}
			}
			if len(want) < 2 { // config.yaml, a checkpoint
				t.Errorf("a run of %d files", len(want))
			}
		})
	}
}

// A step that is traced, launch by launch, is the step of the captured graph, to
// the bit.
func TestTraced(t *testing.T) {
	c := parse(t, mlp, "steps=4")
	var left [2]map[string]string
	for k, h := range []train.Hooks{{}, {Trace: func(step int, _ plan.Timeline, spans []plan.Span) {
		if step != 3 || len(spans) == 0 {
			t.Errorf("step %d with %d launches, want 3 with all of them", step, len(spans))
		}
	}}} {
		dir := t.TempDir()
		if _, err := train.Run(t.Context(), dir, c, source(t, c), onEmu(t, emu.Options{}), h); err != nil {
			t.Fatal(err)
		}
		left[k] = files(t, dir)
	}
	if !maps.Equal(left[0], left[1]) {
		t.Error("a traced run has left other bits")
	}
}

// The least device there is, 7.5, trains in float32 and says why it does not do
// more; 8.0 and 9.0 do everything. What each gives is the same to the bit.
func TestLevels(t *testing.T) {
	var want []float32
	for _, level := range []emu.Options{{Major: 7, Minor: 5}, {Major: 8}, {Major: 9}} {
		d := onEmu(t, level)
		c := parse(t, unet, "steps=1")
		_, ck := trained(t, t.TempDir(), c, d)
		if want == nil {
			want = ck.Weights.Theta
		}
		if !slices.Equal(ck.Weights.Theta, want) {
			t.Errorf("%s: other weights than 7.5", d.Name())
		}
		for _, p := range []string{"tf32", "bf16"} {
			c := parse(t, mlp, "steps=1", "precision="+p)
			_, err := train.Run(t.Context(), t.TempDir(), c, source(t, c), d, train.Hooks{})
			if level.Major >= 8 {
				if err != nil {
					t.Errorf("%s: %v", p, err)
				}
				continue
			}
			oneLine(t, err, "cuda: Load: precision: got "+p+", want float32, all that emu:0 ", "(7.5)",
				"compute capability 8.0 or later")
		}
	}
}

// The suite of devices at the two levels that kernels are compiled for, each
// with what it is for; package cuda runs it at 9.0 in every precision.
func TestLevelsConform(t *testing.T) {
	if !*full {
		t.Skip("ten seconds: go test ./internal/wholerun -full")
	}
	for _, level := range []struct {
		o emu.Options
		p plan.Precision
	}{{emu.Options{Major: 7, Minor: 5}, plan.Float32}, {emu.Options{Major: 8}, plan.BFloat16}} {
		t.Run(level.p.String(), func(t *testing.T) {
			t.Parallel()
			plantest.Run(t, func(t *testing.T) plan.Device {
				d, err := cuda.New(emu.New(level.o), 0)
				if err != nil {
					t.Fatal(err)
				}
				return d
			}, plantest.Options{Small: true, Precision: level.p})
		})
	}
}
