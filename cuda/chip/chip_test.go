package chip

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// The peaks of float32 follow from clock and units: those of the data sheets, in TFLOP/s.
func TestFP32(t *testing.T) {
	want := map[string]float64{"h200": 67, "h100": 67, "a100": 19.5, "4090": 82.6, "t4": 8.1}
	for _, name := range Names() {
		c, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.FP32() / 1e12; math.Abs(got-want[name]) > .006*want[name] {
			t.Errorf("%s: %.4g TFLOP/s, want %g", name, got, want[name])
		}
	}
	if _, err := Find("h20"); err == nil {
		t.Error("a chip that is not in the table is found")
	}
}

// Blocks an SM, by hand: of the H200's 65,536 registers, 233,472 bytes and 2,048 threads.
func TestResident(t *testing.T) {
	c := chips[0]
	for _, tt := range []struct {
		threads, registers int
		static, dynamic    int
		want               int
	}{
		{256, 32, 0, 0, 8},          // threads: 2048/256
		{32, 16, 0, 0, 32},          // slots
		{256, 128, 0, 0, 2},         // 65536/(256·128)
		{256, 121, 0, 0, 2},         // 121 are given as 128
		{128, 255, 0, 0, 2},         // 65536/(128·256)
		{128, 64, 20480, 40960, 3},  // 233472/(61440+1024) = 3.7
		{1024, 255, 0, 0, 1},        // none fits: such a launch fails, and is not modelled as endless
		{256, 128, 0, 220 << 10, 1}, // shared memory
		{33, 40, 0, 0, 25},          // two warps: 65536/(64·40)
	} {
		k := Kernel{Registers: tt.registers, StaticShared: tt.static, Counts: driver.Counts{
			Block: [3]uint32{uint32(tt.threads), 1, 1}, Shared: uint32(tt.dynamic)}}
		if got := c.Resident(&k); got != tt.want {
			t.Errorf("%+v: %d blocks an SM", tt, got)
		}
	}
}

// A launch of 132 blocks of 256 threads, one for each SM of the H200, for each thing that it can
// wait for: seconds by the peak alone.
func TestTime(t *testing.T) {
	c := chips[0]
	all := 132 * 1.98e9 // clocks of all SMs in a second
	for _, tt := range []struct {
		bound Bound
		n     driver.Counts
		least uint64
		want  float64
	}{
		{Memory, driver.Counts{LoadSectors: 48e9 / 32}, 48e9, 1e-2},
		{L2, driver.Counts{LoadSectors: 48e9 / 32}, 48e6, 48e9 / (5120 * 1.98e9)},
		{Tensor, driver.Counts{TensorFLOPs: 989e9}, 0, 1e-3 / .63},
		{FMA, driver.Counts{FP32: 2 * 128 * 1e6 * 132}, 0, 1e6 / 1.98e9},
		{Shared, driver.Counts{SharedPasses: 132e6}, 0, 132e6 / all},
		{Issue, driver.Counts{WarpInstructions: 264e6}, 0, 264e6 / (2 * all)}, // 8 warps of 16: half rate
		{Launch, driver.Counts{WarpInstructions: 8 * 132}, 0, 8 * 132 / (2 * all)},
	} {
		k := Kernel{Counts: tt.n, Precision: plan.BFloat16, Registers: 32, Least: tt.least}
		k.Counts.Grid, k.Counts.Block = [3]uint32{132, 1, 1}, [3]uint32{256, 1, 1}
		got := c.Time(&k)
		if got.Bound != tt.bound || math.Abs(got.Work-tt.want) > 1e-9*tt.want {
			t.Errorf("got %v, %.6g s, want %v, %.6g s", got.Bound, got.Work, tt.bound, tt.want)
		}
		k.Counts.Grid[0] = 133 // one SM has two, with as much work in all
		if tail := c.Time(&k); tt.bound == Tensor && math.Abs(tail.Work/got.Work-2*132./133) > 1e-9 {
			t.Errorf("a tail of one block makes it %.4g times as long", tail.Work/got.Work)
		}
	}
}

// More work takes no less time, and the bound is the longest of its parts, on every chip.
func TestTimeGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(chips).Draw(t, "chip")
		u := func(name string) uint64 { return rapid.Uint64Range(0, 1<<36).Draw(t, name) }
		k := Kernel{Precision: rapid.SampledFrom(plan.Precisions()).Draw(t, "precision"), Registers: 64,
			Least: u("least"), Counts: driver.Counts{
				Grid:  [3]uint32{rapid.Uint32Range(1, 1<<20).Draw(t, "grid"), 1, 1},
				Block: [3]uint32{rapid.Uint32Range(1, 1024).Draw(t, "block"), 1, 1},
				FP32:  u("fp32"), TensorFLOPs: u("tensor"), LoadSectors: u("loads"),
				StoreSectors: u("stores"), SharedPasses: u("passes"), WarpInstructions: u("instructions")}}
		once := c.Time(&k)
		for b, s := range once.By {
			if s > once.Work || math.IsNaN(s) || math.IsInf(s, 0) {
				t.Fatalf("%v takes %v s of %v", b, s, once.Work)
			}
		}
		grid := k.Counts.Grid
		n := k.Counts
		k.Counts.Add(&n)
		k.Counts.Grid, k.Least = grid, 2*k.Least
		if twice := c.Time(&k); math.Abs(twice.Work-2*once.Work) > 1e-9*twice.Work {
			t.Fatalf("twice the work takes %v s, once %v", twice.Work, once.Work)
		}
	})
}

// The registers of every kernel are known, and a block of it fits on every chip that can run it.
func TestBudgets(t *testing.T) {
	for _, k := range kernels.All() {
		registers, shared, ok := kernels.Budget(k.Name)
		if !ok || registers < 8 || registers > 255 || shared > 48<<10 {
			t.Errorf("%s: %d registers, %d bytes, known %v", k.Name, registers, shared, ok)
		}
	}
}
