package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// training is a run that the command trains, alone or as one process of a group.
type training struct {
	process
	*recognized
	dir   string
	trace *traceFile
	src   datasets.Source
	dev   plan.Device
	e     *experiment.Experiment
}

// join finds what is to be trained, and that all processes of g have found something.
func (t *training) join(g *comm.Group, arg string, set []string) (err error) {
	if t.process, err = joined(g); err != nil {
		return err
	}
	t.recognized, err = recognize(arg, set)
	if err == nil && t.recognized == nil {
		t.recognized = &recognized{}
		t.cfg, err = readConfig(arg, t.dir, set)
	}
	if err = train.Agree(g, err); err != nil {
		return err
	}
	if t.dir == "" {
		t.dir = filepath.Join("runs", t.cfg.Name)
	}
	return nil
}

// run trains it and says what has come of it.
func (t *training) run(ctx context.Context, out io.Writer) error {
	unwatched()
	err := t.ready(ctx)
	if t.dev != nil {
		defer t.dev.Close()
	}
	if err = train.Agree(t.group, err); err != nil {
		return err
	}
	st := newProgress()
	hooks := trainHooks(ctx, st, t.dir, t.cfg, t.dev)
	if !t.leads() {
		hooks.Bad = t.bad
	} else {
		var closing func() error
		if closing, err = t.hooks(ctx, &hooks); err == nil {
			defer closing()
		}
	}
	if err = train.Agree(t.group, err); err != nil {
		return err
	}
	res, err := train.Together(ctx, t.group, t.dir, t.cfg, t.src, t.dev, hooks)
	st.done()
	if err != nil || !t.leads() {
		return err
	}
	return t.ended(out, res, hooks)
}

// ready opens the data and the device.
func (t *training) ready(ctx context.Context) (err error) {
	if t.src, err = t.data(); err != nil {
		return err
	}
	if t.dev, err = t.device(t.cfg.Device, t.cfg.Workers); err != nil {
		return err
	}
	if t.e, err = experiment.New(t.cfg, t.src.Info().Shape); err != nil {
		return err
	}
	if err := plan.CheckPrecision(t.dev, t.e.Precision()); err != nil {
		return fmt.Errorf("%w: --set precision=float32 trains, or goes on, in it", err)
	}
	if t.leads() {
		if err := t.trace.ready(); err != nil {
			return err
		}
	}
	keeping(ctx) // from here on it ends with a checkpoint
	announce(t.dir, t.cfg, t.e, t.src, t.dev)
	return t.announce(ctx, t.e)
}

// hooks adds to h what is made of the weights, once that is known to be possible. What has
// been opened for it is to be closed.
func (t *training) hooks(ctx context.Context, h *train.Hooks) (closing func() error, err error) {
	h.Trace = t.trace.step()
	if closing, err = scoring(ctx, t.e, t.dev, h); err != nil {
		return nil, err
	}
	if !picture.Drawable(t.e.Point()) {
		logrus.Info("samples of this shape have no picture: none is drawn")
		h.Picture = nil
	} else if err := drawable(ctx, t.e, t.dev); err != nil && ctx.Err() == nil {
		closing()
		return nil, err
	}
	return closing, nil
}

// bad tells of a bad record that this process has met, which the log of the run is without.
func (t *training) bad(step int, b *datasets.BadRecord) {
	logrus.WithFields(logrus.Fields{"process": t.group.Rank(), "step": step}).Error(
		"passed over a bad record: ", b)
}

// ended says what a run has come to, and what to do next.
func (t *training) ended(out io.Writer, res *train.Result, hooks train.Hooks) error {
	if res.Taken > 0 {
		taken(res)
	} else if err := finished(out, t.dir, t.cfg.Steps, res, hooks); err != nil {
		return err
	}
	if path := picturePath(t.dir, res.Steps); isFile(path) {
		fmt.Fprintf(out, "picture: %s\n", visible(path))
	}
	fmt.Fprintf(out, "next:    stillfield sample %s -n 64 --seed 1\n"+
		"         stillfield train --run %s --steps %d\n", shellPath(t.dir), shellPath(t.dir), 2*res.Steps)
	return t.trace.done()
}

// finished says that there were no steps to take, and draws the picture of a run that
// was stopped before it had one.
func finished(out io.Writer, dir string, asked int, res *train.Result, hooks train.Hooks) error {
	fmt.Fprintf(out, "finished: %s has taken %d steps, all of the %d asked for\n",
		visible(dir), res.Steps, asked)
	path := picturePath(dir, res.Steps)
	if hooks.Picture == nil || isFile(path) {
		return nil
	}
	if err := atomicfile.Ready(path); err != nil {
		return fmt.Errorf("samples: %w", err)
	}
	_, err := hooks.Picture(res.Steps, res.Experiment, res.Average)
	return err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
