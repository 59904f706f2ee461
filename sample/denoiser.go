package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

var _ = add(choice.Entry[Method]{
	Name: "blind-denoiser", Aliases: []string{"bddm"}, Example: "blind-denoiser:rate=0.05,alpha=0.5",
	Paper: "Blind denoising diffusion models (BDDM), arXiv 2602.09639",
	About: "u̇ = D(u) − u + noise by exponential Euler, no clock; for fields that give D without one",
	Params: []choice.Param{
		{Name: "rate", Default: .05, In: eta.In,
			About: "η, the step: an update multiplies the noise by e^(−η(1−alpha))"},
		{Name: "alpha", Default: 0., In: choice.UnitBelowOne,
			About: "α, fresh noise: takes noise away more slowly and mixes; for schedules with a = 1"},
		count},
	Make: Method{Registers: 1, Noise: true, Path: denoise, Valid: givesDatum},
})

// denoise is the flow of a blind denoiser D(u) by its exponential-Euler step (arXiv
// 2602.09639):
//
//	dX = (D(X) − X) ds + √(2α) σ_s dW,   σ_s = σ₀ e^{−(1−α)s}
//	u' = e^{−η} u + (1 − e^{−η}) D(u) + σ_s √(e^{−2(1−α)η} − e^{−2η}) z
//
// D is constant over a step, and what is left is solved exactly: the noise that is left
// shrinks by e^{−η}, and the fresh noise makes σ_{s+η} of it. Without α no noise level
// is used at all; with it only that of the start.
func denoise(r Recipe) func() Path {
	rate, alpha := r.Params.Float("rate"), r.Params.Float("alpha")
	e, sigma := math.Exp(-rate), r.Process.Schedule.B.Eval(r.Start)
	c, d := datumOf(r.Process, r.Start)
	stages := make([]Stage, r.updates())
	for k := range stages {
		st := linear(1, math.NaN(), e+(1-e)*c, (1-e)*d)
		if alpha > 0 {
			left := math.Exp(-(1 - alpha) * rate)
			st = noisy(st, sigma*math.Sqrt(left*left-e*e))
			sigma *= left
		}
		st.Step = k + 1
		stages[k] = st
	}
	return alike(stages)
}

// datumOf is x = c u + d f at time t.
func datumOf(p *field.Process, t float64) (c, d float64) { return p.At(t).Move(1, 0) }

// givesDatum refuses a process whose datum is not the same sum of u and f at every time,
// and fresh noise on one whose datum shrinks as noise comes.
func givesDatum(s Spec, p *field.Process) error {
	const times = 16
	c0, d0 := datumOf(p, s.Start)
	for i := range times {
		t := p.Prior.Min + (s.Start-p.Prior.Min)*(float64(i)+.5)/times
		if c, d := datumOf(p, t); !(math.Abs(c-c0)+math.Abs(d-d0) < 1e-9) {
			return fault("sampler", s.Sampler, "one with a clock: f of %s/%s does not say where the datum is"+
				" unless t is known; data, and eqm-linear on linear, do", p.Schedule.Name, p.Target.Name)
		}
		if a := p.Schedule.A.Eval(t); s.Params.Float("alpha") > 0 && math.Abs(a-1) > 1e-9 {
			return fault("alpha", s.Params.Float("alpha"), "0: fresh noise is for schedules with a = 1, and"+
				" a of %s is %.3g at t = %.3g", p.Schedule.Name, a, t)
		}
	}
	return nil
}
