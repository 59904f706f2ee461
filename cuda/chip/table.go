package chip

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/plan"
)

// Chip is what one GPU can do at most and has room for.
type Chip struct {
	Name         string
	Major, Minor int // compute capability

	SMs      int     // multiprocessors
	Clock    float64 // Hz, at which FP32 is 2·(FP32 lanes of an SM)·SMs·Clock
	Lanes    int     // FP32 units of an SM
	BFloat16 float64 // FLOP/s of tensor cores, dense, sums in float32; 0 for none
	TF32     float64
	Sync     float64 // share of those that mma.sync reaches; wgmma is for all of it

	Memory    float64 // bytes
	Bandwidth float64 // bytes a second of it
	L2        float64 // bytes a clock between the L2 and the multiprocessors

	Threads, Blocks int // most that an SM holds at a time
	Shared          int // bytes of an SM
}

// Source says where a chip's figures are from.
const Source = `peaks, clocks, memory: NVIDIA's data sheets of H200 and H100 (SXM), A100 80GB (SXM), T4 and
the whitepapers of GA100, AD102 (bf16 of the 4090 with sums in float32); limits of an SM: CUDA
programming guide, table of compute capabilities; L2: the GA100 whitepaper's 5,120 bytes a clock,
taken for Hopper too, and what others measured of the 4090 (5 TB/s, chipsandcheese.com) and the T4
(1.27 TB/s, arXiv 1903.07486); mma.sync on Hopper: 63 % of the peak (arXiv 2402.13499)`

// chips is every GPU that is modelled.
var chips = []Chip{
	{Name: "h200", Major: 9, SMs: 132, Clock: 1.98e9, Lanes: 128, BFloat16: 989e12, TF32: 494e12, Sync: .63,
		Memory: 141e9, Bandwidth: 4.8e12, L2: 5120, Threads: 2048, Blocks: 32, Shared: 228 << 10},
	{Name: "h100", Major: 9, SMs: 132, Clock: 1.98e9, Lanes: 128, BFloat16: 989e12, TF32: 494e12, Sync: .63,
		Memory: 80e9, Bandwidth: 3.35e12, L2: 5120, Threads: 2048, Blocks: 32, Shared: 228 << 10},
	{Name: "a100", Major: 8, SMs: 108, Clock: 1.41e9, Lanes: 64, BFloat16: 312e12, TF32: 156e12, Sync: 1,
		Memory: 80e9, Bandwidth: 2.04e12, L2: 5120, Threads: 2048, Blocks: 32, Shared: 164 << 10},
	{Name: "4090", Major: 8, Minor: 9, SMs: 128, Clock: 2.52e9, Lanes: 128, BFloat16: 165.2e12, TF32: 82.6e12,
		Sync: 1, Memory: 24e9, Bandwidth: 1.008e12, L2: 2000, Threads: 1536, Blocks: 24, Shared: 100 << 10},
	{Name: "t4", Major: 7, Minor: 5, SMs: 40, Clock: 1.59e9, Lanes: 64, Sync: 1,
		Memory: 16e9, Bandwidth: 320e9, L2: 800, Threads: 1024, Blocks: 16, Shared: 64 << 10},
}

// Names are the chips there are.
func Names() (names []string) {
	for _, c := range chips {
		names = append(names, c.Name)
	}
	return names
}

// Find returns the chip of that name.
func Find(name string) (Chip, error) {
	k := slices.IndexFunc(chips, func(c Chip) bool { return c.Name == name })
	if k < 0 {
		return Chip{}, fmt.Errorf("chip: got %q, want one of %s", name, strings.Join(Names(), ", "))
	}
	return chips[k], nil
}

// FP32 is the peak of float32 without tensor cores, in FLOP a second.
func (c *Chip) FP32() float64 { return 2 * float64(c.Lanes*c.SMs) * c.Clock }

// Tensor is the peak of the tensor cores in precision p, 0 where they lack it.
func (c *Chip) Tensor(p plan.Precision) float64 {
	switch p {
	case plan.BFloat16:
		return c.BFloat16
	case plan.TF32:
		return c.TF32
	}
	return 0
}
