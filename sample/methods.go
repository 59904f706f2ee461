package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// The samplers there are. One more is one more entry, here or in a file of its own, and
// nothing else: a test holds every entry to its order.
var (
	_ = add(choice.Entry[Method]{
		Name: "gd", Example: "gd:eta=0.01,steps=100", Paper: eqmPaper,
		About:  "gradient descent: u ← u − η f(u)",
		Params: []choice.Param{eta, stop, stopTime, readouts, count},
		Make:   Method{Registers: 1, Order: 1, Path: descent, Valid: pointsToNoise},
	})
	_ = add(choice.Entry[Method]{
		Name: "nag", Example: "nag:eta=0.003,mu=0.35", Paper: eqmPaper,
		About:  "look-ahead descent of Equilibrium Matching: u ← u − η f(u − ημ m), m ← f",
		Params: []choice.Param{eta, mu, stop, stopTime, readouts, count},
		Make:   Method{Registers: 2, Order: 1, Path: lookAhead, Valid: pointsToNoise},
	})
	_ = add(choice.Entry[Method]{
		Name: "euler", Example: "euler:steps=100",
		About:  "Euler's method on u̇ = μu + νf, order 1",
		Params: []choice.Param{end, grid, clean},
		Make:   Method{Registers: 1, Order: 1, Clock: true, Refuses: ofMotion, Path: euler},
	})
	_ = add(choice.Entry[Method]{
		Name: "heun", Example: "heun:steps=18,grid=karras", Paper: edmPaper,
		About:  "Heun's method on u̇ = μu + νf, order 2, two evaluations a step",
		Params: []choice.Param{end, grid, clean},
		Make:   Method{Registers: 2, Order: 2, Clock: true, Refuses: ofMotion, Path: heun},
	})
	_ = add(choice.Entry[Method]{
		Name: "midpoint", Example: "midpoint:steps=50",
		About:  "the midpoint rule on u̇ = μu + νf, order 2, two evaluations a step",
		Params: []choice.Param{end, grid, clean},
		Make:   Method{Registers: 2, Order: 2, Clock: true, Refuses: ofMotion, Path: midpoint},
	})
)

// Where the samplers come from.
const (
	eqmPaper = "Wang and Du, Equilibrium Matching, arXiv 2510.02300"
	edmPaper = "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models," +
		" arXiv 2206.00364"
)

// ofMotion is the poles of μ and ν, which a solver of u̇ = μu + νf evaluates.
func ofMotion(_ *field.Process, pole field.Pole) bool {
	return pole.Quantity == "μ" || pole.Quantity == "ν"
}

// descent is gradient descent, the plain sampler of Equilibrium Matching
// (arXiv 2510.02300):
//
//	u ← u − η f(u)
//
// On velocity with η = 1/N and N updates it is Euler's method with ν = 1: the
// flow takes unit time, clock or not.
func descent(r Recipe) func() Path {
	return repeated(r, Stage{Ask: []float64{1}, Set: [][]float64{{1, -r.Eta}}})
}

// lookAhead is NAG-GD, the second sampler of Equilibrium Matching, as the released
// code (github.com/raywang4/EqM) has it. Its momentum is the last field value and
// not a velocity that adds up, so it looks ahead without running ahead:
//
//	y = u − ημ m,   u ← u − η f(y),   m ← f(y)
//
// With u_k − u_{k−1} = −η m this is the paper's
//
//	u_{k+1} = u_k − η f(u_k + μ(u_k − u_{k−1})),   u_0 = u_{−1}
//
// nesterov gains a factor 1/(1−μ) in speed on a constant field; this one gains none.
func lookAhead(r Recipe) func() Path {
	return repeated(r, Stage{
		Ask: []float64{1, -r.Eta * r.Mu},
		Set: [][]float64{{1, 0, -r.Eta}, {0, 0, 1}},
	})
}

// repeated is st once for each update of a descent, which has no clock.
func repeated(r Recipe, st Stage) func() Path {
	stages := make([]Stage, r.updates())
	for k := range stages {
		st.Step, st.T = k+1, math.NaN()
		stages[k] = st
	}
	return alike(stages)
}

