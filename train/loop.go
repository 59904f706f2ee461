package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// loop takes the steps that are left, and draws.
//
// The device is never waited for with nothing left to do: what the log needs of
// step s is sent when s is due and received when s + 1 has been started. Only a
// checkpoint, a picture and the end wait for the step itself.
func (r *trainer) loop(ctx context.Context) error {
	loader, err := r.loader(r.steady(ctx), r.step)
	if err = r.agree(err); err != nil {
		return err
	}
	defer loader.Close()
	r.data = loader
	if r.hooks.Begin != nil {
		r.hooks.Begin(r.step)
	}
	if s := r.snapshots(); s.Files > 0 && r.hooks.Snapshots != nil {
		r.hooks.Snapshots(s)
	}
	r.begin, r.mark, r.counted = time.Now(), time.Now(), r.step
	if err := r.alone(func() error { return r.first(ctx) }); err != nil {
		return err
	}
	for r.step < r.c.Steps && !r.stopping() {
		batch, err := loader.Next()
		if err != nil && r.stopping() { // it does not wait for a disk that does not answer
			break
		}
		if err != nil {
			return r.dataFailed(err)
		}
		r.passed(batch)
		if err := r.take(batch); err != nil {
			return err
		}
		if err := r.after(ctx); err != nil {
			return err
		}
	}
	if err := r.settle(); err != nil {
		return err
	}
	if r.saved < r.step {
		if err := r.save(); err != nil {
			return err
		}
	}
	r.seconds = time.Since(r.begin).Seconds()
	return r.alone(func() error { return r.finish(ctx) })
}

// first measures and scores what the first step starts from, where that is asked for.
func (r *trainer) first(ctx context.Context) error {
	if r.step == 0 && r.measures(0) {
		if err := r.measure(); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return r.scoreAgain(ctx)
}

// finish draws the last picture, or says that the run was stopped.
func (r *trainer) finish(ctx context.Context) (err error) {
	if r.step == r.c.Steps {
		err = r.draw(ctx)
	}
	if r.stopping() && r.step < r.c.Steps || ctx.Err() != nil && err != nil {
		return fmt.Errorf("train: %w after step %d of %d; saved in %s", ErrStopped, r.step, r.c.Steps, r.path)
	}
	return err
}

// take hands the device a batch and the numbers of the step, and starts it.
func (r *trainer) take(batch *datasets.Batch) error {
	if err := r.inputs(batch, r.step); err != nil {
		return r.deviceFailed(err)
	}
	if err := r.launch(); err != nil {
		return r.deviceFailed(err)
	}
	r.step++
	return r.hear()
}

// launch starts the step, or runs it launch by launch when it is to be traced.
func (r *trainer) launch() error {
	if r.step+1 != r.traced {
		return r.prog.Run()
	}
	g := r.prog.(plan.Tracer) // as load has seen
	spans, err := g.Trace()
	if err == nil {
		r.hooks.Trace(r.traced, g.Timeline(), spans)
	}
	return err
}

// inputs writes what step s, counted from 0, needs.
func (r *trainer) inputs(batch *datasets.Batch, s int) error {
	hyper := r.controls.Hyper
	c1, c2 := r.e.Update.Factors(s + 1)
	hyper[plan.HyperLR] = float32(r.c.Optimizer.Rate(s, r.c.Steps))
	hyper[plan.HyperC1], hyper[plan.HyperC2] = float32(c1), float32(c2)
	for i, k := range r.e.Averages {
		hyper[plan.HyperEMA+i] = float32(r.c.Average.Rate(k, s, r.c.Batch))
	}
	plan.DrawRows(r.controls.Draws, batch.First, 0)
	for i := range r.controls.Labels {
		r.controls.Labels[i] = float32(batch.Labels[i])
	}
	r.controls.SetSlot(s % r.c.Log.Every)
	if r.asked != nil && r.asked.Err() != nil {
		r.controls.Stop()
	}
	if err := r.prog.Write(experiment.InputX, batch.X); err != nil {
		return err
	}
	return r.prog.Write(experiment.InputControls, r.controls.All)
}

// line reports whether the log has a line of step s.
func (r *trainer) line(s int) bool { return due(s, r.c.Log.Every) || s == r.c.Steps }

// settle receives the record that was sent, if one was: it ends the run or has
// its line in the log.
func (r *trainer) settle() error {
	s := r.sent
	if s == 0 {
		return nil
	}
	r.sent = 0
	if err := r.prog.Receive(experiment.StateRecord, r.log); err != nil {
		return r.deviceFailed(err)
	}
	if err := r.judge(s); err != nil {
		return err
	}
	if r.line(s) {
		r.report(s)
	}
	return nil
}

// report writes the line of step s, which has just been finished, whether or not
// the next has been started. The rate is of the steps since the line before.
func (r *trainer) report(s int) {
	slot, now := (s-1)%r.c.Log.Every, time.Now()
	l := run.Line{
		Step: s, LR: r.c.Optimizer.Rate(s-1, r.c.Steps), Seconds: now.Sub(r.begin).Seconds(),
		Loss: float64(r.log[plan.ClipLoss(slot)]), GradNorm: float64(r.log[plan.ClipNorm(slot)]),
		Rate: r.last.Rate, Wait: r.last.Wait,
	}
	if d := now.Sub(r.mark).Seconds(); d > 0 {
		l.Rate = float64((s-r.counted)*r.c.Batch) / d
		l.Wait = min((r.data.Waited()-r.waited).Seconds()/d, 1)
	}
	r.mark, r.counted, r.waited = now, s, r.data.Waited()
	r.last = l
	if !r.leads() {
		return
	}
	if r.hooks.Line != nil {
		r.hooks.Line(l)
	}
	r.record.Line(l)
}

// save writes a checkpoint and removes those that are no longer kept. A run that
// another process may have come into ends with the checkpoint.
func (r *trainer) save() error {
	if err := r.look(); err != nil { // never keep what has gone wrong
		return err
	}
	if err := r.fetch(); err != nil {
		return err
	}
	if name, i, x, bad := r.w.NonFinite(r.e.Params); bad {
		return r.common(fmt.Errorf("train: step %d: %s[%d] is %v after the update; %s", r.step, name, i, x,
			r.kept()))
	}
	if err := r.compare(); err != nil {
		return err
	}
	if err := r.alone(r.keep); err != nil {
		return err
	}
	r.path, r.saved = run.CheckpointPath(r.dir, r.step), r.step
	return nil
}

// keep writes a checkpoint of the weights that the host has.
func (r *trainer) keep() error {
	ck := r.checkpoint()
	if err := ck.Save(); err != nil {
		return err
	}
	r.path, r.saved = ck.Path, r.step
	r.keeper.Saved(ck.Path)
	if r.hooks.Checkpoint != nil {
		r.hooks.Checkpoint(ck.Path)
	}
	if err := r.lock.Held(); err != nil {
		return fmt.Errorf("train: stopped after step %d of %d; saved in %s: %w",
			r.step, r.c.Steps, ck.Path, err)
	}
	r.trouble(r.keeper.Prune(r.step, r.c.Log.Keep))
	return nil
}

// draw has samples drawn with the average that was fetched last.
func (r *trainer) draw(ctx context.Context) error {
	if r.hooks.Picture == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.dir, run.SampleDir), 0o777); err != nil {
		return fmt.Errorf("train: samples: %w", err)
	}
	img, err := r.hooks.Picture(r.step, r.e, r.w.Average)
	if err != nil || img == nil {
		return err
	}
	r.record.Picture(r.step, img)
	return nil
}
