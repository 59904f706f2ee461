package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// benchFlags say how long to measure and where to write.
type benchFlags struct {
	overrides
	runs  int
	json  string
	trace traceFile
}

func newBench() *cobra.Command {
	var o benchFlags
	c := &cobra.Command{
		Use:   "bench [CONFIG]",
		Short: "Measure a training step against what the device could do",
		Long: `Bench runs the training step of an experiment and prints images a second and, for
each kind of operator, its time, its FLOP and least traffic a second, and how that
compares with the roofline: the time that FLOPs at the device's best rate, or bytes
at its best bandwidth, would take. Both best rates are measured first, on the same
device, with a large product and a large copy.

On the emulator nothing is measured: it counts instructions, bytes and FLOPs.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			arg := ""
			if len(args) > 0 {
				arg = args[0]
			}
			cfg, err := readConfig(arg, "", o.assignments(c))
			if err != nil {
				return err
			}
			return runBench(c.OutOrStdout(), cfg, &o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.runs, "runs", 20, "steps to run; the median counts")
	f.StringVar(&o.json, "json", "", "also write the figures to this file")
	f.StringVar(&o.trace.path, "trace", "", "also write the launches of one step to this file: for ui.perfetto.dev or chrome://tracing")
	o.flags(c)
	return c
}

func runBench(w io.Writer, cfg *train.Config, o *benchFlags) error {
	if err := o.trace.ready(); err != nil {
		return err
	}
	dev, err := openDevice(cfg.Device, cfg.Workers)
	if err != nil {
		return err
	}
	defer dev.Close()
	src, err := datasets.Open(cfg.Data.Spec)
	if err != nil {
		return err
	}
	e, err := train.NewExperiment(cfg, src.Info().Shape)
	if err != nil {
		return err
	}
	t, err := train.NewTrial(e, src, dev)
	if err != nil {
		return err
	}
	defer t.Close()
	fmt.Fprintf(w, "%s, %v, %d images a step, %s, %d steps of a plan\n", cfg.Name, e.Net, cfg.Batch, dev.Name(), len(t.Plan.Steps))
	if g, ok := t.Program.(*cuda.Program); ok {
		if counts, err := g.Count(); err == nil {
			err := writeJSON(o.json, map[string]any{"config": cfg.Name, "device": dev.Name(),
				"counted_not_measured": printCounts(w, t.Plan, counts)})
			return errors.Join(err, writeTrace(t, &o.trace))
		}
	}
	b, err := measure(t, dev, o.runs)
	if err != nil {
		return err
	}
	b.Config, b.Device, b.Images = cfg.Name, dev.Name(), cfg.Batch
	b.print(w)
	return errors.Join(writeJSON(o.json, b), writeTrace(t, &o.trace))
}

// bench is what was measured.
type bench struct {
	Config    string      `json:"config"`
	Device    string      `json:"device"`
	Images    int         `json:"images"`
	Seconds   float64     `json:"seconds"` // of one step, the median
	PeakFLOPs float64     `json:"peak_flops"`
	PeakBytes float64     `json:"peak_bytes"`
	FLOPs     float64     `json:"flops"` // of one step
	Kinds     []benchKind `json:"operators"`
}

// benchKind sums up the steps of one kind of operator.
type benchKind struct {
	Kind       string  `json:"operator"`
	Steps      int     `json:"steps"`
	Seconds    float64 `json:"seconds"`
	FLOPs      float64 `json:"flops"`
	Bytes      float64 `json:"bytes"`
	Attainable float64 `json:"attainable_seconds"` // Σ max(FLOPs/peak, bytes/bandwidth)
}

// measure times whole steps, then each operator by itself.
func measure(t *train.Trial, dev plan.Device, runs int) (*bench, error) {
	if runs < 1 {
		return nil, fmt.Errorf("bench: runs: got %d, want at least 1", runs)
	}
	b := &bench{FLOPs: t.Plan.TotalFLOPs()}
	var err error
	if b.PeakFLOPs, b.PeakBytes, err = peaks(dev); err != nil {
		return nil, err
	}
	times, err := timed(t.Program, runs, t.Wait)
	if err != nil {
		return nil, err
	}
	b.Seconds = times[len(times)/2]
	each, err := stepSeconds(t.Program, len(t.Plan.Steps))
	if err != nil {
		return nil, err
	}
	b.sum(t.Plan, each)
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

// traces are the traced runs of which each step's least time counts.
const traces = 3

// stepSeconds times each step of a plan by itself, its launches together.
func stepSeconds(g plan.Program, steps int) ([]float64, error) {
	t, ok := g.(plan.Tracer)
	if !ok {
		return nil, fmt.Errorf("bench: %T cannot time its steps", g)
	}
	least := make([]float64, steps)
	for k := range traces {
		spans, err := t.Trace()
		if err != nil {
			return nil, err
		}
		each := make([]float64, steps)
		for _, s := range spans {
			each[s.Step] += s.Duration / 1e3
		}
		for i, seconds := range each {
			if k == 0 || seconds < least[i] {
				least[i] = seconds
			}
		}
	}
	return least, nil
}

// sum adds up the steps by kind, the slowest kind first.
func (b *bench) sum(p *plan.Plan, each []float64) {
	at := map[string]int{}
	for s := range p.Steps {
		kind := "chain"
		if p.Steps[s].Chain == nil {
			kind = p.Steps[s].Op.Kind.String()
		}
		k, ok := at[kind]
		if !ok {
			k = len(b.Kinds)
			at[kind] = k
			b.Kinds = append(b.Kinds, benchKind{Kind: kind})
		}
		q := &b.Kinds[k]
		q.Steps++
		q.Seconds += each[s]
		q.FLOPs += p.FLOPs(s)
		q.Bytes += p.Bytes(s)
		q.Attainable += max(p.FLOPs(s)/b.PeakFLOPs, p.Bytes(s)/b.PeakBytes)
	}
	slices.SortStableFunc(b.Kinds, func(x, y benchKind) int {
		switch {
		case x.Seconds > y.Seconds:
			return -1
		case x.Seconds < y.Seconds:
			return 1
		}
		return 0
	})
}

func (b *bench) print(w io.Writer) {
	fmt.Fprintf(w, "%.1f images/s, %.2f ms a step, %.1f GFLOP/s (%.0f %% of the %.0f GFLOP/s of a large product); copies run at %.1f GB/s\n\n",
		float64(b.Images)/b.Seconds, 1e3*b.Seconds, b.FLOPs/b.Seconds/1e9, 100*b.FLOPs/b.Seconds/b.PeakFLOPs, b.PeakFLOPs/1e9, b.PeakBytes/1e9)
	fmt.Fprintf(w, "%-16s %5s %10s %6s %10s %9s %12s\n", "operator", "steps", "ms", "share", "GFLOP/s", "GB/s", "of roofline")
	var total benchKind
	for _, k := range b.Kinds {
		total.Steps += k.Steps
		total.Seconds += k.Seconds
		total.FLOPs += k.FLOPs
		total.Bytes += k.Bytes
		total.Attainable += k.Attainable
	}
	total.Kind = "all"
	for _, k := range append(b.Kinds, total) {
		fmt.Fprintf(w, "%-16s %5d %10.3f %5.1f%% %10.1f %9.1f %11.0f%%\n", k.Kind, k.Steps, 1e3*k.Seconds,
			100*k.Seconds/total.Seconds, k.FLOPs/k.Seconds/1e9, k.Bytes/k.Seconds/1e9, 100*k.Attainable/k.Seconds)
	}
}

// writeJSON writes v to path, if there is one.
func writeJSON(path string, v any) error {
	if path == "" {
		return nil
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// writeTrace writes the launches of one step to a file, if there is one.
func writeTrace(t *train.Trial, f *traceFile) error {
	if f.path == "" {
		return nil
	}
	g, ok := t.Program.(plan.Tracer)
	if !ok {
		return fmt.Errorf("bench: %T cannot trace its steps", t.Program)
	}
	spans, err := g.Trace()
	if err != nil {
		return err
	}
	return f.write("training step", g.Timeline(), spans)
}
