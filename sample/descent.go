package sample

import (
	"math"

	"github.com/stillfield/stillfield/field"
)

// updates is how many steps of descent s asks for.
func (s Spec) updates() int {
	if s.Count == Official {
		return s.Steps - 1
	}
	return s.Steps
}

// repeated is st once for each update, without a clock.
func repeated(s Spec, st Stage) []Stage {
	stages := make([]Stage, s.updates())
	for k := range stages {
		st.Step, st.T = k+1, math.NaN()
		stages[k] = st
	}
	return stages
}

// descent is gradient descent, the plain sampler of Equilibrium Matching.
//
//	u ← u − η f(u)
//
// On velocity with η = 1/N and N updates it is Euler's method with ν = 1: the
// flow takes unit time, clock or not.
func descent(s Spec, _ *field.Process, _ []float64) []Stage {
	return repeated(s, Stage{Look: [2]float64{1, 0}, U: [3]float64{1, 0, -s.Eta}})
}

// lookAhead is the NAG sampler of Equilibrium Matching. Its momentum is the last
// field value and not a velocity that adds up, so it looks ahead without
// running ahead:
//
//	y = u − ημ m,   u ← u − η f(y),   m ← f(y)
//
// With u_k − u_{k−1} = −η m this is the paper's
//
//	u_{k+1} = u_k − η f(u_k + μ(u_k − u_{k−1})),   u_0 = u_{−1}
//
// Nesterov's own method, where v ← μv − ηf(u + μv), u ← u + v, gains a factor
// 1/(1−μ) in speed on a constant field; this one gains none.
func lookAhead(s Spec, _ *field.Process, _ []float64) []Stage {
	return repeated(s, Stage{
		Look: [2]float64{1, -s.Eta * s.Mu},
		U:    [3]float64{1, 0, -s.Eta},
		M:    [3]float64{0, 0, 1},
	})
}
