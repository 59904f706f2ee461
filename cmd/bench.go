package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/chip"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// benchFlags say how long to measure and where to write.
type benchFlags struct {
	overrides
	runs    int
	figures string
	loader  bool
	growth  bool
	quick   bool
	chips   []string
	trace   traceFile
}

func newBench() *cobra.Command {
	var o benchFlags
	c := &cobra.Command{
		Use:   "bench [CONFIG]",
		Short: "Measure a training step against what the device could do",
		Long: `Bench runs the training step of an experiment and prints images a second and, for
each kernel (on the CPU, each kind of operator) its time, its FLOP and least traffic
a second, and how that compares with the roofline: the time that its FLOPs at the
device's best rate, or its bytes at the best bandwidth of where they lie, would take.
Both are measured on the same device: on the CPU, before and after the steps, by its
own micro-kernels and for each level of the caches, which a step's data lie in by what
was touched before them; on a GPU with a large product in the same precision and a large
copy, and what is found in a cache can be faster than that copy. What else the machine
does makes the best rates smaller. Of an operator of several kernels each has a share by
its time. Where the data are not here, noise of their shape stands in.

With --set reduce=exact what the leaves cost is printed as well. With --loader there is no
step and no device: batches of the data are made, as many as --runs says, as fast as can be.

With --growth an MLP, a U-Net and a transformer are made larger, by batch, width, depth,
tokens and cores, on the CPU, and what power of the size the time and the memory of a step
grow by stands beside that of their FLOPs; what grows faster than it should is marked with
an exclamation mark. One worker is timed by its processor time, two by the clock, which
other programs make longer. It takes three minutes, and half of one with --quick.

On the emulator nothing is measured: it counts instructions, bytes and FLOPs. With --chip
these become the time that each kernel would take on a GPU that is not here, by a model
whose peaks and assumptions are printed; of plans too large to emulate, it counts those
blocks of each launch that differ from one another.`,
		Args: arguments(0, 1, "one configuration"), ValidArgsFunction: completeConfigs,
		RunE: func(c *cobra.Command, args []string) error {
			arg, set := "", o.assignments(c)
			if len(args) > 0 {
				arg = args[0]
			}
			if o.growth && (arg != "" || len(set) > 0) {
				return errors.New("bench: --growth: it has experiments of its own, want no CONFIG and no " +
					"other setting")
			}
			cfg, err := readConfig(arg, "", set)
			if err != nil {
				return err
			}
			return runBench(c.Context(), c.OutOrStdout(), cfg, &o)
		},
	}
	f := c.Flags()
	intVar(c, &o.runs, choice.Param{Name: "runs", Default: 20, About: "steps to run; the median counts",
		In: choice.AtLeast(1, "step")})
	f.StringVar(&o.figures, "figures", "", "also write the figures to this file, as JSON")
	f.StringVar(&o.trace.path, "trace", "",
		"also write the launches of one step to this file: for ui.perfetto.dev or chrome://tracing")
	f.BoolVar(&o.loader, "loader", false, "measure how fast batches are made of the data, and no step")
	f.BoolVar(&o.growth, "growth", false, "measure how time and memory grow with the size of a step")
	f.BoolVar(&o.quick, "quick", false, "with --growth: smaller sizes, in less time")
	f.StringSliceVar(&o.chips, "chip", nil, "with --device emu: model the step on these GPUs: "+
		strings.Join(chip.Names(), ", "))
	o.config(c)
	return c
}

func runBench(ctx context.Context, w io.Writer, cfg *experiment.Config, o *benchFlags) error {
	if err := o.trace.ready(); err != nil {
		return err
	}
	if o.figures != "" {
		if err := atomicfile.Ready(o.figures); err != nil {
			return fmt.Errorf("bench: figures: %w", err)
		}
	}
	if o.loader && o.trace.path != "" {
		return errors.New("bench: --loader and --trace: got both, want one of them: no step is run")
	}
	switch {
	case o.quick && !o.growth, o.growth && (o.loader || o.trace.path != "" || len(o.chips) > 0):
		return errors.New("bench: --growth goes with --quick and --figures alone, and --quick with it")
	case o.growth:
		return benchGrowth(ctx, w, o.quick, o.figures)
	case o.loader:
		return benchLoader(ctx, w, cfg, o.runs, o.figures)
	case len(o.chips) > 0 && (cfg.Device != "emu" || o.trace.path != ""):
		return fmt.Errorf("bench: --chip: got device %q, trace %q, want device \"emu\" and no trace: "+
			"no step is run", cfg.Device, o.trace.path)
	case len(o.chips) > 0:
		return benchModel(ctx, w, cfg, o.chips, o.figures)
	}
	return benchStep(ctx, w, cfg, o)
}

// benchStep measures a training step, or, on the emulator, counts what it does.
func benchStep(ctx context.Context, w io.Writer, cfg *experiment.Config, o *benchFlags) error {
	dev, err := openDevice(cfg.Device, cfg.Workers)
	if err != nil {
		return err
	}
	defer dev.Close()
	src, err := benched(cfg)
	if err != nil {
		return err
	}
	e, err := experiment.New(cfg, src.Info().Shape)
	if err != nil {
		return err
	}
	t, err := train.NewTrial(ctx, e, src, dev)
	if err != nil {
		return err
	}
	defer t.Close()
	fmt.Fprintf(w, "%s, %v, %d images a step, %s, %d steps of a plan, %s\n", cfg.Name, e.Net, cfg.Batch,
		announcedAt(dev, e.Precision()), len(t.Plan.Steps), t.Plan.Footprint())
	if g, ok := t.Program.(*cuda.Program); ok {
		counts, err := g.Count()
		if err == nil {
			err := writeJSON(o.figures, map[string]any{"config": cfg.Name, "device": dev.Name(),
				"counted_not_measured": printCounts(w, t.Plan, counts)})
			return errors.Join(err, writeTrace(t, &o.trace))
		}
		if !errors.Is(err, cuda.ErrNotCounted) {
			return err
		}
	}
	b, err := measure(ctx, t, dev, o.runs)
	if err != nil {
		return err
	}
	b.Config, b.Device, b.Images = cfg.Name, nameAt(dev, e.Precision()), cfg.Batch
	b.print(w)
	if cfg.Reduce == experiment.ReduceExact {
		if b.Exact, err = priceOfExact(ctx, w, cfg, src, dev, t, o.runs); err != nil {
			return err
		}
	}
	return errors.Join(writeJSON(o.figures, b), writeTrace(t, &o.trace))
}

// benched is the data of cfg, or, where they are not here and their shape is known, noise:
// a step takes as long with it.
func benched(cfg *experiment.Config) (datasets.Source, error) {
	src, err := cfg.OpenData()
	if err == nil {
		return src, nil
	}
	info, unknown := cfg.DescribeData()
	if unknown != nil {
		return nil, err
	}
	logrus.Warnf("bench: noise stands in for the data: %v", err)
	return datasets.Noise(info), nil
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
