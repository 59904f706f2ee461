package experiment

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// Experiment is a configuration made real: everything but the data and the
// device.
type Experiment struct {
	Config  *Config
	Process *field.Process
	Net     model.Network
	Update  Update // of the weights, by the optimiser
	Params  *model.Params
	Shape   datasets.Shape // of one sample

	Averages []Kept // of the weights, at least one

	// Ranks is how many processes share a batch: one, unless Divide has said more.
	Ranks int
}

// New builds what c describes for samples of the given shape. It
// keeps a copy of c in which every key is spelt out.
func New(c *Config, shape datasets.Shape) (*Experiment, error) {
	full, faults := draftOf(c).config()
	full.place, full.bases = c.place, c.bases
	if len(faults) > 0 {
		return nil, full.located(faults)
	}
	proc, err := full.Field.Process()
	if err != nil {
		return nil, fmt.Errorf("experiment: field: %w", err)
	}
	e := &Experiment{Config: full, Process: proc, Shape: shape, Averages: full.Average.Kept(), Ranks: 1}
	net, faults := model.New(full.Model, e.Point())
	if len(faults) > 0 {
		return nil, full.located(faults.Under("model"))
	}
	e.Net = net
	if e.Update, err = full.Optimizer.Update(); err != nil {
		return nil, fmt.Errorf("experiment: %w", err)
	}
	if e.Params, err = model.Declare(net, e.Point()); err != nil {
		return nil, fmt.Errorf("experiment: model: %w", err)
	}
	if n := e.Params.Len; n > maxWeights {
		got, most := fmt.Sprintf("%d weights", n), fmt.Sprintf("at most %d", maxWeights)
		return nil, full.located(choice.Faults{{Path: "model", Got: got, Want: most}})
	}
	return e, nil
}

// Point is the shape of one sample as a tensor: [H, W, C] of an image, [D] of a point.
func (e *Experiment) Point() []int { return e.Shape.Point() }

// Dim is the number of values in one sample.
func (e *Experiment) Dim() int { return e.Shape.Len() }

// Precision is the configured precision, to which products round their operands.
func (e *Experiment) Precision() plan.Precision {
	p, _ := plan.ParsePrecision(e.Config.Precision) // check has seen that it is one
	return p
}

// Plan compiles the training step, until ctx ends. Where it is left to the run in how many parts
// the batch is taken, it is that of one part.
func (e *Experiment) Plan(ctx context.Context) (*plan.Plan, error) {
	return Step{
		Process: e.Process, Field: e.Field(), Params: e.Params, Point: e.Point(),
		Batch: e.Config.Batch, Accumulate: max(e.Config.Accumulate, 1), Seed: e.Config.Seed,
		Recompute: e.Config.Model.Params.Bool("recompute"),
		Division:  e.division(), Update: e.Update, Averages: e.Averages,
		Clip: e.Config.Optimizer.Clip, Slots: e.Config.Log.Every, Precision: e.Precision(),
	}.Compile(ctx)
}

// Field is what the experiment trains: a field for each value of the weights. If it is
// told the time, that is the t of the process.
func (e *Experiment) Field() model.Parametric { return e.timed(model.Plain(e.Net)) }

// timed is f, told the time and the scale that the schedule has a network told.
func (e *Experiment) timed(f model.Parametric) model.Parametric {
	if f == nil || !e.Net.Told().Clock {
		return f
	}
	return func(p *model.Params) model.Field {
		f := f(p)
		return func(b *graph.Builder, in model.Inputs) graph.Node {
			if sigma := e.Config.Model.Params.Float("sigma_data"); sigma > 0 {
				in.Scale = field.Fold(e.Process.Schedule.InputScale(sigma), algebra{b, in.T})
			}
			in.T = field.Fold(e.Process.Schedule.Clock(), algebra{b, in.T})
			return f(b, in)
		}
	}
}

// FLOPs is what one evaluation of the field costs for one sample.
func (e *Experiment) FLOPs(ctx context.Context) (float64, error) {
	p, err := model.Untrained(e.Field(), e.Params, StateWeights).Plan(ctx, 1, e.Point(), e.Precision())
	if err != nil {
		return 0, err
	}
	return p.TotalFLOPs(), nil
}
