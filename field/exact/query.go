package exact

import (
	"fmt"
	"math"
)

// query is one point u with what its likelihoods are made of. The segment of
// points a x, 0 ≤ a ≤ 1, is nearest to u at some a°, from where the squared
// distance is a sum of terms that do not cancel. With δ = a° − a,
//
//	‖u − a x‖² = ‖u − a° x‖² + 2 δ (u − a° x)·x + δ² ‖x‖²
//
// Near a datum a° ≈ 1 and u − a° x = (u − x) + (1 − a°) x is formed so, from a
// length that may be far below that of u.
type query struct {
	a    *Atoms
	u    []float64
	foot []float64 // 1 − a° for each datum
	near []float64 // ‖u − a° x‖²
	lean []float64 // (u − a° x)·x
}

func (a *Atoms) query(u []float64) (*query, error) {
	if len(u) != a.Dim() {
		return nil, fmt.Errorf("exact: got a point of dimension %d, want %d, that of the data",
			len(u), a.Dim())
	}
	if i := notFinite(u); i >= 0 {
		return nil, fmt.Errorf("exact: coordinate %d of the point is %v, want a finite number", i, u[i])
	}
	k := len(a.data.Points)
	q := &query{a: a, u: u, foot: make([]float64, k), near: make([]float64, k), lean: make([]float64, k)}
	for p, x := range a.data.Points {
		if n2 := a.norm2[p]; n2 > 0 {
			_, along := separation(u, x, 0)
			q.foot[p] = min(max(-along/n2, 0), 1)
		}
		q.near[p], q.lean[p] = separation(u, x, q.foot[p])
		if !(q.near[p] <= math.MaxFloat64 && math.Abs(q.lean[p]) <= math.MaxFloat64) {
			return nil, fmt.Errorf("exact: the squared distance of the point to datum %d is %v, want a "+
				"finite number", p, q.near[p])
		}
	}
	return q, nil
}

// separation is ‖y‖² and y·x for y = u − a x, rest = 1 − a.
func separation(u, x []float64, rest float64) (square, along float64) {
	for i, v := range x {
		y := (u[i] - v) + rest*v
		square += y * y
		along += y * v
	}
	return square, along
}

// distance2 is ‖u − a x_k‖² where rest = 1 − a.
func (q *query) distance2(k int, rest float64) float64 {
	d := rest - q.foot[k]
	return max(0, q.near[k]+d*(2*q.lean[k]+d*q.a.norm2[k]))
}

// logGauss is log N(u; a x, v I) at squared distance r2.
func (q *query) logGauss(r2, v float64) float64 {
	return -0.5*float64(len(q.u))*math.Log(2*math.Pi*v) - 0.5*r2/v
}

// logLikelihood is log p(u|t).
func (q *query) logLikelihood(n *instant) float64 {
	top, sum := math.Inf(-1), 0.0
	for k := range q.near {
		l := q.a.logPi[k] + q.logGauss(q.distance2(k, n.rest), n.variance)
		if l > top {
			top, sum = l, sum*math.Exp(top-l)+1
		} else if l > math.Inf(-1) {
			sum += math.Exp(l - top)
		}
	}
	return top + math.Log(sum)
}

// bound is at least log π_k N(u; a x_k, v I) for every datum everywhere on sp, and
// log p(u|t) exceeds it by log K at most. For each datum it takes the smallest
// ‖u − a x‖ for the values 1 − a has on sp and then the best variance v = r²/D, or
// the end of sp's range nearest to that.
func (q *query) bound(sp *span) float64 {
	best := math.Inf(-1)
	dim := float64(len(q.u))
	for k, foot := range q.foot {
		r2 := q.distance2(k, min(max(foot, sp.rest[0]), sp.rest[1]))
		v := min(max(r2/dim, sp.noise[0]), sp.noise[1])
		if v == 0 {
			return math.Inf(1)
		}
		best = max(best, q.a.logPi[k]+q.logGauss(r2, v))
	}
	return best
}

// rounding is the relative error of exp(e) for a log-weight e, whose terms are
// rounded at 2⁻⁵³ of their size.
func (q *query) rounding(e float64) float64 { return 0x1p-53 * (math.Abs(e) + float64(len(q.u))) }

// unresolved is the error of a point whose posterior needs a finer rule on sp
// than float64 has.
func (q *query) unresolved(sp *span) error {
	t0, t1 := sp.br.time(sp.lo), sp.br.time(sp.hi)
	nearest := math.Inf(1)
	for _, x := range q.a.data.Points {
		r2, _ := separation(q.u, x, 0)
		nearest = min(nearest, math.Sqrt(r2))
	}
	return fmt.Errorf("exact: the posterior of a point at distance %.3g from the data is not resolved "+
		"between t = %g and %g, want a point off the data or a prior [%g, %g] that starts above 0",
		nearest, min(t0, t1), max(t0, t1), q.a.Process.Prior.Min, q.a.Process.Prior.Max)
}
