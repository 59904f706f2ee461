package chip

import (
	"strings"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Kernel is one launch as it was counted, with what the compiler makes of the kernel.
type Kernel struct {
	Counts       driver.Counts
	Precision    plan.Precision
	Registers    int    // of a thread; 0 for a copy or fill of the driver
	StaticShared int    // bytes
	Least        uint64 // the least bytes that pass through the device's memory, see cuda.Work
}

// What is assumed of every chip.
const (
	// Gap is the time between two launches of a graph that depend on one another, in seconds, and
	// Ramp what a kernel takes before its first loads have come and after its last stores went.
	Gap, Ramp = 1e-6, 2e-6
	// schedulers of an SM, each of which issues one instruction a clock at most.
	schedulers = 4
	// dependent is how many clocks after an instruction of a warp the next that needs its result
	// is issued; no warp is taken to issue more often.
	dependent = 4
	// fill are the bytes a clock that an SM takes from the L2 or gives it.
	fill = 64
	// registers are those of an SM, and sharedReserve the bytes that the system takes of the shared
	// memory of each block, from 8.0 on.
	registers, sharedReserve = 64 << 10, 1 << 10

	warp, sector = 32, 32 // threads, bytes
)

// Assumptions are what the model takes for granted, as text.
const Assumptions = `each launch takes the longest of: its least bytes at the memory's bandwidth (all that its
operands hold, once, if it asks for so much); what its warps ask for, in sectors of 32 bytes, at
the L2's rate and 64 bytes a clock for each SM; tensor-core FLOPs and float32 FLOPs at the peaks;
passes of shared memory, one a clock for each SM; instructions of its warps, as many of the
machine as of the PTX, one a clock for each of four schedulers and one in 4 clocks for each warp.
An SM's work is that of the busiest: blocks are dealt out whole, so the last wave is a tail.
Beside that 1 µs between launches, which follow one another, and 2 µs until a kernel's first
loads are there and its last stores done. Clocks and bandwidths are the makers' peaks, nothing
is found in the L2 from the launch before, and no data passes from kernel to kernel on chip`

// Bound names what a launch waits for.
type Bound string

// The bounds.
const (
	Memory Bound = "memory"
	L2     Bound = "L2"
	Tensor Bound = "tensor"
	FMA    Bound = "FMA"
	Shared Bound = "shared"
	Issue  Bound = "issue"
	Launch Bound = "launch" // the gap and the ramp take longer than the work
)

// Time is what a launch takes, in seconds.
type Time struct {
	Work     float64 // the longest of the others
	By       map[Bound]float64
	Bound    Bound
	Resident int     // blocks that an SM holds at a time
	Waves    float64 // of so many blocks on every SM
}

// Total is the work with the gap and the ramp.
func (t *Time) Total() float64 { return t.Work + Gap + Ramp }

// Resident is how many blocks of k an SM holds at a time: as many as its threads, registers,
// shared memory and slots are enough for, at least one.
func (c *Chip) Resident(k *Kernel) int {
	threads := int(k.Counts.Block[0] * k.Counts.Block[1] * k.Counts.Block[2])
	warps := max((threads+warp-1)/warp, 1)
	n := min(c.Blocks, c.Threads/(warps*warp))
	if k.Registers > 0 {
		const unit = 8 // registers of a thread are given out in
		n = min(n, registers/(warps*warp*((k.Registers+unit-1)/unit*unit)))
	}
	reserve := sharedReserve
	if c.Major < 8 {
		reserve = 0
	}
	if s := k.StaticShared + int(k.Counts.Shared) + reserve; s > 0 {
		n = min(n, c.Shared/s)
	}
	return max(n, 1)
}

// Time is what k takes on c.
func (c *Chip) Time(k *Kernel) Time {
	n := &k.Counts
	blocks := max(float64(n.Grid[0])*float64(n.Grid[1])*float64(n.Grid[2]), 1)
	t := Time{Resident: c.Resident(k), By: map[Bound]float64{}}
	sms := float64(c.SMs)
	t.Waves = blocks / (sms * float64(t.Resident))
	busiest := ceil(blocks/sms) / blocks // the share of all blocks that one SM runs
	clocks := busiest / c.Clock

	asked := sector * float64(n.LoadSectors+n.StoreSectors)
	if k.Registers == 0 {
		asked, clocks = float64(n.BytesRead+n.BytesWritten), 1/(sms*c.Clock)
	}
	t.By[Memory] = min(asked, float64(k.Least)) / c.Bandwidth
	t.By[L2] = max(asked/(c.L2*c.Clock), asked/fill*clocks)
	if peak := c.Tensor(k.Precision); n.TensorFLOPs > 0 && peak > 0 {
		if !strings.Contains(n.Kernel, "wgmma") {
			peak *= c.Sync
		}
		t.By[Tensor] = float64(n.TensorFLOPs) / peak * sms * busiest
	}
	t.By[FMA] = float64(n.FP32) / c.FP32() * sms * busiest
	t.By[Shared] = float64(n.SharedPasses) * clocks
	warps := ceil(float64(n.Block[0]*n.Block[1]*n.Block[2])/warp) * min(float64(t.Resident), ceil(blocks/sms))
	rate := schedulers * min(1, warps/schedulers/dependent)
	if n.WarpInstructions > 0 {
		t.By[Issue] = float64(n.WarpInstructions) / rate * clocks
	}
	for _, b := range []Bound{Memory, L2, Tensor, FMA, Shared, Issue} {
		if t.By[b] > t.Work {
			t.Work, t.Bound = t.By[b], b
		}
	}
	if t.Work < Gap+Ramp {
		t.Bound = Launch
	}
	return t
}

// ceil is x rounded up, x ≥ 0.
func ceil(x float64) float64 {
	n := float64(int64(x))
	if n < x {
		n++
	}
	return n
}
