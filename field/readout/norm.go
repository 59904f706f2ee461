package readout

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
)

// Norm reads t from ‖f‖ alone. Where u tells which datum x and which noise ε it is made
// of, a perfect field is the target itself, c x + d ε, and ε is orthogonal to x:
//
//	‖f‖²/D = c(t)² P + d(t)²,   P = E‖x‖²/D
//
// t̂ is the least t at which this is as large as what is seen. Where the gain of the
// target is flat, as far from the data in Equilibrium Matching, that is where the flat
// begins: then t̂ says "at least so noisy", and ν(t̂) is right all the same.
type Norm struct {
	process *field.Process
	power   float64
}

// FromNorm is the readout by the norm for data of that mean square coordinate, P. A
// process is refused whose norm falls or stays as noise comes: noise, data, velocity.
func FromNorm(p *field.Process, power float64) (*Norm, error) {
	if !(0 <= power && power <= math.MaxFloat64) {
		return nil, fmt.Errorf("readout: FromNorm: power: got %v, want a finite number ≥ 0", power)
	}
	n := &Norm{p, power}
	const cells = 1024
	lo, hi := p.Prior.Min, p.Prior.Max
	first := n.at(lo)
	was := first
	for i := 1; i <= cells; i++ {
		now := n.at(lo + (hi-lo)*float64(i)/cells)
		if !(now >= was*(1-1e-12)) {
			return nil, fmt.Errorf("readout: FromNorm: %s/%s: got ‖f‖²/D from %.4g to %.4g at t = %.4g, want"+
				" one that rises with t, as that of eqm does", p.Schedule.Name, p.Target.Name, was, now,
				lo+(hi-lo)*float64(i)/cells)
		}
		was = now
	}
	if !(was > first*(1+1e-6)) {
		return nil, fmt.Errorf("readout: FromNorm: %s/%s: got ‖f‖²/D = %.4g at every t, want one that rises"+
			" with t, as that of eqm does", p.Schedule.Name, p.Target.Name, was)
	}
	return n, nil
}

// at is ‖f‖²/D at t.
func (n *Norm) at(t float64) float64 {
	k := n.process.At(t)
	return k.C*k.C*n.power + k.D*k.D
}

// Time is the least t whose norm is that of s.
func (n *Norm) Time(s Scalars) float64 {
	if !s.finite() {
		return math.NaN()
	}
	lo, hi := n.process.Prior.Min, n.process.Prior.Max
	seen := min(s.FF, n.at(hi)) * (1 - 1e-12)
	if seen <= n.at(lo) {
		return lo
	}
	for range 60 {
		if mid := (lo + hi) / 2; n.at(mid) < seen {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
