package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/roofline"
	"github.com/stillfield/stillfield/train"
)

// bench is what was measured.
type bench struct {
	Config    string             `json:"config"`
	Device    string             `json:"device"`
	Precision string             `json:"precision"`
	Images    int                `json:"images"`
	Seconds   float64            `json:"seconds"` // of one step, the median
	Ceilings  *roofline.Ceilings `json:"ceilings"`
	Rated     float64            `json:"rated_bytes,omitempty"`     // a second, by data sheet; 0: unknown
	FLOPs     float64            `json:"flops"`                     // of one step
	Converted int                `json:"converted_bytes,omitempty"` // between the types, in a step
	Kernels   []benchKernel      `json:"kernels"`
	Exact     *exactPrice        `json:"price_of_exact,omitempty"` // where reduce is exact
}

// benchKernel sums up the launches of one kernel; on the CPU that is an operator.
type benchKernel struct {
	Kernel     string  `json:"kernel"`
	Launches   int     `json:"launches"`
	Seconds    float64 `json:"seconds"`
	FLOPs      float64 `json:"flops"`
	Bytes      float64 `json:"bytes"`              // least traffic of its operators
	Attainable float64 `json:"attainable_seconds"` // by the roofline
	By         string  `json:"bound_by"`           // what most of that is set by

	bounds map[string]float64 // Attainable by what sets it
}

// measure times whole steps, then each launch by itself.
func measure(ctx context.Context, t *train.Trial, dev plan.Device, runs int) (*bench, error) {
	if runs < 1 {
		return nil, fmt.Errorf("bench: runs: got %d, want at least 1", runs)
	}
	b := &bench{FLOPs: t.Plan.TotalFLOPs(), Precision: t.Plan.Precision.String()}
	var err error
	if b.Ceilings, err = ceilings(ctx, dev, t.Plan.Precision); err != nil {
		return nil, err
	}
	if g, ok := dev.(*cuda.Device); ok {
		p := g.Properties()
		// Two transfers in each cycle of the memory's clock, of the bus's width each.
		b.Rated = 2 * float64(p.MemoryClockMHz) * 1e6 * float64(p.MemoryBusBits) / 8
	}
	times, err := timed(t.Program, runs, t.Wait)
	if err != nil {
		return nil, err
	}
	b.Seconds = times[len(times)/2]
	if c, ok := t.Program.(plan.Converter); ok {
		b.Converted = c.Converted()
	}
	spans, err := launches(t.Program)
	if err != nil {
		return nil, err
	}
	if _, ok := dev.(roofline.Device); ok { // once more, for the machine may have been busy before
		again, err := ceilings(ctx, dev, t.Plan.Precision)
		if err != nil {
			return nil, err
		}
		b.Ceilings.Raise(again)
	}
	b.sum(t.Plan, spans)
	return b, nil
}

// timed are the times of runs, the shortest first, after one that is not counted.
func timed(g plan.Program, runs int, wait func() error) ([]float64, error) {
	times := make([]float64, 0, runs)
	for k := range runs + 1 {
		begin := time.Now()
		if err := g.Run(); err != nil {
			return nil, err
		}
		if err := wait(); err != nil {
			return nil, err
		}
		if k > 0 {
			times = append(times, time.Since(begin).Seconds())
		}
	}
	slices.Sort(times)
	return times, nil
}

// traces are the traced runs of which each launch's least time counts.
const traces = 3

// launches times each launch of a step by itself.
func launches(g plan.Program) ([]plan.Span, error) {
	t, ok := g.(plan.Tracer)
	if !ok {
		return nil, fmt.Errorf("bench: %T cannot time its steps", g)
	}
	var least []plan.Span
	for range traces {
		spans, err := t.Trace()
		if err != nil {
			return nil, err
		}
		if least == nil {
			least = spans
		}
		for i, s := range spans {
			least[i].Duration = min(least[i].Duration, s.Duration)
		}
	}
	return least, nil
}

