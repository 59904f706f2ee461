package cmd

import (
	"fmt"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

func newTrain() *cobra.Command {
	var o overrides
	var dir string
	var trace traceFile
	var group comm.Options
	c := &cobra.Command{
		Use:   "train [CONFIG | RUN | DATA]",
		Short: "Train a model, or go on with a run, and draw samples from it",
		Long: fmt.Sprintf(`Train runs an experiment: CONFIG is a YAML file or the name of one that comes
with the program (%s by default), or DATA, a directory of pictures, an array or
another file that a source of data recognises: a network is then chosen for them,
which is said with what it takes, and --set changes any of it. The run directory keeps the
configuration, the log, checkpoints and samples. The same command again goes on
from the newest checkpoint, bit for bit, and so does the run directory in CONFIG's
place; a larger --steps takes a finished run further.

Interrupted, it writes a checkpoint and exits with status %d: by Ctrl-C, by a
terminal that is lost (not under nohup), by every signal that asks a process to
end. It goes on when nobody reads its messages any longer.

Started by mpirun or srun, processes divide each batch among them, and the first one writes: on
CPUs any number of them gives the same bits (docs/many-machines.md).`, configs.Default, exitStopped),
		Example: `  stillfield train
  stillfield train fashion-eqm --run runs/fashion --set optimizer.lr=5e-4
  stillfield train ./pictures --set data.size=32
  stillfield train my.yaml --run runs/mine --steps 20000
  stillfield train --device cuda --trace step.json
  mpirun -n 2 --bind-to none stillfield train`,
		Args: arguments(0, 1, "one configuration, run or data"), ValidArgsFunction: completeConfigs,
		RunE: func(c *cobra.Command, args []string) error {
			arg := ""
			if len(args) > 0 {
				arg = args[0]
			}
			if run.Is(arg) {
				if dir != "" {
					return fmt.Errorf("train: got the run %s and --run %s, want one of them",
						visible(arg), visible(dir))
				}
				arg, dir = "", arg
			}
			set := o.assignments(c)
			return inGroup(c.Context(), group, func(g *comm.Group) error {
				t := training{dir: dir, trace: &trace}
				if err := t.join(g, arg, set); err != nil {
					return err
				}
				return t.run(c.Context(), c.OutOrStdout())
			})
		},
	}
	c.Flags().StringVar(&dir, "run", "", "run directory (default runs/NAME)")
	c.Flags().StringVar(&trace.path, "trace", "", traceUsage)
	c.Flags().DurationVar(&group.Deadline, "deadline", comm.DefaultDeadline, fmt.Sprintf("how long a "+
		"process waits for the others before it ends with status %d, %v or more", exitOverdue,
		train.LeastDeadline))
	o.config(c)
	return c
}

// outOfScale says that values are far from the order of 1 that noise and networks have, and what
// brings them there; "" where they are not.
func outOfScale(info datasets.Info) string {
	const far = 30 // what an autoencoder makes of images reaches so far, and is trained on as it is
	if max(-info.Lo, info.Hi) <= far {
		return ""
	}
	by := "data.subtract and data.divide bring"
	if info.Image {
		by = "data.range=[least, greatest] brings"
	}
	return fmt.Sprintf("data: values from %.4g to %.4g, where noise has a deviation of 1: %s them to "+
		"its scale, and stillfield data says what they are", info.Lo, info.Hi, by)
}

// announce says what is trained, and what whoever trains it may not expect.
func announce(dir string, cfg *experiment.Config, e *experiment.Experiment, src datasets.Source,
	dev plan.Device) {
	logrus.WithFields(logrus.Fields{
		"run": dir, "data": src.Info().Name, "model": e.Net.String(), "weights": e.Params.Len,
		"field": e.Process.String(), "device": announcedAt(dev, e.Precision()),
	}).Info(cfg.Name)
	for _, line := range datasets.Notes(src) {
		logrus.Info(line)
	}
	if line := outOfScale(src.Info()); line != "" {
		logrus.Warn(line)
	}
	for _, w := range e.Process.Warnings() {
		logrus.Warn(w)
	}
	if text := farFromData(cfg.Sample, e.Process); text != "" {
		logrus.Warn("sample: ", text)
	}
	if o := cfg.Optimizer; o.Warmup >= cfg.Steps {
		logrus.Warnf("the warm-up of %d steps is not over when the run is, after %d: "+
			"the learning rate comes to %.2g of %.2g",
			o.Warmup, cfg.Steps, o.Rate(cfg.Steps-1, cfg.Steps), o.LR)
	}
}

// taken says what a run that took steps came to.
func taken(res *train.Result) {
	fields := logrus.Fields{
		"steps": res.Steps, "loss": res.Loss, "seconds": res.Seconds,
		"images_per_second": float64(res.Images) / res.Seconds, "checkpoint": res.Checkpoint,
	}
	if res.Bad > 0 {
		fields["bad_records"] = res.Bad
	}
	logrus.WithFields(fields).Info("trained")
}

// traceUsage is the help text of --trace. train.Hooks.Trace says which step is traced.
const traceUsage = "write the launches of one step, the third of this call or the last of fewer, to this " +
	"file: for ui.perfetto.dev or chrome://tracing"