// updates is how many steps of descent s asks for.
func (s Spec) updates() int {
	if s.Count == Official {
		return s.Steps - 1
	}
	return s.Steps
}

// clocked is the path whose step k+1, from t to t1, is the given stages.
func (r Recipe) clocked(step func(t, t1 float64) []Stage) func() Path { return alike(r.stages(step)) }

func (r Recipe) stages(step func(t, t1 float64) []Stage) (stages []Stage) {
	for k := range len(r.Times) - 1 {
		for _, st := range step(r.Times[k], r.Times[k+1]) {
			st.Step = k + 1
			stages = append(stages, st)
		}
	}
	return stages
}

// linear is the stage u' = κ u + η f(u) at time t, of a method with that many
// registers; its memories become 0.
func linear(registers int, t, kappa, eta float64) Stage {
	st := Stage{T: t, Ask: make([]float64, registers), Set: make([][]float64, registers)}
	for i := range st.Set {
		st.Set[i] = make([]float64, registers+1)
	}
	st.Ask[0], st.Set[0][0], st.Set[0][registers] = 1, kappa, eta
	return st
}

// eulerStage is one step of Euler's method on u̇ = μu + νf:
//
//	u' = u + h(μ u + ν f(u)),   h = t' − t < 0
func (r Recipe) eulerStage(registers int, t, t1 float64) Stage {
	h := t1 - t
	return linear(registers, t, 1+h*r.Process.Mu.Eval(t), h*r.Process.Nu.Eval(t))
}

func euler(r Recipe) func() Path {
	return r.clocked(func(t, t1 float64) []Stage { return []Stage{r.eulerStage(1, t, t1)} })
}

// slopeStage leaves the point where it is and keeps its slope m = μ(t)u + ν(t)f(u).
func (r Recipe) slopeStage(t float64) Stage {
	return Stage{T: t, Ask: []float64{1, 0}, Set: [][]float64{{1, 0, 0}, {r.Process.Mu.Eval(t), 0,
		r.Process.Nu.Eval(t)}}}
}

// heun is the trapezoidal rule with Euler's prediction, as EDM samples (arXiv
// 2206.00364, algorithm 1):
//
//	m  = μ(t)u + ν(t)f(u),   y = u + h m
//	u' = u + ½h(m + μ(t')y + ν(t')f(y))
//
// Where t' is a pole of μ or ν, which only the last time may be, the step is
// Euler's.
func heun(r Recipe) func() Path { return r.clocked(r.heunStages) }

func (r Recipe) heunStages(t, t1 float64) []Stage {
	h, mu, nu := t1-t, r.Process.Mu.Eval(t1), r.Process.Nu.Eval(t1)
	if r.poleAt(t1) {
		return []Stage{r.eulerStage(2, t, t1)}
	}
	return []Stage{r.slopeStage(t),
		{T: t1, Ask: []float64{1, h},
			Set: [][]float64{{1 + h*mu/2, h/2 + h*h*mu/2, h * nu / 2}, {0, 0, 0}}}}
}

// poleAt reports whether μ or ν has no value at t, where a path may end.
func (r Recipe) poleAt(t float64) bool {
	_, pole := poleIn(r.Process, ofMotion, t, t)
	return pole || !finite(r.Process.Mu.Eval(t)) || !finite(r.Process.Nu.Eval(t))
}

// midpoint evaluates the slope half way, and never at the end of a step:
//
//	m  = μ(t)u + ν(t)f(u),   y = u + ½h m
//	u' = u + h(μ(t+½h)y + ν(t+½h)f(y))
func midpoint(r Recipe) func() Path { return r.clocked(r.midpointStages) }

func (r Recipe) midpointStages(t, t1 float64) []Stage {
	h, mid := t1-t, (t+t1)/2
	mu, nu := r.Process.Mu.Eval(mid), r.Process.Nu.Eval(mid)
	return []Stage{r.slopeStage(t),
		{T: mid, Ask: []float64{1, h / 2},
			Set: [][]float64{{1 + h*mu, h * h / 2 * mu, h * nu}, {0, 0, 0}}}}
}
