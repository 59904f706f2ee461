package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// sampleFlags are the flags of sample; those that were given override the
// configuration the checkpoint carries.
type sampleFlags struct {
	spec    sample.Spec
	out     string
	weights string
	singles int
	device  string
	workers int

	precision string
}

func newSample() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample RUN",
		Short: "Draw samples from a run or a checkpoint",
		Long: `Sample follows the field of a run's newest checkpoint, or of a checkpoint file,
from noise to data, and writes a grid, arrays and a summary. What is not given
on the command line is as the run's configuration says.

Sample i depends on the weights, the seed and i alone: neither -n nor --batch
changes one bit of it. Interrupted, it writes the samples of the batches that are
finished.`,
		Example: `  stillfield sample runs/digits-eqm -n 64 --seed 1
  stillfield sample runs/digits-eqm --sampler nag --steps 250 --batch 16 --out more
  stillfield sample runs/fashion/checkpoints/step-000001500.safetensors --weights raw`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runSample(c, args[0], &o) },
	}
	f, d := c.Flags(), sample.Defaults()
	f.IntVarP(&o.spec.N, "n", "n", d.N, "how many")
	f.Uint64Var(&o.spec.Seed, "seed", d.Seed, "seed of the noise they start from")
	f.StringVar(&o.spec.Sampler, "sampler", d.Sampler, strings.Join(sample.Names(), ", "))
	f.IntVar(&o.spec.Steps, "steps", d.Steps, "steps of the sampler")
	f.StringVar(&o.spec.Count, "count", d.Count, "of gd and nag: official, N steps are N−1 updates; or exact")
	f.IntVar(&o.spec.Batch, "batch", d.Batch, "how many at a time")
	f.Float64Var(&o.spec.Eta, "eta", d.Eta, "step of gd and nag")
	f.Float64Var(&o.spec.Mu, "mu", d.Mu, "look-ahead of nag")
	f.Float64Var(&o.spec.Stop, "stop", d.Stop, "finish a point where the field's norm is below this; 0 never")
	f.Float64Var(&o.spec.Start, "start", d.Start, "noise level to start from; 0 is the run's own")
	f.Float64Var(&o.spec.End, "end", d.End, "of samplers with a clock: noise level to end at; 0 is the run's own")
	f.StringVar(&o.spec.Grid, "grid", d.Grid, "of samplers with a clock: uniform, karras or auto")
	f.StringVar(&o.out, "out", "", "directory to write to (default: in RUN/samples, one for each draw)")
	f.StringVar(&o.weights, "weights", "average", "average or raw")
	f.IntVar(&o.singles, "singles", 0, "also write this many pictures as a file each")
	f.StringVar(&o.device, "device", "", deviceNames+" (default: the run's)")
	f.IntVar(&o.workers, "workers", 0, "CPU workers, 0 for one for each core (default: the run's)")
	f.StringVar(&o.precision, "precision", "", precisionUsage+" (default: the run's)")
	return c
}

// merged is the run's sample section with the flags that were given.
func (o *sampleFlags) merged(c *cobra.Command, run sample.Spec) sample.Spec {
	for name, set := range map[string]func(){
		"n": func() { run.N = o.spec.N }, "seed": func() { run.Seed = o.spec.Seed },
		"sampler": func() { run.Sampler = o.spec.Sampler }, "steps": func() { run.Steps = o.spec.Steps },
		"count": func() { run.Count = o.spec.Count }, "batch": func() { run.Batch = o.spec.Batch },
		"eta": func() { run.Eta = o.spec.Eta }, "mu": func() { run.Mu = o.spec.Mu },
		"stop": func() { run.Stop = o.spec.Stop }, "start": func() { run.Start = o.spec.Start },
		"end": func() { run.End = o.spec.End }, "grid": func() { run.Grid = o.spec.Grid },
	} {
		if c.Flags().Changed(name) {
			set()
		}
	}
	return run
}

func runSample(c *cobra.Command, path string, o *sampleFlags) error {
	states := map[string]string{"average": experiment.StateAverage, "raw": experiment.StateWeights}
	part, ok := states[o.weights]
	if !ok {
		return fmt.Errorf("weights: got %q, want average or raw", o.weights)
	}
	ck, skipped, err := run.Newest(path, run.LoadPart(part))
	for _, s := range skipped {
		logrus.Warn("passed over: ", s)
	}
	if err != nil {
		return err
	}
	spec := o.merged(c, ck.Config.Sample)
	if errs := spec.Check(); len(errs) > 0 {
		for i, err := range errs {
			errs[i] = fmt.Errorf("sample: %w", err)
		}
		return errors.Join(errs...)
	}
	if err := o.adopt(c, ck.Config); err != nil {
		return err
	}
	dev, err := openDevice(ck.Config.Device, ck.Config.Workers)
	if err != nil {
		return err
	}
	defer dev.Close()
	if err := plan.CheckPrecision(dev, ck.Precision()); err != nil {
		return fmt.Errorf("%w: --precision float32 draws in it", err)
	}
	out := o.out
	if out == "" {
		out = drawPath(path, ck, o.weights, spec, dev)
	}
	if err := sample.Ready(out); err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{
		"checkpoint": ck.Path, "weights": o.weights, "model": ck.Net.String(), "device": dev.Name(),
	}).Info("sampling")
	if text := farFromData(spec, ck.Process); text != "" {
		logrus.Warn(text)
	}
	unwatched()
	keeping(c.Context())
	r, err := follow(c.Context(), newProgress(), ck.Experiment, dev, ck.Weights.Part(part), spec)
	if err != nil && (r == nil || len(r.NFE) == 0) {
		return err
	}
	opt := sample.Output{Point: ck.Point(), Origin: origin(ck, part, o.weights, dev), Singles: o.singles}
	if err := written(c.OutOrStdout(), r, out, opt); err != nil {
		return err
	}
	if err != nil { // it was asked to end
		return fmt.Errorf("sample: %w: %d of %d samples are in %s", train.ErrStopped, len(r.NFE), spec.N, out)
	}
	return nil
}

// adopt has the checkpoint's configuration say what the flags do: where it is drawn,
// and in which precision.
func (o *sampleFlags) adopt(c *cobra.Command, cfg *experiment.Config) error {
	if o.device != "" {
		cfg.Device = o.device
	}
	if c.Flags().Changed("workers") {
		cfg.Workers = o.workers
	}
	if o.precision == "" {
		return nil
	}
	cfg.Precision = o.precision
	_, err := parsePrecision(o.precision)
	return err
}

// follow draws samples of e's field with the given flat weights. The points stay on
// the device until they are done.
func follow(ctx context.Context, st *progress, e *experiment.Experiment, dev plan.Device, weights []float32, s sample.Spec) (
	*sample.Result, error) {
	f, err := e.Trained(weights)
	if err != nil {
		return nil, err
	}
	x := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	defer x.Close()
	defer st.done()
	begin := time.Now()
	show := func(done, bound int) {
		remain := left(bound-done, float64(done)/time.Since(begin).Seconds())
		text := fmt.Sprintf("sampling %d/%d evaluations  %s left", done, bound, leftText(remain))
		st.show(done == bound, text, "sampling", logrus.Fields{
			"evaluations": done, "at_most": bound, "seconds_left": remain.Seconds()})
	}
	return sample.Run(ctx, x, e.Process, s, show)
}
