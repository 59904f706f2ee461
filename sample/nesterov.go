package sample

import "github.com/stillfield/stillfield/choice"

var _ = add(choice.Entry[Method]{
	Name: "nesterov", Example: "nesterov:eta=0.003,mu=0.9", Paper: "Sutskever et al., On the importance of" +
		" initialization and momentum in deep learning, ICML 2013, eq. 3 and 4",
	About:  "Nesterov's descent: v ← μv − η f(u + μv), u ← u + v; mu 0.9 needs a tenth of the updates",
	Params: []choice.Param{eta, mu, stop, stopTime, readouts, count},
	Make: Method{Registers: 2, Order: 1, Path: nesterov, Valid: pointsToNoise,
		Pace: func(s Spec) float64 { return 1 / (1 - s.Mu) }},
})

// nesterov is accelerated descent in the form of Sutskever et al. (2013):
//
//	y = u + μ v,   v ← μ v − η f(y),   u ← u + v
//
// The points y are the iterates of torch.optim.SGD(nesterov=True), which keeps them
// in place of u. v adds up: on a field that does not change, an update goes 1/(1−μ)
// times as far as η says, after some 1/(1−μ) updates. nag, the sampler of Equilibrium
// Matching, only looks ahead by the last field value.
//
// On a well of curvature λ it is stable for ηλ(1+2μ) < 2(1+μ) and swings about the
// bottom where μ > (1−√(ηλ))/(1+√(ηλ)).
func nesterov(r Recipe) func() Path {
	v := []float64{0, r.Mu, -r.Eta}
	return repeated(r, Stage{Ask: []float64{1, r.Mu}, Set: [][]float64{{1, v[1], v[2]}, v}})
}
