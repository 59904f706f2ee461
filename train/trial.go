package train

import (
	"context"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// Trial is a training step on a device, ready to be run again and again on one
// batch: what is measured, and never kept.
type Trial struct {
	Plan    *plan.Plan
	Program plan.Program
	log     []float32
}

// NewTrial compiles and loads the step of e with the first batch of src, unless
// ctx ends first.
func NewTrial(ctx context.Context, e *experiment.Experiment, src datasets.Source, dev plan.Device) (
	*Trial, error) {
	if err := e.Config.CheckData(src.Info()); err != nil {
		return nil, err
	}
	p, err := e.Plan(ctx)
	if err != nil {
		return nil, err
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	t := &Trial{p, g, make([]float32, plan.ClipLen(e.Config.Log.Every))}
	if err := t.fill(ctx, e, src); err != nil {
		g.Close()
		return nil, err
	}
	return t, nil
}

// fill writes the first batch, the weights and the controls of the first step.
func (t *Trial) fill(ctx context.Context, e *experiment.Experiment, src datasets.Source) error {
	first := datasets.Options{Batch: e.Config.Batch, Seed: e.Config.Seed}
	loader, err := datasets.NewLoader(ctx, src, first)
	if err != nil {
		return err
	}
	defer loader.Close()
	b, err := loader.Next()
	if err != nil {
		return err
	}
	for _, part := range e.NewWeights().Parts() {
		if err := t.Program.Write(part.State, part.Data); err != nil {
			return err
		}
	}
	r := &trainer{group: comm.Solo(), c: e.Config, e: e, prog: t.Program, controls: e.NewControls()}
	return r.inputs(b, 0)
}

// Wait returns when the runs so far have finished.
func (t *Trial) Wait() error { return t.Program.Read(experiment.StateRecord, t.log) }

// Close frees the step.
func (t *Trial) Close() error { return t.Program.Close() }
