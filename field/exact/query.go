package exact

import (
	"fmt"
	"math"
)

// query is one point u on its way through the quadrature.
type query struct {
	a     *Blind
	s     *scratch
	u     []float64
	all   []int32 // the components that are looked at
	sight sight
	frame frame
	best  float64 // the largest log-weight of the leaves so far
	guess float64 // what best will exceed, as far as one can tell before there are leaves
	lost  float64 // the relative error of weights that the sight has beside their rounding
}

func (a *Blind) query(u []float64, s *scratch, list []int32) (*query, error) {
	if len(u) != a.Dim() {
		return nil, fmt.Errorf("exact: got a point of dimension %d, want %d, that of the data",
			len(u), a.Dim())
	}
	if i := notFinite(u); i >= 0 {
		return nil, fmt.Errorf("exact: coordinate %d of the point is %v, want a finite number", i, u[i])
	}
	sight, frame, err := a.model.see(u, list, s)
	if err != nil {
		return nil, err
	}
	s.query = query{a: a, s: s, u: u, all: list, sight: sight, frame: frame,
		best: math.Inf(-1), guess: math.Inf(-1)}
	return &s.query, nil
}

// isotropic is the number of directions that hold no part of the point.
func (q *query) isotropic() int { return len(q.u) - q.a.model.dim() }

// logGauss is log N(y; 0, v I) in dim dimensions at ‖y‖² = r2, −Inf where v
// is too small for float64.
func logGauss(dim int, r2, v float64) float64 {
	if v == 0 && r2 > 0 {
		return math.Inf(-1)
	}
	return -0.5*float64(dim)*math.Log(2*math.Pi*v) - 0.5*r2/v
}

// mostGauss is the largest log N(y; 0, v I) over variances from least to most.
func mostGauss(dim int, r2, least, most float64) float64 {
	v := min(max(r2/float64(dim), least), most)
	if v == 0 && r2 == 0 {
		return math.Inf(1)
	}
	return logGauss(dim, r2, v)
}

// logLikelihood is log p(u|t).
func (q *query) logLikelihood(n *instant) float64 {
	out := q.s.floats.take(len(q.all))
	nodes := q.s.nodes.one()[:1]
	nodes[0] = *n
	q.sight.logWeights(nodes, q.all, out)
	top, sum := math.Inf(-1), 0.0
	for _, l := range out {
		if l > top {
			top, sum = l, sum*math.Exp(top-l)+1
		} else if l > math.Inf(-1) {
			sum += math.Exp(l - top)
		}
	}
	return top + math.Log(sum)
}

// rounding is the relative error of exp(e) for a log-weight e, whose terms are
// rounded at 2⁻⁵³ of their size, in a sight that has lost no more.
func (q *query) rounding(e float64) float64 {
	return q.lost + 0x1p-53*(math.Abs(e)+float64(len(q.u)))
}

// Unresolved is the error of a point whose posterior needs finer panels than float64 has: of a
// datum, or of a point so near to one that they round to the same.
type Unresolved struct {
	Distance float64 // of the point to the data
	From, To float64 // the times between which it is not resolved
	Min, Max float64 // the range of the prior
}

func (e *Unresolved) Error() string {
	return fmt.Sprintf("exact: the posterior of a point at distance %.3g from the data is not resolved "+
		"between t = %.6g and %.6g, want a point off the data, or in place of the prior on [%g, %g] one "+
		"that starts above 0, like uniform:min=0.001", e.Distance, e.From, e.To, e.Min, e.Max)
}

func (q *query) unresolved(sp *span) error {
	from, to := sp.times()
	return &Unresolved{Distance: q.sight.nearest(), From: from, To: to, Min: q.a.Process.Prior.Min,
		Max: q.a.Process.Prior.Max}
}

// Arrived sets out to the field that a sampler follows at u where u is a datum and f* has no value,
// because its limit depends on where one comes from: the middle of all limits, which is that of
// the datum alone, D_t = u, at the least noise:
//
//	f = c u + d ε,   ε = (1 − a) u/b
//
// With the schedule edm a point rests there under every target, with linear under velocities.
func (a *Blind) Arrived(out, u []float64) {
	t := a.Process.Prior.Min
	br := a.near(t)
	n := br.at(max(br.distance(t), leastDistance))
	for i, v := range u {
		out[i] = n.c*v + n.d*(n.rest/n.b)*v
	}
}
