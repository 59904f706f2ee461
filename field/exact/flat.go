package exact

import (
	"fmt"
	"math"
)

// Flat is the improper uniform distribution of all of R^d, the prior of
// Proposition 1 of The Geometry of Noise: Lifted, data spread evenly over a
// subspace. It is the limit of a normal that grows wide, of which E_marg keeps
// what does not go to infinity, so that its energies are up to a constant:
//
//	p(u|t) = ∫ N(u; a x, b² I) dx = a^−d
//
// A Process must end where a > 0.
type Flat int

// Dim is d.
func (f Flat) Dim() int { return int(f) }

func (f Flat) prepare() (model, error) {
	if f < 1 {
		return nil, fmt.Errorf("exact: Flat: got dimension %d, want at least 1", int(f))
	}
	return f, nil
}

func (f Flat) components() int  { return 1 }
func (f Flat) dim() int         { return int(f) }
func (f Flat) blurs() []float64 { return []float64{0} }
func (f Flat) flat() bool       { return true }

// flatSight is a Flat as u sees it: ∇E_t = 0, E[x|u,t] = u/a, Cov(x|u,t) = (b/a)² I.
type flatSight struct {
	Flat
	u []float64
}

func (f Flat) see(u []float64, _ []int32, _ *scratch) (sight, frame, error) {
	return flatSight{f, u}, frame{dim: int(f)}, nil
}

func (g flatSight) narrow(sp *span, list []int32, floor float64, kept []int32) (float64, float64, []int32) {
	bound := -float64(g.Flat) * math.Log(sp.a[0])
	if bound >= floor {
		kept = append(kept, list...)
	}
	m := sp.middle()
	return bound, -float64(g.Flat) * math.Log(m.a), kept
}

func (g flatSight) logWeights(nodes []instant, _ []int32, out []float64) {
	for i := range out { // one component
		out[i] = -float64(g.Flat) * math.Log(nodes[i].a)
	}
}

func (g flatSight) mean(j *joint, _, x observable, out []float64) {
	addScaled(out, j.average(func(n *instant) float64 { return x(n) / n.a }), g.u)
}

func (g flatSight) local(n *instant, _ []int32, _ []float64, c *local) {
	c.clear()
	addScaled(c.mean, 1/n.a, g.u)
	addDiagonal(c.cov, len(g.u), (n.b/n.a)*(n.b/n.a))
}

func (g flatSight) nearest() float64 { return 0 } // it has its mass everywhere
