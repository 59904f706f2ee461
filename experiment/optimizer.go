package experiment

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
)

// Optimizer says how the weights move: one of Optimizers, with a clip on the
// gradient's norm and a learning rate that may change.
type Optimizer struct {
	Kind     string        `yaml:"kind"`
	LR       float64       `yaml:"lr"`
	Schedule string        `yaml:"schedule"`
	Warmup   int           `yaml:"warmup"`
	Clip     float64       `yaml:"clip"`
	Params   choice.Values `yaml:",inline"`
}

// Moving has the operands of an update of n weights in the graph of a step. Weights, M
// and V (moments, 0 at first) and Averages, at least one, are states of shape [n], which
// it may write.
// Grad [n] is the gradient before the clip, and Scale [1] the clip's factor, by which the
// update multiplies it. Scale is NaN where the loss or gradient is not finite: the update
// must then write nothing, as plan.AdamW does, which also serves other rules (with β₂ = 1
// and ε = 1, v stays 0 and it is gradient descent with momentum). Hyper has the numbers of
// the step that the host writes, plan.HyperLR and on: plan.HyperLen with one average, and
// one more for each other. Weight decay is for the first DecayLen weights.
type Moving struct {
	Weights, M, V      graph.Node
	Averages           []graph.Node
	Grad, Scale, Hyper graph.Node
	DecayLen           int
}

// Update is an optimiser made real.
type Update struct {
	// Build adds the update to the graph of a step, and returns what writes the states.
	Build func(b *graph.Builder, m Moving) graph.Node
	// Factors returns elements plan.HyperC1 and plan.HyperC2 of Hyper for step t, counted
	// from 1.
	Factors func(t int) (c1, c2 float64)
}

// Optimizers is the table of optimisers.
var Optimizers = choice.Table[func(v choice.Values) Update]{
	What: "optimizer", Key: "kind", Default: "adamw",
	Common: []choice.Param{
		{Name: "lr", Default: 1e-3, About: "learning rate at the top of its schedule",
			In: choice.Where("a number in (0, 10)", func(v float64) bool {
				return float32(v) > 0 && v < 10
			})},
		{Name: "schedule", Default: "cosine",
			About: "of the learning rate: constant, or cosine, to zero over the steps",
			In:    choice.Words(Rates.Names()...)},
		{Name: "warmup", Default: 100, About: "steps in which the rate climbs from zero to lr",
			In: choice.AtLeast(0, "steps")},
		{Name: "clip", Default: 1., About: "the largest norm of the gradient, 0 for no limit",
			In: choice.Where("a positive norm, or 0 for none", func(v float64) bool {
				return v == 0 || float32(v) > 0 && v <= math.MaxFloat32 // float32's 0 is no limit
			})},
	},
}

// Update makes the optimiser that o names.
func (o Optimizer) Update() (Update, error) {
	e, full, faults := Optimizers.Resolve("optimizer", choice.Gather(Optimizers.Key, o), nil)
	if err := faults.Err(); err != nil {
		return Update{}, err
	}
	return e.Make(full.Params), nil
}
