package experiment

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// The weights are float32 and so are the constants that move them: one that is 0 or 1
// there is not what was asked for.
var (
	momentum = choice.Where("a number in [0, 1), also as float32", func(v float64) bool {
		return v >= 0 && float32(v) < 1
	})
	tiny32 = choice.Where("a number in (0, 1), also as float32",
		func(v float64) bool { return float32(v) > 0 && v < 1 })
)

var _ = Optimizers.Add(choice.Entry[func(v choice.Values) Update]{
	Name: "adamw", Example: "adamw:beta2=0.99,decay=0.01",
	About: "Adam with bias correction and decoupled weight decay",
	Paper: "Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv 1711.05101",
	Params: []choice.Param{
		{Name: "beta1", Default: .9, About: "β₁, how much of the mean gradient is kept each step",
			In: momentum},
		{Name: "beta2", Default: .999, About: "β₂, how much of the mean squared gradient is kept each step",
			In: momentum},
		{Name: "eps", Default: 1e-8, About: "ε, added to the root of the mean squared gradient", In: tiny32},
		{Name: "decay", Default: 0., About: "share of lr by which matrices shrink each step",
			In: choice.Where("a number in [0, 10)", func(v float64) bool { return 0 <= v && v < 10 })},
	},
	Make: func(v choice.Values) Update {
		c := plan.AdamWConst{
			Beta1: v.Float("beta1"), Beta2: v.Float("beta2"), Eps: v.Float("eps"), Decay: v.Float("decay"),
		}
		build := func(b *graph.Builder, m Moving) graph.Node {
			adam := c
			adam.DecayLen = m.DecayLen
			adam.More = len(m.Averages) - 1
			in := append([]graph.Node{m.Weights, m.M, m.V}, m.Averages...)
			return b.Apply(plan.Op{Kind: plan.AdamW, Adam: adam}, append(in, m.Grad, m.Scale, m.Hyper)...)
		}
		unbias := func(beta float64, t int) float64 { // 1/(1−βᵗ)
			return -1 / math.Expm1(float64(t)*math.Log(beta))
		}
		return Update{build, func(t int) (c1, c2 float64) { return unbias(c.Beta1, t), unbias(c.Beta2, t) }}
	},
})
