package sample

import (
	"github.com/stillfield/stillfield/choice"
)

var _ = add(choice.Entry[Method]{
	Name: "langevin", Aliases: []string{"predictor-corrector"}, Example: "langevin:steps=100,corrections=2",
	Paper: "Song et al., Score-Based Generative Modeling through SDEs, arXiv 2011.13456, algorithms 4 and 5",
	About: "ddim with Langevin updates at each noise level; 1 + corrections evaluations a step",
	Params: []choice.Param{
		{Name: "corrections", Default: 1, In: choice.Between(0, 1000, "updates"),
			About: "Langevin updates after each step; 0 is ddim"},
		{Name: "snr", Default: .16, In: choice.UnitOpen,
			About: "r, length of an update's drift over that of its noise; 0.16 suits images"},
		end, grid, clean},
	Make: Method{Registers: 1, Noise: true, Clock: true, Refuses: ofStep, Path: corrected},
})

// corrected takes a step of ddim from t to t' and then corrects the law of the points by
// Langevin updates on E = −log p(u|t'), in which noise and drift balance:
//
//	u ← u − α ∇E(u) + √(2α) z,   α = 2 r² b²
//
// The field is not ∇E but λ∇E + (c/a)u ("The geometry of noise", arXiv 2602.18428, eq.
// 14): without the conformal gain λ taken out the updates would have the law of another
// energy. With λ = (b/a)(ad − bc)
//
//	∇E = (f − (c/a)u)/λ = (a f − c u)/(b (ad − bc)) = ε/b
//
// α is that of algorithm 5, 2(r‖z‖/‖∇E‖)², at the lengths ‖z‖ = b‖∇E‖ which noise has
// in many dimensions. Where t' has no noise, or f says nothing of it, nothing is corrected.
func corrected(r Recipe) func() Path {
	p, n, snr := r.Process, r.Params.Int("corrections"), r.Params.Float("snr")
	return r.clocked(func(t, t1 float64) []Stage {
		kappa, eta := p.Step(t, t1)
		stages := []Stage{linear(1, t, kappa, eta)}
		k := p.At(t1)
		if alpha := 2 * snr * snr * k.B * k.B; alpha > 0 && k.Det() != 0 {
			rate := alpha / (k.B * k.Det())
			for range n {
				stages = append(stages, noisy(linear(1, t1, 1+rate*k.C, -rate*k.A), 2*snr*k.B))
			}
		}
		if n > 0 && len(stages[0].Set[0]) == 2 {
			stages[0] = noisy(stages[0], 0)
		}
		return stages
	})
}
