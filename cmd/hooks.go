package cmd

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/geometry/chart"
	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// picturePath is where a run keeps the picture of a step.
func picturePath(dir string, step int) string {
	return filepath.Join(dir, run.SampleDir, fmt.Sprintf("step-%09d.png", step))
}

// trainHooks show what a run does on the terminal.
func trainHooks(ctx context.Context, st *progress, dir string, cfg *experiment.Config,
	dev plan.Device) train.Hooks {
	begin, from := time.Now(), 0
	return train.Hooks{
		Begin: func(step int) {
			begin, from = time.Now(), step
			if step > 0 {
				logrus.WithField("step", step).Info("resuming")
			}
		},
		Divided: divided,
		Snapshots: func(s train.Snapshots) {
			logrus.WithFields(logrus.Fields{"files": s.Files, "bytes": s.Bytes}).Infof(
				"keeps snapshots of averages in %s: %.3g MB in all", visible(filepath.Join(dir, "averages")),
				1e-6*float64(s.Bytes))
		},
		Line: func(l run.Line) {
			remain := left(cfg.Steps-l.Step, float64(l.Step-from)/time.Since(begin).Seconds())
			text := fmt.Sprintf("step %d/%d  loss %.4f  %.0f images/s  %s left",
				l.Step, cfg.Steps, l.Loss, l.Rate, leftText(remain))
			if l.Wait >= .01 {
				text += fmt.Sprintf("  waits for data %.0f %%", 100*l.Wait)
			}
			st.show(l.Step == cfg.Steps, text, "training", logrus.Fields{
				"step": l.Step, "steps": cfg.Steps, "loss": l.Loss, "grad_norm": l.GradNorm, "lr": l.LR,
				"images_per_second": l.Rate, "data_wait": l.Wait, "seconds_left": remain.Seconds()})
		},
		Checkpoint: func(path string) { logrus.Debug("checkpoint ", path) },
		Bad: func(step int, b *datasets.BadRecord) {
			logrus.WithField("step", step).Warn("passed over a bad record: ", b)
		},
		Skipped: func(err error) { logrus.Warn("passed over: ", err) },
		Trouble: func(err error) {
			for line := range strings.Lines(err.Error()) {
				logrus.Warn(strings.TrimSuffix(line, "\n"))
			}
		},
		Rate: func(was, is float64) {
			logrus.Warnf("the learning rate leaps from %.2g to %.2g: its cosine ends at step %d now; "+
				"the loss may rise for a while, and a run that is to grow is better begun with "+
				"--set optimizer.schedule=constant",
				was, is, cfg.Steps)
		},
		Precision: func(was string) {
			logrus.Warnf("the run was in %s up to here and goes on in %s: its bits are those of neither",
				was, cfg.Precision)
		},
		Order: func(was, is string) {
			logrus.Warnf("the machine that trained up to here added products %s, and this one adds them %s: "+
				"the run's bits are those of neither", was, is)
		},
		Reading: func(_ int, r *meter.Reading) (image.Image, error) {
			return chart.Stack(geometry.Plots(r))
		},
		Picture: func(step int, e *experiment.Experiment, average []float32) (image.Image, error) {
			return draw(ctx, st, e, dev, average, picturePath(dir, step))
		},
	}
}

// divided says how a batch is divided.
func divided(e *experiment.Experiment) {
	fields := logrus.Fields{"samples": e.Rows(), "reduce": e.Config.Reduce}
	if e.Config.Reduce == experiment.ReduceExact {
		fields["leaves"] = e.Config.Leaves
	}
	logrus.WithFields(fields).Infof("the batch of %d is divided among %d processes", e.Config.Batch, e.Ranks)
}

// drawable returns, before the training, the error that drawing its pictures would end
// with: it reserves their memory on the device, and frees it again.
func drawable(ctx context.Context, e *experiment.Experiment, dev plan.Device) error {
	if err := memory.Fits(4 * uint64(e.Params.Len)); err != nil {
		return fmt.Errorf("train: %d weights: %w", e.Params.Len, err)
	}
	f, s, err := e.Drawn(make([]float32, e.Params.Len), e.Config.Sample)
	if err != nil {
		return err
	}
	x := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	switch _, err = e.Reading(ctx, x, s); {
	case err != nil:
	case s.Part() != sample.Whole:
		_, err = sample.Asked(x, min(s.Batch, s.N))
	default:
		err = sample.Reserve(x, e.Process, s)
	}
	return errors.Join(err, x.Close())
}

// draw samples as the configuration says and writes the picture to path.
func draw(ctx context.Context, st *progress, e *experiment.Experiment, dev plan.Device, weights []float32,
	path string) (image.Image, error) {
	f, s, err := e.Drawn(weights, e.Config.Sample)
	if err != nil {
		return nil, err
	}
	r, err := follow(ctx, st, e, dev, f, s)
	if err != nil {
		return nil, err
	}
	opt := sample.Output{Point: e.Point()}
	if err := backdrop(&opt, e.Config.Data); err != nil {
		return nil, err
	}
	img, err := r.Picture(opt)
	if err != nil || img == nil {
		return nil, err
	}
	err = atomicfile.Replace(path, func(w io.Writer) error { return png.Encode(w, img) })
	if err != nil {
		return nil, fmt.Errorf("samples: %s: %w", visible(path), err)
	}
	return img, nil
}
