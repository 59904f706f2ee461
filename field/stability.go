package field

import (
	"fmt"
	"math"
)

// Stability is what a sampler of u̇ = μu + νf that knows the time makes of an error
// in a blind field, as far as the process alone decides it.
type Stability struct {
	// NuData and NuNoise are the orders of the pole of ν at t = 0 and at the end of
	// the schedule: ν grows like the distance to the power −order, 0 where it is
	// bounded. A schedule without an end has no pole there.
	NuData, NuNoise float64
	// NuLargest is the largest |ν| on the range of the prior, +Inf at a pole.
	NuLargest float64
	// Feedback is the rate at which the blind flow itself undoes an error in the
	// distance r to an isolated datum, for each e-fold by which the noise b falls:
	// the error falls like b^Feedback. It is d log|λ|/d log b − 1 at t = 0.
	//
	// Told t, the field is f_t = (λ/b²)(u − a x) + (c/a)u and the flow is
	// (ḃ/b)(u − a x) + …, rate 1. Blind, f* has λ/b² at t̂ ∝ b⁻¹(r) in place of t, so
	// its slope in r is that of r·(λ/b²)(r), which is (1 + q)(λ/b²) where λ/b² ~ b^q.
	// As νλ = (b/a)(ḃa − ȧb) → bḃ, the rate is 1 + q. It is 1 for data prediction and
	// Equilibrium Matching, whose errors fall with the noise, 0 for noise prediction,
	// which keeps them, and −1 for the velocity of a schedule with b ~ √t. NaN where
	// the order of λ or of b is not known.
	Feedback float64
	// NoiseLargest is the largest b/a on the range of the prior. An error Δε of the
	// noise that the field stands for moves the datum by ∫ Δε d(b/a), whatever clock
	// the path is run by. It is +Inf where the prior reaches a = 0.
	NoiseLargest float64

	process *Process
}

// Stability derives the orders from the expressions; they are measured to a quarter
// where leading terms cancel.
func (p *Process) Stability() Stability {
	lo, hi := p.Prior.Min, p.Prior.Max
	s := Stability{process: p, NoiseLargest: math.Abs(p.Schedule.B.Eval(hi) / p.Schedule.A.Eval(hi))}
	for _, pole := range p.poles {
		if pole.Quantity != "ν" {
			continue
		}
		switch pole.At {
		case 0:
			s.NuData = pole.Order
		case p.Schedule.End:
			s.NuNoise = pole.Order
		}
		if lo <= pole.At && pole.At <= hi {
			s.NuLargest = math.Inf(1)
		}
	}
	const cells = 1000
	for i := range cells + 1 {
		w := float64(i) / cells
		s.NuLargest = max(s.NuLargest, math.Abs(p.Nu.Eval(lo+w*(hi-lo))))
	}
	lambda, b := growthAt(p.Lambda, 0, 1), growthAt(p.Schedule.B, 0, 1)
	s.Feedback = math.NaN()
	if lambda.known && b.known && lambda.flat == 0 && b.flat == 0 && b.power > 0 {
		s.Feedback = lambda.power/b.power - 1
	}
	return s
}

// Verdict is s in one sentence, which names schedule and target: neither is stable or
// unstable without the other.
func (s Stability) Verdict() string {
	p := s.process
	most := fmt.Sprintf("at most %.4g", s.NuLargest)
	if math.IsInf(s.NuLargest, 1) {
		most = "without a bound"
	}
	return fmt.Sprintf("on %s, %s %s; its gain ν %s, %s for t in [%g, %g]", p.Schedule.Name, p.Target.Name,
		s.inWords(), s.ends(), most, p.Prior.Min, p.Prior.Max)
}

// inWords says what becomes of an error near the data.
func (s Stability) inWords() string {
	const tiny = 1e-9
	switch f := s.Feedback; {
	case math.IsNaN(f):
		return "is of unknown order near the data"
	case f > tiny:
		return fmt.Sprintf("undoes its errors near the data (they fall like b^%.3g)", f)
	case f < -tiny:
		return fmt.Sprintf("is unstable near the data (errors grow like b^%.3g)", f)
	}
	return "keeps its errors near the data (no feedback)"
}

// ends says how ν behaves at both ends of the schedule.
func (s Stability) ends() string {
	noise := fmt.Sprintf("(%g−t)^−%.3g at the noise", s.process.Schedule.End, s.NuNoise)
	switch data := fmt.Sprintf("t^−%.3g at the data", s.NuData); {
	case s.NuData > 0 && s.NuNoise > 0:
		return "grows like " + data + " and " + noise
	case s.NuData > 0:
		return "grows like " + data
	case s.NuNoise > 0:
		return "grows like " + noise
	}
	return "has no pole"
}
