package train

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/run"
)

// scoring finds, before the first step, why the scores that the configuration asks for could not
// be had or kept.
func (r *trainer) scoring() error {
	e := r.c.Eval
	if !e.On() {
		return nil
	}
	if r.hooks.Score == nil {
		return fmt.Errorf("train: %w", &choice.Fault{Path: "eval.every", Got: choice.Show(e.Every),
			Want: "0 where there is no hook that scores"})
	}
	if e.Keep == "" {
		return nil
	}
	best, err := run.Best(r.dir)
	if err != nil { // it will be replaced
		r.trouble(fmt.Errorf("train: the best checkpoint until now is lost: %w", err))
	}
	r.best = best
	return run.ReadyBest(r.dir)
}

// scores reports whether samples are scored after step s: when that is due, and at the end.
func (r *trainer) scores(s int) bool {
	return r.c.Eval.On() && s > 0 && (due(s, r.c.Eval.Every) || s == r.c.Steps)
}

// scoreAgain scores the step that a run goes on from, if it was stopped before that was done.
func (r *trainer) scoreAgain(ctx context.Context) error {
	if !r.scores(r.step) {
		return nil
	}
	past, err := run.ReadScored(r.dir)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(past, func(s run.Scored) bool { return s.Step == r.step }) {
		return nil
	}
	return r.score(ctx)
}

// score has samples of the average scored, logs that and keeps the checkpoint if it is the best.
// What cannot be scored does not end the run. The time that it takes is none of the training's.
func (r *trainer) score(ctx context.Context) error {
	begin := time.Now()
	if err := r.fetch(); err != nil {
		return err
	}
	ck := r.checkpoint()
	all, err := r.hooks.Score(ctx, ck)
	if ctx.Err() != nil {
		return nil // the run ends, and this step is scored when it goes on
	}
	if err != nil {
		r.trouble(fmt.Errorf("train: step %d: no scores: %w", r.step, err))
	}
	for _, s := range all {
		r.record.Scored(s)
		if s.Kind() == r.c.Eval.Keep && s.Better(r.best) {
			if err := ck.SaveBest(r.dir, s); err != nil {
				r.trouble(fmt.Errorf("train: step %d: the best checkpoint is not kept: %w", r.step, err))
				continue
			}
			r.best = &s
		}
	}
	r.mark = r.mark.Add(time.Since(begin))
	return nil
}
