package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// sampleFlags are the flags of sample. The overrides change the configuration that the
// checkpoint carries.
type sampleFlags struct {
	overrides
	weightsFlags
	out     string
	singles int
	with    []string
	given   givenFlags
	shard   shardFlags
	exact   exactFlags

	trajectory trajectoryFlag
}

func newSample() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample RUN | --exact DATA",
		Short: "Draw samples from a run, a checkpoint or the exact field of data",
		Long: `Sample follows the field of a run's newest checkpoint, or of a checkpoint file,
from noise to data, and writes a grid, arrays and a summary, with the energy of
each sample where the field is the gradient of one. What is not given
on the command line is as the run's configuration says. With --exact it follows the
exact field of data, in float64, which no network comes between: a data set, or a law
in closed form in the file that geometry point reads.

Sample i depends on the weights, the seed and i alone: neither -n nor --batch
changes one bit of it. Each is written as it finishes, so that -n is bounded by the
disk and not by memory. Interrupted, by a signal or without one, it keeps what is
finished, and the same command goes on.

With --shard each process draws a part of the samples, on any machine, and --gather
joins the parts into what one process would have written.`,
		Example: `  stillfield sample runs/digits-eqm -n 64 --seed 1
  stillfield sample runs/digits-eqm --sampler nag --steps 250 --batch 16 --out more
  stillfield sample runs/digits-eqm -n 16 --out digits.png
  stillfield sample runs/fashion/checkpoints/step-000001500.safetensors --weights raw
  stillfield sample runs/digits-eqm --from old/samples.npy --strength 0.6 --mask half.png
  stillfield sample --exact digits --field fm --sampler heun --steps 50
  stillfield sample runs/digits-eqm -n 50000 --out many --shard 0/8
  stillfield sample --gather many
  stillfield sample --sampler list
  stillfield sample --exact rings:dim=8 --target data --schedule edm --prior log-normal`,
		Args: arguments(0, 1, "a run's directory or a checkpoint"), ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error { return runAsked(c, args, &o) },
	}
	o.section(c, "sample")
	o.section(c, "", "device", "workers", "precision")
	c.Flags().StringVar(&o.out, "out", "", "directory to write to, or one .png, .npy or .safetensors file "+
		"(default: a directory in RUN/samples for each draw)")
	o.whose(c)
	intVar(c, &o.singles, choice.Param{Name: "singles", Default: 0, In: choice.AtLeast(0, "pictures"),
		About: "also write this many pictures as a file each"})
	c.Flags().StringArrayVar(&o.with, "with", nil, "add the field of another run with that weight, like "+
		"runs/other:0.5; RUN has what is left of 1")
	o.given.add(c)
	o.shard.add(c)
	o.trajectory.add(c)
	o.exact.add(c)
	return c
}

// runAsked lists samplers, joins shards, or draws from an exact field or a run.
func runAsked(c *cobra.Command, args []string, o *sampleFlags) error {
	switch {
	case o.shard.gather != "":
		return runGather(c, o, args)
	case c.Flag("sampler").Value.String() == "list":
		return runList(c.OutOrStdout(), []string{"samplers"})
	case o.exact.data != "":
		return runExact(c, o, args)
	case len(args) == 0:
		return errors.New("sample: got no argument, want a run's directory or a checkpoint, or --exact DATA")
	}
	if err := o.exact.refuse(c); err != nil {
		return err
	}
	return runSample(c, args[0], o)
}

func runSample(c *cobra.Command, path string, o *sampleFlags) error {
	ck, part, err := o.load(c.Context(), path, o.assignments(c))
	if err != nil {
		return err
	}
	given, err := o.given.give(&ck.Config.Sample, ck.Point())
	if err != nil {
		return err
	}
	f, spec, others, err := o.together(c.Context(), ck, part)
	if err != nil {
		return err
	}
	dev, err := openFor(ck.Experiment, "--precision float32 draws in it")
	if err != nil {
		return err
	}
	defer dev.Close()
	out := o.out
	if out == "" {
		out = drawPath(path, ck, o.label(ck), ck.Config.Sample, dev) + withName(o.with) + given
	}
	piece, out, err := o.shard.part(out, ck.Config.Sample.N, o.trajectory)
	if err != nil || piece.empty {
		return err
	}
	if err := errors.Join(spared(out, run.Describe, o.given.from, o.given.mask), o.trajectory.check(out),
		readyFor(out, ck.Point())); err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{"checkpoint": ck.Path, "weights": o.label(ck),
		"model": ck.Net.String(), "device": announcedAt(dev, ck.Precision())}).Info("sampling")
	if text := farFromData(spec, ck.Process); text != "" {
		logrus.Warn(text)
	}
	x, closing, err := executor(c.Context(), ck.Experiment, dev, f, spec)
	defer closing()
	if err != nil {
		return err
	}
	var energies func() (*sample.Energies, error)
	if f.Energy != nil {
		energies = func() (*sample.Energies, error) {
			return sample.NewEnergies(c.Context(), dev, f, spec, ck.Process, ck.Point(), ck.Precision())
		}
	}
	opt := sample.Output{Point: ck.Point(), Origin: origin(ck, part, o.weights, dev), Singles: o.singles,
		Shard: piece.Shard}
	opt.Origin = o.given.said(opt.Origin, spec)
	opt.Origin.With = others
	if err := backdrop(&opt, ck.Config.Data); err != nil {
		return err
	}
	if err := drawn(c, x, ck.Process, spec, out, opt, energies); err != nil {
		return err
	}
	return o.trajectory.ofRun(c.Context(), ck, dev, f, spec, out, opt)
}

// readyFor says before the work why samples of points of that shape could not be
// written to out.
func readyFor(out string, point []int) error {
	switch {
	case sample.AsFile(out):
		return sample.ReadyFile(out, point)
	case !isDir(out):
		return errors.Join(sample.CheckForm(out), sample.Ready(out))
	}
	return sample.Ready(out)
}

// follow draws samples of a field of e.
func follow(ctx context.Context, st *progress, e *experiment.Experiment, dev plan.Device, f model.Trained,
	s sample.Spec) (*sample.Result, error) {
	x, closing, err := executor(ctx, e, dev, f, s)
	defer closing()
	if err != nil {
		return nil, err
	}
	defer st.done()
	return sample.Run(ctx, x, e.Process, s, evaluations(st))
}

// evaluations shows how far a draw has come.
func evaluations(st *progress) func(done, bound int) {
	begin := time.Now()
	return func(done, bound int) {
		remain := left(bound-done, float64(done)/time.Since(begin).Seconds())
		text := fmt.Sprintf("sampling %d/%d evaluations  %s left", done, bound, leftText(remain))
		st.show(done == bound, text, "sampling", logrus.Fields{
			"evaluations": done, "at_most": bound, "seconds_left": remain.Seconds()})
	}
}
