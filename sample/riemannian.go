package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// geometryPaper is where the metric comes from.
const geometryPaper = "The geometry of noise, arXiv 2602.18428, §5"

var (
	_ = add(choice.Entry[Method]{
		Name: "riemannian", Aliases: []string{"natural-gradient"}, Example: "riemannian:eta=0.02,steps=250",
		Paper:  geometryPaper,
		About:  "gradient flow of the marginal energy in the conformal metric: u ← u − η|λ̄|∇E",
		Params: []choice.Param{eta, stop, count},
		Make:   Method{Registers: 1, Order: 1, Part: Natural, Path: descent, Valid: hasMetric},
	})
	_ = add(choice.Entry[Method]{
		Name: "riemannian-langevin", Example: "riemannian-langevin:eta=0.01,steps=1000,cool=0.5",
		Paper: geometryPaper + "; Xifara et al., Langevin diffusions and the Metropolis-adjusted Langevin " +
			"algorithm, arXiv 1309.2983",
		About: "Langevin dynamics on the marginal energy in the conformal metric, then cooled",
		Params: []choice.Param{eta, count,
			{Name: "cool", Default: .5, In: choice.Where("a share from 0 to 1",
				func(v float64) bool { return 0 <= v && v <= 1 }),
				About: "last share of the updates, in which the temperature falls to 0; 0 for noisy points"}},
		Make: Method{Registers: 1, Noise: true, Part: Conformal, Path: diffusion, Valid: hasMetric},
	})
)

// Part is what a method follows of a field, which is three things in one ("The geometry of
// noise", equation 14; all averages are over the noise time given u):
//
//	f* = λ̄∇E + Cov(λ, ∇E_t) + E[c/a] u,   λ̄ = E[λ],   E = −log p(u)
//
// λ̄ is negative for targets that point to the data. Of the parts below |λ̄| stands in
// its place, and what is subtracted from it changes its sign with it, so that a
// descent goes along minus the part on every target. The metric is g = I/|λ̄|.
type Part int

// The parts.
const (
	// Whole is the field.
	Whole Part = iota
	// Natural is |λ̄|∇E, the gradient of E in the metric.
	Natural
	// Conformal is |λ̄|∇E − ∇|λ̄|, and a step adds noise of deviation √|λ̄| for each of
	// the method. Since Cov(λ, ∇E_t) = −∇λ̄ it is f* − E[c/a] u.
	Conformal
)

// Metric sets f to a part of a field at the points of q, and gain to |λ̄| there. It must
// keep neither, and a point's values must not depend on the points beside it.
type Metric func(f, gain []float64, part Part, q Query) error

// Part is what s follows of a field.
func (s Spec) Part() Part {
	m, _ := find(s.Sampler)
	return m.Part
}

// String is the part in mathematics.
func (p Part) String() string { return [...]string{"f", "|λ̄|∇E", "|λ̄|∇E − ∇|λ̄|"}[p] }

// diffusion is Langevin dynamics with the conformal gain, by Euler and Maruyama:
//
//	du = (−λ̄∇E + ∇λ̄) dτ + √(2Tλ̄) dW        (Itô; λ̄ > 0)
//	u' = u − η (λ̄∇E − ∇λ̄) + √(2Tηλ̄) z
//
// At T = 1 its law comes to rest at p(u) du: the flow of probability p(−λ̄∇E + ∇λ̄) −
// ∇(λ̄p) is 0 where ∇p = −p∇E. Without ∇λ̄, the drift of the metric, it would come to rest
// at p/λ̄; with (1 − D/2)∇λ̄ in its place, Brownian motion on the manifold, at p times the
// manifold's volume λ̄^(−D/2) du. No target needs ∇λ̄ computed: it is minus the transport
// correction, so that the drift is −f* + E[c/a] u, and noise prediction (c = 0) follows
// its own blind field.
//
// p(u) is the law of noisy points, of all noise times that the prior has. cool takes the
// temperature T from 1 to 0, evenly over the last updates, and points to the data.
func diffusion(r Recipe) func() Path {
	n := r.updates()
	cool := float64(n) * r.Params.Float("cool")
	stages := make([]Stage, n)
	for k := range stages {
		warm := 1.
		if left := float64(n - 1 - k); left < cool {
			warm = left / cool
		}
		stages[k] = noisy(linear(1, math.NaN(), 1, -r.Eta), math.Sqrt(2*warm*r.Eta))
		stages[k].Step = k + 1
	}
	return alike(stages)
}

// hasMetric refuses a process without a metric: λ̄ or E[c/a] is infinite, or no gain is left.
func hasMetric(s Spec, p *field.Process) error {
	if v := p.Finiteness().Decomposition; !v.Finite {
		return fault("sampler", s.Sampler, "one that needs no metric, or a process with a finite one, as a "+
			"smaller prior.max makes it: %s", v.Why)
	}
	return nil
}
