package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

var _ = add(choice.Entry[Method]{
	Name: "sde", Aliases: []string{"euler-maruyama"}, Example: "sde:steps=250,start=0.95",
	Paper:  "Song et al., Score-Based Generative Modeling through SDEs, arXiv 2011.13456, eq. 6",
	About:  "Euler–Maruyama on the SDE that undoes the noising; starts where there is some data in u",
	Params: []choice.Param{end, grid, clean},
	Make:   Method{Registers: 1, Noise: true, Clock: true, Refuses: ofReversal, Path: reversal},
})

// reversal is the Euler–Maruyama method on the reverse of the noising process
// du = (ȧ/a)u dt + g dw with g² = 2b(ḃa − ȧb)/a. Its drift is that of the flow and,
// since the score is −ε/b, as much again as the noise takes away:
//
//	u' = u + h(μu + νf) + h g²/(2b) ε + g √|h| z,   ε = (a f − c u)/(ad − bc)
//
// g grows without bound where a = 0, so a path cannot start there. Strong order ½,
// weak order 1, one evaluation a step: it takes hundreds of steps, and ddim with
// stochasticity 1, which takes each step exactly, is as good with fewer.
func reversal(r Recipe) func() Path {
	p := r.Process
	return r.clocked(func(t, t1 float64) []Stage {
		h, k := t1-t, p.At(t)
		rate := (p.DB.Eval(t)*k.A - p.DA.Eval(t)*k.B) / k.A // g²/(2b)
		st := r.eulerStage(1, t, t1)
		st.Set[0][0] -= h * rate * k.C / k.Det()
		st.Set[0][1] += h * rate * k.A / k.Det()
		return []Stage{noisy(st, math.Sqrt(2*k.B*rate*-h))}
	})
}

// ofReversal is the poles of μ, ν and g.
func ofReversal(p *field.Process, pole field.Pole) bool {
	return ofMotion(p, pole) || math.Abs(p.Schedule.A.Eval(pole.At)) < 1e-9
}
