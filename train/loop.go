package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
)

// control is what the host tells the device of a step. It is a part of the run
// so that a step allocates nothing.
type control struct {
	hyper [plan.HyperLen]float32
	clock [2]float32
	slot  [1]float32
}

// loop takes the steps that are left, and draws.
func (r *run) loop(ctx context.Context) error {
	loader, err := r.loader(r.step)
	if err != nil {
		return err
	}
	defer loader.Close()
	if r.hooks.Begin != nil {
		r.hooks.Begin(r.step)
	}
	r.begin, r.mark, r.counted = time.Now(), time.Now(), r.step
	for r.step < r.c.Steps && ctx.Err() == nil {
		batch, err := loader.Next()
		if err != nil {
			return fmt.Errorf("train: step %d: %w", r.step+1, err)
		}
		if err := r.take(batch); err != nil {
			return err
		}
		if err := r.after(ctx); err != nil {
			return err
		}
	}
	if r.saved < r.step {
		if err := r.save(); err != nil {
			return err
		}
	}
	r.seconds = time.Since(r.begin).Seconds()
	if r.step == r.c.Steps {
		err = r.draw(ctx)
	}
	if ctx.Err() != nil && (r.step < r.c.Steps || err != nil) {
		return fmt.Errorf("train: %w after step %d of %d; %s has it", ErrStopped, r.step, r.c.Steps, r.path)
	}
	return err
}

// take hands the device a batch and the numbers of the step, and starts it.
func (r *run) take(batch *datasets.Batch) error {
	if err := r.inputs(batch, r.step); err != nil {
		return r.deviceFailed(err)
	}
	if err := r.prog.Run(); err != nil {
		return r.deviceFailed(err)
	}
	r.step++
	return nil
}

// inputs writes what step s, counted from 0, needs.
func (r *run) inputs(batch *datasets.Batch, s int) error {
	o, t := r.c.Optimizer, float64(s+1)
	r.hyper[plan.HyperLR] = float32(o.rate(s, r.c.Steps))
	r.hyper[plan.HyperC1] = float32(-1 / math.Expm1(t*math.Log(o.Beta1)))
	r.hyper[plan.HyperC2] = float32(-1 / math.Expm1(t*math.Log(o.Beta2)))
	r.hyper[plan.HyperEMA] = float32(r.c.Average.forget(s, r.c.Batch))
	r.clock = [2]float32{float32(batch.First & (1<<24 - 1)), float32(batch.First >> 24)}
	r.slot[0] = float32(s % r.c.Log.Every)
	err := r.prog.Write(inX, batch.X)
	if err == nil {
		err = r.prog.Write(inClock, r.clock[:])
	}
	if err == nil {
		err = r.prog.Write(inHyper, r.hyper[:])
	}
	if err == nil {
		err = r.prog.Write(inSlot, r.slot[:])
	}
	return err
}

// due reports whether something that happens every so many steps happens now.
func (r *run) due(every int) bool { return every > 0 && r.step%every == 0 }

// after reads the record, and logs, saves and draws when it is time.
func (r *run) after(ctx context.Context) error {
	l, end := r.c.Log, r.step == r.c.Steps
	line := r.due(l.Every) || end
	if !line && !r.due(l.Checkpoint) && !r.due(l.Pictures) {
		return nil
	}
	if err := r.look(); err != nil {
		return err
	}
	if line {
		if err := r.report(); err != nil {
			return err
		}
	}
	if r.due(l.Checkpoint) {
		if err := r.save(); err != nil {
			return err
		}
	}
	if r.due(l.Pictures) && !end {
		if err := r.fetch(); err != nil {
			return err
		}
		if err := r.draw(ctx); err != nil && ctx.Err() == nil {
			return err // of a run that is not being stopped
		}
	}
	return nil
}

// report writes a line of the log.
func (r *run) report() error {
	slot, now := (r.step-1)%r.c.Log.Every, time.Now()
	l := Line{
		Step: r.step, LR: r.c.Optimizer.rate(r.step-1, r.c.Steps), Seconds: now.Sub(r.begin).Seconds(),
		Loss: float64(r.log[plan.ClipLoss(slot)]), GradNorm: float64(r.log[plan.ClipNorm(slot)]),
	}
	if d := now.Sub(r.mark).Seconds(); d > 0 {
		l.Rate = float64((r.step-r.counted)*r.c.Batch) / d
	}
	r.mark, r.counted, r.last = now, r.step, l
	if r.hooks.Line != nil {
		r.hooks.Line(l)
	}
	return r.record.line(l)
}

// save writes a checkpoint and removes those that are no longer kept.
func (r *run) save() error {
	if err := r.look(); err != nil { // never keep what has gone wrong
		return err
	}
	if err := r.fetch(); err != nil {
		return err
	}
	if name, i, x, bad := r.w.nonFinite(r.e.Params); bad {
		return fmt.Errorf("train: step %d: %s[%d] is %v after the update; %s", r.step, name, i, x, r.kept())
	}
	ck := &Checkpoint{Experiment: r.e, Path: CheckpointPath(r.dir, r.step), Step: r.step,
		Data: r.src.Info().Fingerprint, Weights: r.w}
	if err := ck.Save(); err != nil {
		return err
	}
	r.path, r.saved = ck.Path, r.step
	if r.hooks.Checkpoint != nil {
		r.hooks.Checkpoint(ck.Path)
	}
	return prune(r.dir, r.step, r.c.Log.Keep)
}

// draw has samples drawn with the average that was fetched last.
func (r *run) draw(ctx context.Context) error {
	if r.hooks.Picture == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.dir, SampleDir), 0o777); err != nil {
		return fmt.Errorf("train: samples: %w", err)
	}
	img, err := r.hooks.Picture(r.step, r.e, r.w.Average)
	if err != nil || img == nil {
		return err
	}
	return r.record.picture(r.step, img)
}
