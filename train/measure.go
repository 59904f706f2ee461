package train

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan"
)

// measuring makes the averaged field ready to be measured, if the configuration asks for that.
// A run that begins is measured before its first step: what cannot be measured ends it there.
func (r *trainer) measuring(ctx context.Context, dev plan.Device) error {
	if !r.c.Diagnostics.On() {
		return nil
	}
	s, err := r.e.Subject(r.w.Average, r.src)
	if err != nil {
		return err
	}
	r.bench, err = meter.New(ctx, dev, s)
	return err
}

// measures reports whether the field is measured after step s: when it is due, at the start and
// at the end.
func (r *trainer) measures(s int) bool {
	return r.c.Diagnostics.On() && (due(s, r.c.Diagnostics.Every) || s == r.c.Steps)
}

// measure takes the meters with the average that the host has, and keeps what they say. The
// time that it takes is none of the training's.
func (r *trainer) measure() error {
	begin := time.Now()
	if err := r.bench.Refresh(); err != nil {
		return err
	}
	for _, name := range r.c.Diagnostics.Meters {
		m, err := r.bench.Take(name, nil)
		if err != nil {
			return fmt.Errorf("train: step %d: diagnostics: %w", r.step, err)
		}
		var picture image.Image
		if r.hooks.Reading != nil {
			if picture, err = r.hooks.Reading(r.step, m); err != nil {
				return fmt.Errorf("train: step %d: diagnostics: %w", r.step, err)
			}
		}
		r.record.Measured(r.step, m, picture)
	}
	r.mark = r.mark.Add(time.Since(begin))
	return nil
}
