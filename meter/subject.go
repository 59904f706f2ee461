package meter

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// Subject is a trained field and all that it is measured against.
type Subject struct {
	Process   *field.Process
	Field     model.Trained // told no time; one that is told a class is measured without
	Point     []int         // shape of one point
	Precision plan.Precision
	Data      datasets.Source // that it was trained on
	Flip      bool            // and on their mirror images
	Held      datasets.Source // data of the same kind that it was not; nil where there are none
	NoHeld    string          // why there are none, in words
	Sample    sample.Spec     // the sampler whose way norms are taken on
	Seed      uint64
	Draws     int // points at each time, at least 2
	Times     int // at least 1
}

// Bench is a subject on a device, ready to be measured.
type Bench struct {
	Subject
	ctx   context.Context
	dev   plan.Device
	dim   int
	times []float64
	eval  *model.Evaluator

	sets  [2]*points // of Data and of Held, when they are needed
	atoms *exact.Dataset

	report func(done, of int) // of the meter that is being taken; never nil
}

// most is how many points of an Evaluator are evaluated at a time.
const most = 64

// New makes s ready on dev. Nothing is compiled or drawn before a meter needs it; then it is
// unless ctx has ended.
func New(ctx context.Context, dev plan.Device, s Subject) (*Bench, error) {
	switch {
	case s.Draws < 2 || s.Times < 1:
		return nil, fmt.Errorf("meter: New: got %d draws and %d times, want at least 2 and "+
			"1", s.Draws, s.Times)
	case s.Field.Time:
		return nil, errors.New("meter: New: the field is told the time, want a blind one: meters hold a " +
			"field to the blind field of its data")
	}
	if s.Field.Label {
		s.Field = unlabelled(s.Field)
	}
	s.Sample.Label, s.Sample.Guidance = nil, 1
	b := &Bench{Subject: s, ctx: ctx, dev: dev, dim: plan.Size(s.Point)}
	b.times = timesOf(s.Process.Prior, s.Times)
	var err error
	b.eval, err = model.NewEvaluator(ctx, dev, s.Field, s.Point, min(most, s.Draws), s.Precision)
	return b, err
}

// unlabelled is f told of every point that it has no class.
func unlabelled(f model.Trained) model.Trained {
	inner := f.Field
	f.Label, f.Energy = false, nil
	f.Field = func(b *graph.Builder, in model.Inputs) graph.Node {
		if b.Err() != nil {
			return nil
		}
		in.Label = b.Fill(model.NoLabel, in.U, in.U.Shape()[0])
		return inner(b, in)
	}
	return f
}

// timesOf is the noise times in the middle of n equal shares of the prior.
func timesOf(p field.Prior, n int) []float64 {
	ts := make([]float64, n)
	for k := range ts {
		ts[k] = p.Time((float64(k) + .5) / float64(n))
	}
	return ts
}

// Refresh is called when the arrays of the field's weights have new weights in them.
func (b *Bench) Refresh() error {
	for _, s := range b.sets {
		if s != nil {
			clear(s.learned)
		}
	}
	return b.eval.Refresh()
}

// Take takes the meter of that name. progress, if there is one, hears how far it is.
func (b *Bench) Take(name string, progress func(done, of int)) (*Reading, error) {
	e, ok := Meters.Find(name)
	if !ok {
		return nil, fmt.Errorf("meter: Take: got %q, want one of %v", name, Meters.Names())
	}
	if b.report = progress; progress == nil {
		b.report = func(int, int) {}
	}
	r, err := e.Make.take(b)
	if err != nil {
		return nil, fmt.Errorf("meter: %s: %w", e.Name, err)
	}
	r.Meter = e.Name
	return r, nil
}

// Close frees what is on the device.
func (b *Bench) Close() error { return b.eval.Close() }
