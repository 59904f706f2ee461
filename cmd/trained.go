package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// trainedFlags are the flags of geometry field.
type trainedFlags struct {
	overrides
	weightsFlags
	out          string
	meters       []string
	draws, times int
	seed         uint64
}

func newTrained() *cobra.Command {
	var o trainedFlags
	c := &cobra.Command{
		Use:   "field RUN",
		Short: "A trained field measured beside the exact one of its data, by noise time",
		Long: `Field takes the newest checkpoint of a run, or a checkpoint file, and measures its
field by noise time: how far it is from the exact blind field of its training data and
what it loses on held-out data, its gain, the noise time that it can be read to know,
how far it is from a gradient, ‖f‖ along the way of its sampler.

Each meter prints its table and writes it as CSV, its pictures as PNG and SVG, and all of it
as JSON, each number with its standard error. What the same program has measured of the same
weights is read again and not measured: a second run does only what is missing.`,
		Example: `  stillfield geometry field runs/digits-eqm
  stillfield geometry field runs/digits-eqm --meters gain,antisymmetry --draws 1000`,
		Args: arguments(1, 1, "a run's directory or a checkpoint"), ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error { return runTrained(c, args[0], &o) },
	}
	o.section(c, "", "device", "workers", "precision")
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "directory to write to (default RUN/geometry)")
	o.whose(c)
	f.StringSliceVar(&o.meters, "meters", meter.Meters.Names(), "what to measure")
	f.Uint64Var(&o.seed, "seed", 0, "of the draws")
	intVar(c, &o.draws, choice.Param{Name: "draws", Default: 256, In: choice.Between(2, 1<<16, "draws"),
		About: "points at each noise time: errors fall like 1/√draws"})
	intVar(c, &o.times, choice.Param{Name: "times", Default: 16, In: choice.Between(1, 256, "times"),
		About: "noise times, in the middle of as many equal shares of the prior"})
	return c
}

// check finds what is wrong with the flags alone.
func (o *trainedFlags) check() error {
	var faults choice.Faults
	for _, name := range o.meters {
		if _, ok := meter.Meters.Find(name); !ok {
			faults.Add("meters", name, choice.OneOf(name, meter.Meters.Names()))
		}
	}
	return faults.Err()
}

func runTrained(c *cobra.Command, path string, o *trainedFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	ck, part, err := o.load(c.Context(), path, o.assignments(c))
	if err != nil {
		return err
	}
	dev, err := openFor(ck.Experiment, "--precision float32 measures in it")
	if err != nil {
		return err
	}
	defer dev.Close()
	t, err := trainedOf(ck, part, dev, o)
	if err != nil {
		return err
	}
	defer t.close()
	if o.out == "" {
		o.out = filepath.Join(path, "geometry")
		if ck.Path == path {
			o.out = strings.TrimSuffix(path, ".safetensors") + "-geometry"
		}
	}
	asJSON, err := c.Flags().GetBool("json")
	if err != nil {
		return err
	}
	for i, f := range t.Figures(o.meters, geometry.Inputs{Seed: o.seed, Draws: o.draws, Times: o.times}) {
		if i > 0 && !asJSON {
			fmt.Fprintln(c.OutOrStdout())
		}
		if _, err := runFigure(c.Context(), c.OutOrStdout(), f, o.out, asJSON); err != nil {
			return err
		}
	}
	return nil
}

// trainedField is a checkpoint's field that is made ready when a meter is taken.
type trainedField struct {
	geometry.Trained
	bench *meter.Bench
}

// trainedOf is the field of ck, on dev.
func trainedOf(ck *run.Checkpoint, part string, dev plan.Device, o *trainedFlags) (*trainedField, error) {
	src, err := ck.Config.OpenData()
	if err != nil {
		return nil, err
	}
	if got := src.Info().Fingerprint; got != ck.Data {
		return nil, fmt.Errorf("geometry: %s was trained on other data: their fingerprint is %s, want %s",
			ck.Path, ck.Data, got)
	}
	s, err := ck.Subject(ck.Weights.Part(part), src)
	if err != nil {
		return nil, err
	}
	s.Seed, s.Draws, s.Times = o.seed, o.draws, o.times
	text, err := ck.Config.Encode()
	if err != nil {
		return nil, err
	}
	p := ck.Process.Prior
	t := &trainedField{}
	t.Of = fmt.Sprintf("%s %s\n%s", ck.Sum(part), nameAt(dev, ck.Precision()), text)
	t.Prior = fmt.Sprintf("%s on [%g, %g], w = %v", p.Name, p.Min, p.Max, p.Weight)
	t.Take = func(ctx context.Context, name string, progress func(done, of int)) (*meter.Reading, error) {
		if t.bench == nil {
			b, err := meter.New(ctx, dev, s)
			if err != nil {
				return nil, err
			}
			t.bench = b
		}
		return t.bench.Take(name, progress)
	}
	return t, nil
}

func (t *trainedField) close() error {
	if t.bench == nil {
		return nil
	}
	return t.bench.Close()
}
