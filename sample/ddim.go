package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

const ddimPaper = "Song et al., Denoising Diffusion Implicit Models, arXiv 2010.02502"

var stochasticity = choice.Param{Name: "stochasticity", Default: 0.,
	About: "how much of the noise is fresh at each step: 0 none, 1 as ancestral sampling (DDPM)",
	In:    choice.Where("a number in [0, 1]", func(v float64) bool { return 0 <= v && v <= 1 })}

var _ = add(choice.Entry[Method]{
	Name: "ddim", Example: "ddim:steps=200,stochasticity=1", Paper: ddimPaper,
	About:  "the exact step for the datum and noise f stands for, order 1; with stochasticity 1 DDPM's",
	Params: []choice.Param{stochasticity, end, grid, clean},
	Make:   Method{Registers: 1, Order: 1, Noise: true, Clock: true, Refuses: ofStep, Path: ddim},
})

// ddim moves from t to t' as the (x, ε) that (u, f) stand for would (Song et al.,
// arXiv 2010.02502, eq. 12; field.Process.Step for any target). It is
// Euler's method for velocity on the linear schedule, DDIM for noise prediction,
// and EDM's Euler step (Karras et al., arXiv 2206.00364, algorithm 1) for data
// prediction; it has none of the stiffness of ν.
//
// With stochasticity η a part s of the noise is fresh (ibid., eq. 16):
//
//	u' = a' x + √(b'² − s²) ε + s z,   s = η b' √(1 − (a b'/(a' b))²)
//
// s² at η = 1 is the variance of u' given u and x where noise is added step by step,
// so that this is ancestral sampling, DDPM (arXiv 2006.11239, β̃ of eq. 7), on any
// schedule. One evaluation a step; fresh noise asks for more steps, and washes out
// what a blind field gets wrong on the way.
func ddim(r Recipe) func() Path {
	eta := r.Params.Float("stochasticity")
	return r.clocked(func(t, t1 float64) []Stage {
		if eta == 0 {
			kappa, eta := r.Process.Step(t, t1)
			return []Stage{linear(1, t, kappa, eta)}
		}
		k, a1, b1 := r.Process.At(t), r.Process.Schedule.A.Eval(t1), r.Process.Schedule.B.Eval(t1)
		ratio := k.A * b1 / (a1 * k.B)
		s := eta * b1 * math.Sqrt(max(0, 1-ratio*ratio))
		kappa, move := k.Move(a1, math.Sqrt(max(0, b1*b1-s*s)))
		return []Stage{noisy(linear(1, t, kappa, move), s)}
	})
}

// noisy adds s z to the point at st, and a column for noise to all its registers.
func noisy(st Stage, s float64) Stage {
	for i := range st.Set {
		st.Set[i] = append(st.Set[i], 0)
	}
	st.Set[0][len(st.Set[0])-1] = s
	return st
}

// ofStep is the poles of κ and η in the time a step starts from: where (u, f) say
// nothing of (x, ε), det = ad − bc = 0. There ν has a pole too, so it is among the
// poles that are known; but ν also has poles where ȧ or ḃ has one, and κ and η
// are finite there.
func ofStep(p *field.Process, pole field.Pole) bool {
	return ofMotion(p, pole) && math.Abs(p.Det.Eval(pole.At)) < 1e-9
}
