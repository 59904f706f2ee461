package train

import (
	"context"
	"image"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// Hooks are told what a run does, on process 0 where there are many, but for Bad. Each may be nil.
type Hooks struct {
	Begin func(step int) // before the first step: steps already taken
	// Divided is called before the first step where a batch is divided, among processes or in
	// leaves: e says how.
	Divided func(e *experiment.Experiment)
	// Snapshots is called before the first step of a run that keeps snapshots of averages.
	Snapshots func(Snapshots)
	// Line is called every log.every steps, as a rule after the next step has been
	// started: if it ends the context, the run still takes that next step.
	Line       func(run.Line)
	Checkpoint func(path string)
	// Bad is told, once each, of the records that could not be decoded and were passed over, and
	// of the step that would have had them.
	Bad     func(step int, b *datasets.BadRecord)
	Skipped func(err error) // a checkpoint that could not be read, and was passed over
	// Precision is called before the first step if the run had another precision up to
	// the checkpoint it goes on from: no run in one precision alone has the same bits.
	Precision func(was string)
	// Order is called before the first step if, in the precision that the run has, the machine of
	// the checkpoint it goes on from added products in the order was, and this one adds them in
	// the order is: no run on one of the two alone has the same bits.
	Order func(was, is string)
	// Rate is called before the first step if the learning rate leaps from was, at the
	// last step, to is, at the next: its schedule now spans another number of steps.
	Rate func(was, is float64)
	// Trouble is told what does not end a run: a picture that could not be drawn before
	// the end and, when all steps are taken, what the log has lost.
	Trouble func(err error)
	// Picture draws samples with the given average weights and returns the
	// picture, or nil; it is called every log.pictures steps and at the end.
	Picture func(step int, e *experiment.Experiment, average []float32) (image.Image, error)
	// Reading is told what a meter says of the averaged field, as diagnostics ask, and returns its
	// picture, or nil.
	Reading func(step int, r *meter.Reading) (image.Image, error)
	// Score judges samples of the average of a checkpoint, which is in memory alone, as the
	// configuration's eval asks; it has each metric of that as one element.
	Score func(ctx context.Context, c *run.Checkpoint) ([]run.Scored, error)
	// Trace, if set, has one step of this call run launch by launch, and is called with
	// it: the third step, which no longer does what only the first ones do, or the last
	// where there are fewer. The step has the same bits, but is slower. A device that
	// cannot trace is an error before the first step.
	Trace func(step int, t plan.Timeline, spans []plan.Span)
}

// traceAt is the step of a call, from 1, that is traced.
const traceAt = 3
