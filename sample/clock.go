package sample

import (
	"github.com/stillfield/stillfield/field"
)

// linear is the stage u' = κ u + η f(u).
func linear(step int, t, kappa, eta float64) Stage {
	return Stage{Step: step, T: t, Look: [2]float64{1, 0}, U: [3]float64{kappa, 0, eta}}
}

// eulerStage is one step of Euler's method on u̇ = μu + νf.
//
//	u' = u + h(μ u + ν f(u)),   h = t' − t < 0
func eulerStage(step int, p *field.Process, t, t1 float64) Stage {
	h := t1 - t
	return linear(step, t, 1+h*p.Mu.Eval(t), h*p.Nu.Eval(t))
}

func euler(_ Spec, p *field.Process, t []float64) []Stage {
	stages := make([]Stage, 0, len(t)-1)
	for k := range len(t) - 1 {
		stages = append(stages, eulerStage(k+1, p, t[k], t[k+1]))
	}
	return stages
}

// ddim moves from t to t' as the (x, ε) that (u, f) stand for would. It is Euler
// for velocity on the linear schedule, DDIM for noise prediction, EDM's Euler
// step for data prediction, and has none of the stiffness of ν.
func ddim(_ Spec, p *field.Process, t []float64) []Stage {
	stages := make([]Stage, 0, len(t)-1)
	for k := range len(t) - 1 {
		kappa, eta := p.Step(t[k], t[k+1])
		stages = append(stages, linear(k+1, t[k], kappa, eta))
	}
	return stages
}

// heun is the trapezoidal rule with Euler's prediction:
//
//	m  = μ(t)u + ν(t)f(u),   y = u + h m
//	u' = u + ½h(m + μ(t')y + ν(t')f(y))
//
// Where t' is a pole of μ or ν, which only the last time may be, the step is
// Euler's.
func heun(_ Spec, p *field.Process, t []float64) []Stage {
	stages := make([]Stage, 0, 2*(len(t)-1))
	for k := range len(t) - 1 {
		h, mu, nu := t[k+1]-t[k], p.Mu.Eval(t[k+1]), p.Nu.Eval(t[k+1])
		if _, pole := poleIn(p, t[k+1], t[k+1]); pole || !finite(mu) || !finite(nu) {
			stages = append(stages, eulerStage(k+1, p, t[k], t[k+1]))
			continue
		}
		stages = append(stages,
			Stage{Step: k + 1, T: t[k], Look: [2]float64{1, 0}, U: [3]float64{1, 0, 0},
				M: [3]float64{p.Mu.Eval(t[k]), 0, p.Nu.Eval(t[k])}},
			Stage{Step: k + 1, T: t[k+1], Look: [2]float64{1, h},
				U: [3]float64{1 + h*mu/2, h/2 + h*h*mu/2, h * nu / 2}})
	}
	return stages
}