// sum adds up the launches by kernel, the slowest kernel first. The work of a
// step is shared among its launches by their time.
func (b *bench) sum(p *plan.Plan, spans []plan.Span) {
	took, launched := make([]float64, len(p.Steps)), make([]bool, len(p.Steps))
	for i := range spans {
		s := &spans[i]
		s.Duration = max(s.Duration, 1e-6) // a clock may not move during a small launch
		took[s.Step] += s.Duration
		launched[s.Step] = true
	}
	flops, bytes := work(p, launched, p.FLOPs), work(p, launched, p.Bytes)
	bounds := b.Ceilings.Bounds(p, func(s int) bool { return launched[s] })
	at := map[string]int{}
	for _, s := range spans {
		k, ok := at[s.Kernel]
		if !ok {
			k = len(b.Kernels)
			at[s.Kernel] = k
			b.Kernels = append(b.Kernels, benchKernel{Kernel: s.Kernel})
		}
		share := s.Duration / took[s.Step]
		one := benchKernel{Kernel: s.Kernel, Launches: 1, Seconds: s.Duration / 1e3,
			FLOPs: share * flops(s.Step), Bytes: share * bytes(s.Step)}
		one.Attainable = share * bounds[s.Step].Seconds
		one.bounds = map[string]float64{bounds[s.Step].By: one.Attainable}
		b.Kernels[k].add(one)
	}
	slices.SortStableFunc(b.Kernels, func(x, y benchKernel) int { return cmp.Compare(y.Seconds, x.Seconds) })
}

// work is what the launches of a step do, by a figure of steps: also the work of
// an epilogue that has no launch of its own.
func work(p *plan.Plan, launched []bool, of func(s int) float64) func(s int) float64 {
	return func(s int) float64 {
		if p.Ended(s) && !launched[s+1] {
			return of(s) + of(s+1)
		}
		return of(s)
	}
}

func (k *benchKernel) add(x benchKernel) {
	k.Launches += x.Launches
	k.Seconds += x.Seconds
	k.FLOPs += x.FLOPs
	k.Bytes += x.Bytes
	k.Attainable += x.Attainable
	if k.bounds == nil {
		k.bounds = map[string]float64{}
	}
	for by, t := range x.bounds {
		k.bounds[by] += t
	}
	k.By = ""
	for _, by := range slices.Sorted(maps.Keys(k.bounds)) {
		if k.By == "" || k.bounds[by] > k.bounds[k.By] {
			k.By = by
		}
	}
}

func (b *bench) print(w io.Writer) {
	c := b.Ceilings
	fmt.Fprintf(w, "%.1f images/s, %.2f ms a step, %.1f GFLOP/s "+
		"(%.0f %% of the %.0f GFLOP/s of products at best)\n",
		float64(b.Images)/b.Seconds, 1e3*b.Seconds, b.FLOPs/b.Seconds/1e9,
		100*b.FLOPs/b.Seconds/c.Products, c.Products/1e9)
	fmt.Fprint(w, "bytes at best:")
	for i, l := range c.Levels {
		fmt.Fprintf(w, "%s %s %.1f GB/s", map[bool]string{true: ","}[i > 0], l.Name, l.Rate/1e9)
	}
	if last := c.Levels[len(c.Levels)-1]; b.Rated > 0 {
		fmt.Fprintf(w, ", %.0f %% of what the memory's clock and width allow", 100*last.Rate/b.Rated)
	}
	if b.Converted > 0 {
		fmt.Fprintf(w, "\n%.1f MB are converted between float32 and bf16 by steps that did not make them",
			float64(b.Converted)/1e6)
	}
	fmt.Fprint(w, "\n\n")
	fmt.Fprintf(w, "%-28s %8s %10s %6s %10s %9s %12s  %s\n",
		"kernel", "launches", "ms", "share", "GFLOP/s", "GB/s", "of roofline", "bound by")
	all := benchKernel{Kernel: "all"}
	for _, k := range b.Kernels {
		all.add(k)
	}
	for _, k := range append(b.Kernels, all) {
		fmt.Fprintf(w, "%-28s %8d %10.3f %5.1f%% %10.1f %9.1f %11.0f%%  %s\n",
			k.Kernel, k.Launches, 1e3*k.Seconds, 100*k.Seconds/all.Seconds,
			k.FLOPs/k.Seconds/1e9, k.Bytes/k.Seconds/1e9, 100*k.Attainable/k.Seconds, k.By)
	}
}
