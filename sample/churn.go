package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
)

var notBelow0 = choice.Where("a number in [0, 1e6]", func(v float64) bool { return 0 <= v && v <= 1e6 })

var _ = add(choice.Entry[Method]{
	Name: "churn", Example: "churn:steps=32,churn=40,grid=karras", Paper: edmPaper + ", algorithm 2",
	About: "heun that first adds noise at each step, as EDM samples ImageNet; two evaluations a step",
	Params: []choice.Param{
		{Name: "churn", Default: 40., In: notBelow0,
			About: "S_churn: noise grows by the part churn/steps at a step, at most √2−1; 0 is heun"},
		{Name: "churn_min", Default: .05, In: notBelow0, About: "S_min: noise b/a below which none is added"},
		{Name: "churn_max", Default: 50., In: notBelow0, About: "S_max: noise b/a above which none is added"},
		{Name: "churn_noise", Default: 1.003, In: choice.Positive,
			About: "S_noise: of the noise that is added; a little above 1, for fields remove too much"},
		end, grid, clean},
	Make: Method{Registers: 2, Noise: true, Clock: true, Refuses: ofMotion, Path: churned},
})

// churned is EDM's stochastic sampler (Karras et al., arXiv 2206.00364, algorithm 2) on
// any schedule, in σ = b/a: where S_min ≤ σ(t) ≤ S_max
//
//	γ = min(S_churn/N, √2 − 1),   σ(t̂) = (1 + γ) σ(t)
//	û = (a(t̂)/a(t)) u + a(t̂) √(σ(t̂)² − σ(t)²) S_noise z
//
// and Heun's step goes from (t̂, û) to t'. Noise is not raised beyond the end of the
// schedule. The move that brings a point to t adds the noise of the step after it; a
// first step with noise takes one evaluation more, which is not looked at.
func churned(r Recipe) func() Path {
	churn, n := r.Params.Float("churn"), len(r.Times)-1
	var stages []Stage
	for k := range n {
		t := r.Times[k]
		hat, keep, add := r.raised(t)
		if k == 0 && add > 0 {
			stages = append(stages, linear(2, t, 1, 0))
			stages[0].Step = 1
		}
		if len(stages) > 0 {
			stages[len(stages)-1].raise(keep, add)
		}
		for _, st := range r.heunStages(hat, r.Times[k+1]) {
			st.Step = k + 1
			stages = append(stages, st)
		}
	}
	for i := range stages {
		if churn > 0 && len(stages[i].Set[0]) == 3 {
			stages[i] = noisy(stages[i], 0)
		}
	}
	return alike(stages)
}

// raised is the time t̂ that a step from t starts from, and û = keep·u + add·z.
func (r Recipe) raised(t float64) (hat, keep, add float64) {
	p, s := r.Process, r.Params
	sigma := p.Schedule.B.Eval(t) / p.Schedule.A.Eval(t)
	gamma := min(s.Float("churn")/float64(len(r.Times)-1), math.Sqrt2-1)
	if gamma == 0 || !(s.Float("churn_min") <= sigma && sigma <= s.Float("churn_max")) {
		return t, 1, 0
	}
	end := p.Schedule.End
	if math.IsInf(end, 1) {
		end = 4 * t // b/a grows at least as t there
	}
	ratio := func(t float64) float64 { return p.Schedule.B.Eval(t) / p.Schedule.A.Eval(t) }
	hat = rising(ratio, t, end, (1+gamma)*sigma)
	a := p.Schedule.A.Eval(hat)
	up := p.Schedule.B.Eval(hat) / a
	return hat, a / p.Schedule.A.Eval(t), a * math.Sqrt(up*up-sigma*sigma) * s.Float("churn_noise")
}

// raise lets the move of st end with u ← keep·u + add·z.
func (st *Stage) raise(keep, add float64) {
	if add == 0 {
		return
	}
	for j := range st.Set[0] {
		st.Set[0][j] *= keep
	}
	*st = noisy(*st, add)
}
