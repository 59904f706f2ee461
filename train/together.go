package train

import (
	"context"
	"errors"
	"strings"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// Together is Run by all processes of g, of which each calls it, with a device of g: each has
// its rows of every batch. Process 0 alone writes to dir, and reads from it, and is the only one
// whose hooks are told of more than bad records. When the context of one process ends, all take
// the same step as their last. An error that is a [Shared] ends all of them; of another the
// others know nothing, and whoever has it must abort g.
func Together(ctx context.Context, g *comm.Group, dir string, c *experiment.Config, src datasets.Source,
	dev plan.Device, h Hooks) (*Result, error) {
	r, err := begin(ctx, g, dir, c, src, h)
	if err != nil {
		return nil, err
	}
	defer r.leave()
	r.onCPU, r.order = strings.HasPrefix(dev.Name(), "cpu"), plan.OrderOf(dev, r.e.Precision())
	if err := r.enter(); err != nil {
		return nil, err
	}
	if r.step >= r.c.Steps {
		return r.result(), nil
	}
	if err := r.alone(func() error { return run.Ready(dir, r.saves) }); err != nil {
		return nil, err
	}
	err = r.agree(r.load(r.steady(ctx), dev))
	if !r.many() && ctx.Err() != nil && err != nil {
		err = r.unloaded(err)
		return r.result(), err
	} else if err != nil {
		return nil, err
	}
	defer r.prog.Close()
	if err := r.alone(r.open); err != nil {
		return nil, err
	}
	if err = r.alone(func() error { return errors.Join(r.scoring(), r.measuring(ctx, dev)) }); err == nil {
		err = r.loop(ctx)
	}
	if r.bench != nil {
		err = errors.Join(err, r.bench.Close())
	}
	if r.record != nil {
		r.record.Close()
		r.trouble(r.record.Lost())
	}
	return r.result(), err
}

// begin finds what is wrong with the run without looking into its directory, on any process.
func begin(ctx context.Context, g *comm.Group, dir string, c *experiment.Config, src datasets.Source,
	h Hooks) (*trainer, error) {
	if g.Rank() > 0 {
		h = Hooks{Bad: h.Bad}
	}
	r := &trainer{group: g, asked: ctx, dir: dir, src: src, hooks: h, saved: -1}
	var err error
	if r.e, err = experiment.New(c, src.Info().Shape); err == nil {
		r.c = r.e.Config
		err = c.CheckData(src.Info())
	}
	if err == nil {
		err = fits(r.e, h.Picture != nil)
	}
	if err = r.agree(err); err != nil {
		return nil, err
	}
	return r, r.same()
}

// enter locks the run's directory, takes up its newest checkpoint and gives it to all.
func (r *trainer) enter() error {
	err := r.alone(func() (err error) {
		if r.lock, err = run.Enter(r.dir, r.c); err != nil {
			return err
		}
		if err := r.c.SettleData(); err != nil {
			return err
		}
		if err := r.restore(); err != nil {
			return err
		}
		r.keeper = run.NewKeeper(r.dir, r.path)
		return nil
	})
	if err == nil {
		err = r.settleReduce()
	}
	if err == nil {
		err = r.share()
	}
	exact := r.c.Reduce == experiment.ReduceExact
	if err == nil && r.step < r.c.Steps && r.hooks.Divided != nil && (r.many() || exact) {
		r.hooks.Divided(r.e)
	}
	return err
}

// open begins the run's record.
func (r *trainer) open() (err error) {
	if err = run.KeepConfig(r.dir, r.c); err != nil {
		return err
	}
	r.record, err = run.OpenRecord(r.dir, r.step)
	return err
}

// leave lets others into the directory.
func (r *trainer) leave() {
	if r.lock != nil {
		r.lock.Leave()
	}
}

// steady is a context for what a process of many must not stop at by itself: its group does, at
// the end of a step.
func (r *trainer) steady(ctx context.Context) context.Context {
	if r.many() {
		return context.WithoutCancel(ctx)
	}
	return ctx
}
