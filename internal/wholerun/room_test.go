package wholerun

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// stepOf is the plan of the first step of c.
func stepOf(t *testing.T, c *experiment.Config) *plan.Plan {
	t.Helper()
	e, err := experiment.New(c, source(t, c).Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a plan is said to take is what the device has less of while it is loaded, in every
// precision, to the byte.
func TestFootprint(t *testing.T) {
	for _, precision := range []string{"float32", "tf32", "bf16"} {
		p := stepOf(t, parse(t, dit, "batch=32", "precision="+precision))
		f, err := cuda.Measure(t.Context(), p, 9, 0)
		if err != nil {
			t.Fatal(err)
		}
		d := onEmu(t, emu.Options{})
		warm, err := d.Load(t.Context(), p) // its modules stay
		if err != nil {
			t.Fatal(err)
		}
		before, _, err := d.(*cuda.Device).Memory()
		if err != nil {
			t.Fatal(err)
		}
		g, err := d.Load(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := d.(*cuda.Device).Memory()
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Total(); got != before-after || f.Launches < len(p.Steps)/2 ||
			f.Arena != 4*uint64(p.Arena) || (f.Copies > 0) != (precision == "bf16") {
			t.Errorf("%s: %+v, %d bytes in all, want %d", precision, f, got, before-after)
		}
		for _, g := range []plan.Program{warm, g} {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// accumulate: auto takes as few parts as the device has memory for, which the run's configuration
// says: it is the run of that number, on whatever device it goes on.
func TestAccumulateAuto(t *testing.T) {
	const set = "batch=16"
	total := func(parts int) uint64 {
		c := parse(t, dit, set, fmt.Sprintf("accumulate=%d", parts))
		f, err := cuda.Measure(t.Context(), stepOf(t, c), 9, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f.Total()
	}
	if total(2) >= total(1) {
		t.Fatalf("1 and 2 parts take %d and %d bytes", total(1), total(2))
	}
	const driver = 1 << 30
	small := onEmu(t, emu.Options{Unchecked: true, Memory: driver + total(2)})
	auto := parse(t, dit, set, "accumulate=auto", "steps=1")
	dir := t.TempDir()
	got, ck := trained(t, dir, auto, small)
	want, same := trained(t, t.TempDir(), parse(t, dit, set, "accumulate=2", "steps=1"),
		onEmu(t, emu.Options{Unchecked: true}))
	kept, err := run.ReadConfig(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Accumulate != 2 || ck.Config.Accumulate != 2 {
		t.Errorf("accumulate: %d in the run, %d in its checkpoint, want 2", kept.Accumulate,
			ck.Config.Accumulate)
	}
	if !slices.Equal(got, want) || !slices.Equal(ck.Weights.Theta, same.Weights.Theta) {
		t.Errorf("losses %v, want %v", got, want)
	}
	auto = parse(t, dit, set, "accumulate=auto", "steps=2")
	if _, ck = trained(t, dir, auto, onEmu(t, emu.Options{Unchecked: true})); ck.Config.Accumulate != 2 {
		t.Errorf("it goes on with accumulate: %d where there is more memory, want 2", ck.Config.Accumulate)
	}
	tiny := onEmu(t, emu.Options{Unchecked: true, Memory: driver + 1<<16})
	auto = parse(t, dit, set, "accumulate=auto")
	_, err = train.Run(t.Context(), t.TempDir(), auto, source(t, auto), tiny, train.Hooks{})
	if err == nil || !strings.Contains(err.Error(), "one sample at a time: cuda: Fits: the plan wants ") {
		t.Errorf("a device too small for one sample: %v", err)
	}
}

// The parts of a batch follow one another in the same memory.
func TestPartsShareMemory(t *testing.T) {
	whole := stepOf(t, parse(t, dit, "batch=128"))
	parts := stepOf(t, parse(t, dit, "batch=128", "accumulate=8"))
	if parts.Arena > whole.Arena/4 {
		t.Errorf("eight parts take %d elements, the whole %d", parts.Arena, whole.Arena)
	}
}
