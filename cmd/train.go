package cmd

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

func newTrain() *cobra.Command {
	var o overrides
	var dir string
	var trace traceFile
	c := &cobra.Command{
		Use:   "train [CONFIG]",
		Short: "Train a model, or go on with a run, and draw samples from it",
		Long: fmt.Sprintf(`Train runs an experiment: CONFIG is a YAML file or the name of one that comes
with the program (%s by default). The run directory keeps the
configuration, the log, checkpoints and samples. The same command again goes on
from the newest checkpoint, bit for bit; a larger --steps takes a finished run further.

Interrupted, it writes a checkpoint and exits with status %d: by Ctrl-C, by a
terminal that is lost (not under nohup), by every signal that asks a process to
end. It goes on when nobody reads its messages any longer.`, configs.Default, exitStopped),
		Example: `  stillfield train
  stillfield train fashion-eqm --run runs/fashion --set optimizer.lr=5e-4
  stillfield train my.yaml --run runs/mine --steps 20000
  stillfield train --device cuda --trace step.json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return configs.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(c *cobra.Command, args []string) error {
			arg := ""
			if len(args) > 0 {
				arg = args[0]
			}
			cfg, err := readConfig(arg, dir, o.assignments(c))
			if err != nil {
				return err
			}
			if dir == "" {
				dir = filepath.Join("runs", cfg.Name)
			}
			return runTrain(c.Context(), c.OutOrStdout(), dir, cfg, &trace)
		},
	}
	c.Flags().StringVar(&dir, "run", "", "run directory (default runs/NAME)")
	c.Flags().StringVar(&trace.path, "trace", "", traceUsage)
	o.config(c)
	return c
}

func runTrain(ctx context.Context, out io.Writer, dir string, cfg *experiment.Config, trace *traceFile) error {
	unwatched()
	src, err := cfg.OpenData()
	if err != nil {
		return err
	}
	dev, err := openDevice(cfg.Device, cfg.Workers)
	if err != nil {
		return err
	}
	defer dev.Close()
	e, err := experiment.New(cfg, src.Info().Shape)
	if err != nil {
		return err
	}
	if err := plan.CheckPrecision(dev, e.Precision()); err != nil {
		return fmt.Errorf("%w: --set precision=float32 trains, or goes on, in it", err)
	}
	if err := trace.ready(); err != nil {
		return err
	}
	keeping(ctx) // from here on it ends with a checkpoint
	logrus.WithFields(logrus.Fields{
		"run": dir, "data": src.Info().Name, "model": e.Net.String(), "weights": e.Params.Len,
		"field": e.Process.String(), "device": dev.Name(),
	}).Info(cfg.Name)
	for _, w := range e.Process.Warnings() {
		logrus.Warn(w)
	}
	if text := farFromData(cfg.Sample, e.Process); text != "" {
		logrus.Warn("sample: ", text)
	}
	st := newProgress()
	hooks := trainHooks(ctx, st, dir, cfg, dev)
	hooks.Trace = trace.step()
	if err := drawable(ctx, e, dev); err != nil && ctx.Err() == nil {
		return err
	}
	res, err := train.Run(ctx, dir, cfg, src, dev, hooks)
	st.done()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, run.SampleDir, pictureName(res.Steps))
	if res.Taken == 0 {
		fmt.Fprintf(out, "finished: %s has taken %d steps, all of the %d asked for\n", visible(dir), res.Steps, cfg.Steps)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // the run was stopped before
			if _, err := draw(ctx, st, res.Experiment, dev, res.Average, path); err != nil {
				return err
			}
		}
	} else {
		logrus.WithFields(logrus.Fields{
			"steps": res.Steps, "loss": res.Loss, "seconds": res.Seconds,
			"images_per_second": float64(res.Images) / res.Seconds, "checkpoint": res.Checkpoint,
		}).Info("trained")
	}
	fmt.Fprintf(out, "picture: %s\n"+
		"next:    stillfield sample %s -n 64 --seed 1\n"+
		"         stillfield train --run %s --steps %d\n", visible(path), shell(dir), shell(dir), 2*res.Steps)
	return trace.done()
}

// traceUsage is the flag's: the step is train.Hooks' choice.
const traceUsage = "write the launches of one step, the third of this call or the last of fewer, to this file: " +
	"for ui.perfetto.dev or chrome://tracing"

func pictureName(step int) string { return fmt.Sprintf("step-%09d.png", step) }

// trainHooks show what a run does on the terminal.
func trainHooks(ctx context.Context, st *progress, dir string, cfg *experiment.Config, dev plan.Device) train.Hooks {
	begin, from := time.Now(), 0
	return train.Hooks{
		Begin: func(step int) {
			begin, from = time.Now(), step
			if step > 0 {
				logrus.WithField("step", step).Info("resuming")
			}
		},
		Line: func(l run.Line) {
			remain := left(cfg.Steps-l.Step, float64(l.Step-from)/time.Since(begin).Seconds())
			text := fmt.Sprintf("step %d/%d  loss %.4f  %.0f images/s  %s left",
				l.Step, cfg.Steps, l.Loss, l.Rate, leftText(remain))
			st.show(l.Step == cfg.Steps, text, "training", logrus.Fields{
				"step": l.Step, "steps": cfg.Steps, "loss": l.Loss, "grad_norm": l.GradNorm, "lr": l.LR,
				"images_per_second": l.Rate, "seconds_left": remain.Seconds()})
		},
		Checkpoint: func(path string) { logrus.Debug("checkpoint ", path) },
		Skipped:    func(err error) { logrus.Warn("passed over: ", err) },
		Precision: func(was string) {
			logrus.Warnf("the run was in %s up to here and goes on in %s: its bits are those of neither", was, cfg.Precision)
		},
		Picture: func(step int, e *experiment.Experiment, average []float32) (image.Image, error) {
			return draw(ctx, st, e, dev, average, filepath.Join(dir, run.SampleDir, pictureName(step)))
		},
	}
}

// drawable says before the training what would keep its pictures from being drawn:
// it makes room for them on the device once, and gives it up.
func drawable(ctx context.Context, e *experiment.Experiment, dev plan.Device) error {
	if err := memory.Fits(4 * uint64(e.Params.Len)); err != nil {
		return fmt.Errorf("train: %d weights: %w", e.Params.Len, err)
	}
	f, err := e.Trained(make([]float32, e.Params.Len))
	if err != nil {
		return err
	}
	x := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	return errors.Join(sample.Reserve(x, e.Process, e.Config.Sample), x.Close())
}

// draw samples as the configuration says and writes the picture to path.
func draw(ctx context.Context, st *progress, e *experiment.Experiment, dev plan.Device, weights []float32, path string) (
	image.Image, error) {
	r, err := follow(ctx, st, e, dev, weights, e.Config.Sample)
	if err != nil {
		return nil, err
	}
	img, err := r.Picture(sample.Output{Point: e.Point()})
	if err != nil || img == nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	return img, picture.WritePNG(path, img)
}
