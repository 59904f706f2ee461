package cmd

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/train"
)

// growth is a training step of an experiment that is made larger along one axis. Its sizes
// ascend; the first set of assignments is of all of them.
type growth struct {
	axis, config string
	sizes        []int
	always       []string
	set          func(n int) []string
	side         func(n int) int // of the images; nil for those of the data
}

// growths are the axes of bench --growth, the MLP, a U-Net and a transformer along each that they
// have.
func growths() []growth {
	to := func(format string, times int) func(n int) []string {
		return func(n int) []string { return []string{fmt.Sprintf(format, times*n)} }
	}
	same := func(int) []string { return nil }
	batches, factors := []int{1, 4, 16, 64, 256}, []int{1, 2, 4, 8}
	narrow := []string{"model.channels=16"}
	small := []string{"model.depth=2", "model.width=128", "model.heads=4"}
	with := func(set []string, batch string) []string { return append([]string{"batch=" + batch}, set...) }
	cores := []int{1}
	if runtime.NumCPU() > 1 {
		cores = append(cores, 2)
	}
	tokens := func(n int) int { return 2 * int(math.Sqrt(float64(n))) } // patches of 2×2
	return []growth{
		{"batch", "digits-eqm", batches, nil, to("batch=%d", 1), nil},
		{"batch", "fashion-eqm", batches, narrow, to("batch=%d", 1), nil},
		{"batch", "eqm-s2", batches, small, to("batch=%d", 1), nil},
		{"width", "digits-eqm", factors, nil, to("model.width=%d", 256), nil},
		{"width", "fashion-eqm", factors, []string{"batch=16"}, to("model.channels=%d", 16), nil},
		{"width", "eqm-s2", factors, with(small, "2"), to("model.width=%d", 128), nil},
		{"depth", "digits-eqm", factors, nil, to("model.depth=%d", 2), nil},
		{"depth", "fashion-eqm", factors, with(narrow, "16"), to("model.blocks=%d", 1), nil},
		{"depth", "eqm-s2", factors, with(small, "4"), to("model.depth=%d", 1), nil},
		{"sequence", "eqm-s2", []int{64, 144, 256, 576, 1024}, with(small, "2"), same, tokens},
		{"cores", "digits-eqm", cores, nil, to("workers=%d", 1), nil},
		{"cores", "fashion-eqm", cores, narrow, to("workers=%d", 1), nil},
		{"cores", "eqm-s2", cores, with(small, "8"), to("workers=%d", 1), nil},
	}
}

// grown is one size of a growth, measured.
type grown struct {
	Axis    string  `json:"axis"`
	Config  string  `json:"config"`
	Size    int     `json:"size"`
	Seconds float64 `json:"seconds"` // the least of the steps
	Bytes   float64 `json:"bytes"`   // that the program holds
	FLOPs   float64 `json:"flops"`
	Ready   float64 `json:"ready_seconds"` // of compiling and loading the step
}

// at is the experiment of size n and data for it.
func (g *growth) at(n int) (*experiment.Experiment, datasets.Source, error) {
	set := append([]string{"device=cpu", "workers=1"}, g.always...)
	cfg, err := readConfig(g.config, "", append(set, g.set(n)...))
	if err != nil {
		return nil, nil, err
	}
	info, err := cfg.DescribeData()
	if err != nil {
		return nil, nil, err
	}
	if g.side != nil {
		info.Shape.H, info.Shape.W = g.side(n), g.side(n)
	}
	e, err := experiment.New(cfg, info.Shape)
	return e, datasets.Noise(info), err
}

