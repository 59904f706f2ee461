package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
)

var _ = add(choice.Entry[Method]{
	Name: "adam", Example: "adam:eta=0.01,beta2=0.99", Paper: "Kingma and Ba, Adam: A Method for Stochastic" +
		" Optimization, arXiv 1412.6980, algorithm 1",
	About: "Adam's descent: each coordinate goes η at most, by the sign of f, and comes to rest with f",
	Params: []choice.Param{eta, stop, stopTime, readouts, count,
		{Name: "beta1", Default: .9, In: choice.UnitBelowOne, About: "β₁, of the mean of f"},
		{Name: "beta2", Default: .999, In: choice.UnitBelowOne, About: "β₂, of the mean of f²"},
		{Name: "eps", Default: 1e-8, About: "ε, f below which a coordinate slows down",
			In: choice.Where("a number in [1e-12, 1]",
				func(v float64) bool { return 1e-12 <= v && v <= 1 })}},
	Make: Method{Registers: 3, Order: 1, Moments: true, Path: adam, Valid: pointsToNoise},
})

// adam is descent with a step for each coordinate:
//
//	m ← β₁m + (1−β₁)f,   v ← β₂v + (1−β₂)f²
//	u ← u − η m̂/(√v̂ + ε),   m̂ = m/(1−β₁ᵏ),   v̂ = v/(1−β₂ᵏ)     at update k
//
// Where f changes little it moves every coordinate by η against the sign of f, large or
// small: the flow that it follows to order 1 is u̇ = −sign f, and the gain of the target
// does not matter. Where f vanishes at the data it slows down, for √v̂ remembers.
func adam(r Recipe) func() Path {
	b1, b2 := r.Params.Float("beta1"), r.Params.Float("beta2")
	stages := make([]Stage, r.updates())
	for k := range stages {
		root := math.Sqrt(1 - math.Pow(b2, float64(k+1)))
		stages[k] = Stage{Step: k + 1, T: math.NaN(), Ask: []float64{1, 0, 0},
			Set:  [][]float64{{1, 0, 0, 0}, {0, b1, 0, 1 - b1}, {0, 0, b2, 1 - b2}},
			Rate: -r.Eta * root / (1 - math.Pow(b1, float64(k+1))), Least: r.Params.Float("eps") * root}
	}
	return alike(stages)
}
