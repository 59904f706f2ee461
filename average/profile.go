package average

import "math"

// The standard deviations that an average may have. At MaxStd γ is 0.17, and from 0 down
// the profile has a pole at τ = 0; at MinStd it looks back over a thousandth.
const MinStd, MaxStd = .001, .28

// Profile is that of a power-function average after a step, at least 1.
type Profile struct {
	Gamma float64 // γ, greater than −½: the inner products of others are infinite
	Step  int
}

// New is the profile of standard deviation std, from MinStd to MaxStd, after a step.
func New(std float64, step int) Profile { return Profile{gamma(std), step} }

// gamma is the larger γ whose profile has that standard deviation: σ falls from there on.
func gamma(std float64) float64 {
	lo, hi := 0., 2/MinStd // σ(γ) < 1/(γ+2)
	for range 100 {
		if mid := (lo + hi) / 2; sigma(mid) > std {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// sigma is the standard deviation of the profile of γ, as a share of the steps.
func sigma(g float64) float64 { return math.Sqrt((g+1)/(g+3)) / (g + 2) }

// Rate is 1 − β(t) of the average's step t = p.Step: the share of the way that it moves
// to the weights.
func (p Profile) Rate() float64 { return -math.Expm1((p.Gamma + 1) * math.Log1p(-1/float64(p.Step))) }

// dot is ∫ p q dτ, algorithm 3 of EDM2.
func (p Profile) dot(q Profile) float64 {
	if p.Step > q.Step {
		p, q = q, p
	}
	share := math.Pow(float64(p.Step)/float64(q.Step), q.Gamma)
	return share * (p.Gamma + 1) * (q.Gamma + 1) / ((p.Gamma + q.Gamma + 1) * float64(q.Step))
}
