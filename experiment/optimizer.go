package experiment

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/plan"
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

// Update is an optimiser made real: the constants of plan's update of the weights, and
// what the host works out before each step.
type Update struct {
	Const plan.AdamWConst // but for DecayLen, which is the network's
	// Correct returns the factors on the moments m and v at step t, counted from 1.
	Correct func(t int) (c1, c2 float64)
}

// Optimizers is the table of optimisers.
var Optimizers = choice.Table[func(v choice.Values) Update]{
	What: "optimizer", Key: "kind", Default: "adamw",
	Common: []choice.Param{
		{Name: "lr", Default: 1e-3, About: "learning rate at the top of its schedule",
			In: choice.Where("a number in (0, 10)", func(v float64) bool { return float32(v) > 0 && v < 10 })},
		{Name: "schedule", Default: "cosine", About: "of the learning rate: constant, or cosine, to zero over the steps",
			In: choice.Words(Rates.Names()...)},
		{Name: "warmup", Default: 100, About: "steps in which the rate climbs from zero to lr",
			In: choice.AtLeast(0, "steps")},
		{Name: "clip", Default: 1., About: "the largest norm of the gradient, 0 for no limit",
			In: choice.Where("a positive norm, or 0 for none", func(v float64) bool { return 0 <= v && v <= math.MaxFloat32 })},
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
