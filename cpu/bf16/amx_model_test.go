//go:build linux && amd64

package bf16

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// amxCost is what a block costs by AMX, by a model. It is a model: no processor with AMX took part.
type amxCost struct {
	trace.Counters
	cycles float64
}

// What the model takes from Intel's optimization manual (chapter on AMX) of Sapphire Rapids, in cycles: a
// TDPBF16PS occupies the multiplier, and its sum may be added to again, after so many; the loads' ports and
// the store's port take 16 rows so long. A call's configuration and release are 50 ns, which the prototype
// measured.
const (
	dotCycles, dotLatency   = 16, 52
	loadCycles, storeCycles = 8, 16
	callCycles              = 150
	modelClock              = 3.06e9 // at which 1024 FLOP a cycle are the 3,130 GFLOP/s that were measured
	modelPeak               = 1024 * modelClock
	modelSteps              = 32 // of k at a time, as KernelOf says
)

// add counts a call of tiles of C, rows × columns, over panels (or pairs of them) of some steps.
func (c *amxCost) add(rows, columns, panels, steps int, given bool) {
	tiles := uint64(rows * columns)
	loads := uint64(rows + columns)
	each := uint64(panels)
	c.Config++
	if given {
		c.Load += each * tiles
	} else {
		c.Zero += each * tiles
	}
	c.Load += each * uint64(steps) * loads
	c.Dot += each * uint64(steps) * tiles
	c.Store += each * tiles
	step := max(dotCycles*tiles, loadCycles*loads, dotLatency)
	c.cycles += callCycles + float64(each)*(float64(uint64(steps)*step)+float64(storeCycles*tiles))
}

// block counts what amxBlock does for one line of m rows of n columns and so many steps.
func (c *amxCost) block(m, n, steps int, given bool) {
	for i := 0; i < m; i += 2 * tileRows {
		r := min(2*tileRows, m-i)
		rows := 1 + (r-1)/tileRows
		whole, rest := n/PanelColumns, n%PanelColumns
		if rows == 1 && whole >= 2 {
			c.add(1, 4, whole/2, steps, given)
			whole %= 2
		}
		if whole > 0 {
			c.add(rows, 2, whole, steps, given)
		}
		if rest > 0 {
			c.add(rows, 1+(rest-1)/tileWords, 1, steps, given)
		}
	}
}

// modelled are products of the notes, with what the prototype reached on two threads of Sapphire Rapids with
// both operands in bfloat16, B packed: 2·m·n·k over the time, in GFLOP/s.
var modelled = []struct {
	m, n, k  int
	measured float64
}{
	{2048, 2048, 2048, 1784}, {256, 512, 512, 3346}, {4096, 1536, 384, 2421}, {16384, 64, 576, 1647},
	{512, 512, 256, 3797}, {512, 512, 64, 1626}, {512, 64, 512, 2430}, {16, 512, 512, 1539},
	{100352, 64, 32, 399},
}

// TestAMXModel prints, with -v, what the model says of products, beside what the prototype of these kernels
// measured. Its counts are those of the emulator.
func TestAMXModel(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "a MODEL, no measurement: one thread at %.2f GHz, %.0f GFLOP/s at best, all in the L1 "+
		"cache\n", modelClock/1e9, modelPeak/1e9)
	fmt.Fprintf(&b, "%18s %9s %9s %7s %9s %9s\n", "m×n×k", "dots", "loads", "a dot", "model", "prototype")
	for _, p := range modelled {
		var c amxCost
		for done := 0; done < Steps(p.k); done += modelSteps {
			c.block(p.m, p.n, min(modelSteps, Steps(p.k)-done), done > 0)
		}
		flops := 2 * float64(p.m) * float64(p.n) * float64(p.k)
		shape := fmt.Sprintf("%d×%d×%d", p.m, p.n, p.k)
		fmt.Fprintf(&b, "%18s %9d %9d %7.2f %9.0f %9.0f\n", shape, c.Dot, c.Load,
			float64(c.Load)/float64(c.Dot), flops/c.cycles*modelClock/1e9, p.measured)
	}
	t.Log("\n" + b.String())
	if trace.Under(t, trace.Options{}, false) {
		checkModel(t)
	}
}

// checkModel holds the model's counts to the emulator's.
func checkModel(t *testing.T) {
	if err := amx(); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for m := 1; m < 70; m += 5 {
		for n := 1; n < 140; n += 13 {
			steps, add := 1+rng.IntN(3), m%2 == 0
			o := blockCase{lines: 1, m: m, n: n, segments: 1, steps: steps, add: add}.make(rng, false)
			before, _ := trace.Count()
			amxBlock(&o.block)
			after, _ := trace.Count()
			var c amxCost
			c.block(m, n, steps, add)
			c.Config += before.Config
			c.Zero += before.Zero
			c.Load += before.Load
			c.Store += before.Store
			c.Dot += before.Dot
			if c.Requests = before.Requests; after != c.Counters {
				t.Fatalf("%d×%d, %d steps: the emulator counts %+v, the model %+v", m, n, steps, after,
					c.Counters)
			}
		}
	}
}
