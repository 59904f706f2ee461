package train

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/experiment"
)

// due reports whether what happens every so many steps happens after step s.
func due(s, every int) bool { return every > 0 && s%every == 0 }

// after receives the record of the step before, if it was sent, and then logs, saves
// and draws what is due after this one.
func (r *trainer) after(ctx context.Context) error {
	if err := r.settle(); err != nil {
		return err
	}
	l, end := r.c.Log, r.step == r.c.Steps
	save, draw, snap := due(r.step, l.Checkpoint), due(r.step, l.Pictures) && !end, r.snaps(r.step)
	measure, score := r.measures(r.step), r.scores(r.step)
	compare := r.compares(r.step) && !save
	if !r.line(r.step) && !save && !draw && !snap && !measure && !score && !compare {
		return nil
	}
	if err := r.prog.Send(experiment.StateRecord); err != nil {
		return r.deviceFailed(err)
	}
	r.sent = r.step
	if !save && !draw && !end && !snap && !measure && !score && !compare {
		return nil
	}
	if err := r.settle(); err != nil {
		return err
	}
	if compare {
		if err := r.fetch(); err != nil {
			return err
		}
		if err := r.compare(); err != nil {
			return err
		}
	}
	if measure || snap {
		if err := r.alone(func() error { return r.observe(ctx, measure, snap) }); err != nil {
			return err
		}
	}
	if save {
		if err := r.save(); err != nil {
			return err
		}
	}
	if draw || score {
		return r.alone(func() error { return r.show(ctx, draw, score) })
	}
	return nil
}

// observe does what is due before a checkpoint.
func (r *trainer) observe(ctx context.Context, measure, snap bool) error {
	if measure {
		if err := r.fetch(); err != nil {
			return err
		}
		if err := r.measure(); err != nil && ctx.Err() == nil {
			r.trouble(err)
		}
	}
	if snap {
		return r.snapshot()
	}
	return nil
}

// show does what is due after a checkpoint.
func (r *trainer) show(ctx context.Context, draw, score bool) error {
	if draw {
		if err := r.fetch(); err != nil {
			return err
		}
		if err := r.draw(ctx); err != nil && ctx.Err() == nil { // of a run that is not being stopped
			r.trouble(fmt.Errorf("train: step %d: no picture: %w", r.step, err))
		}
	}
	if score {
		return r.score(ctx)
	}
	return nil
}
