package experiment

import (
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Rates is the table of schedules of the learning rate: its share of lr after the share
// q ∈ [0, 1] of the steps that follow the warm-up.
var Rates = choice.Table[func(q float64) float64]{
	What: "rate", Key: "schedule", Default: "cosine",
	Entries: []choice.Entry[func(q float64) float64]{
		{
			Name: "constant", Example: "constant",
			About: "lr at every step: a run that is taken further has no leap",
			Make:  func(float64) float64 { return 1 },
		},
		{
			Name: "cosine", Example: "cosine", About: "half a cosine, from lr to zero at the last step",
			Paper: "Loshchilov and Hutter, SGDR, arXiv 1608.03983",
			Make:  func(q float64) float64 { return .5 * (1 + math.Cos(math.Pi*q)) },
		},
	},
}

// Rate is the learning rate of step s, counted from 0: it climbs in a line through the
// warm-up, lr·(s+1)/warmup, and follows its schedule from there. The schedule is one
// of Rates.
func (o Optimizer) Rate(s, steps int) float64 {
	if s < o.Warmup {
		return o.LR * float64(s+1) / float64(o.Warmup)
	}
	e, ok := Rates.Find(o.Schedule)
	if !ok {
		return math.NaN()
	}
	return o.LR * e.Make(float64(s-o.Warmup)/float64(max(steps-o.Warmup, 1)))
}