// measure times steps of size n for that long, at least three.
func (g *growth) measure(ctx context.Context, n int, atLeast time.Duration) (*grown, error) {
	e, src, err := g.at(n)
	if err != nil {
		return nil, err
	}
	dev, err := cpu.New(cpu.Options{Workers: e.Config.Workers})
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	before, begun := heap(), processorTime()
	t, err := train.NewTrial(ctx, e, src, dev)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	ready := (processorTime() - begun).Seconds()
	r := &grown{Axis: g.axis, Config: g.config, Size: n, Seconds: math.Inf(1),
		Bytes: heap() - before, FLOPs: t.Plan.TotalFLOPs(), Ready: ready}
	clock := wallTime
	if e.Config.Workers == 1 {
		clock = processorTime // which other programs disturb less
	}
	for start, k := time.Now(), 0; k < 4 || time.Since(start) < atLeast; k++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		begin := clock()
		if err := t.Program.Run(); err != nil {
			return nil, err
		}
		if err := t.Wait(); err != nil {
			return nil, err
		}
		if took := (clock() - begin).Seconds(); k > 0 && took > 0 {
			r.Seconds = min(r.Seconds, took)
		}
	}
	return r, nil
}

// heap is what is allocated after a collection, in bytes.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

var began = time.Now()

func wallTime() time.Duration { return time.Since(began) }

// How long each size is measured, and the sizes of the short form: those whose steps take least.
const (
	growthTime  = 400 * time.Millisecond
	growthShort = 50 * time.Millisecond
	shortSizes  = 3
)

// benchGrowth prints how the time and the memory of a training step grow, and writes it to path, if
// there is one.
func benchGrowth(ctx context.Context, w io.Writer, quick bool, path string) error {
	fmt.Fprintf(w, "%-9s %-12s %6s %11s %10s %9s %9s   exponents of time (of FLOP), of memory (at most)\n",
		"axis", "experiment", "size", "ms", "GFLOP", "MB", "ready ms")
	var all []grown
	for _, g := range growths() {
		atLeast := growthTime
		if quick {
			atLeast, g.sizes = growthShort, g.sizes[:min(shortSizes, len(g.sizes))]
		}
		var rows []grown
		for _, n := range g.sizes {
			r, err := g.measure(ctx, n, atLeast)
			if err != nil {
				return fmt.Errorf("bench: growth of %s by %s to %d: %w", g.config, g.axis, n, err)
			}
			rows = append(rows, *r)
			fmt.Fprintf(w, "%-9s %-12s %6d %11.3f %10.4f %9.1f %9.1f%s\n", g.axis, g.config, n,
				1e3*r.Seconds, r.FLOPs/1e9, r.Bytes/1e6, 1e3*r.Ready, exponents(rows))
		}
		all = append(all, rows...)
	}
	return writeJSON(path, all)
}

// exponents says what powers of the size time and memory grow by: from the size before to the last
// one, and fitted to all where there are more. One that exceeds its ideal by more than excess is
// marked.
func exponents(rows []grown) string {
	if len(rows) < 2 {
		return ""
	}
	text := "   " + compared(rows[len(rows)-2:])
	if len(rows) > 2 {
		text += "; of all " + compared(rows)
	}
	return text
}

// ideals are the exponents of memory that no axis should exceed: weights are as the square of the
// width, attention keeps no matrix of tokens by tokens.
var ideals = map[string]float64{"batch": 1, "width": 2, "depth": 1, "sequence": 1, "cores": 0}

// excess is how much larger than its ideal an exponent may be before it is marked.
const excess = .15

func compared(rows []grown) string {
	of := func(f func(r *grown) float64) float64 { return slope(rows, f) }
	time := of(func(r *grown) float64 { return r.Seconds })
	flops := of(func(r *grown) float64 { return r.FLOPs })
	if rows[0].Axis == "cores" {
		flops = -1
	}
	memory, most := of(func(r *grown) float64 { return r.Bytes }), ideals[rows[0].Axis]
	mark := func(got, ideal float64) string {
		if got > ideal+excess {
			return "!"
		}
		return ""
	}
	return fmt.Sprintf("%.2f%s (%.2f), %.2f%s (%.2f)", time, mark(time, flops), flops,
		memory, mark(memory, most), most)
}

// slope is that of log f over log size, by least squares.
func slope(rows []grown, f func(r *grown) float64) float64 {
	var x, y, xx, xy float64
	n := float64(len(rows))
	for i := range rows {
		a, b := math.Log(float64(rows[i].Size)), math.Log(f(&rows[i]))
		x, y, xx, xy = x+a, y+b, xx+a*a, xy+a*b
	}
	return (n*xy - x*y) / (n*xx - x*x)
}
