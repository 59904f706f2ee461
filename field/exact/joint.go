package exact

import (
	"math"
	"slices"
)

// joint is the posterior over (t, datum) at one point, on panels that resolve
// it.
type joint struct {
	q      *query
	leaves []*leaf
	best   float64 // the largest log-weight
	total  float64 // Σ of all weights, in units of exp(best)
	log    float64 // log p(u)
	err    float64
}

// join finds the posterior of u down to cut below its largest log-weight and
// refines it until the averages of obs are resolved.
func (a *Atoms) join(u []float64, cut float64, obs ...observable) (*joint, error) {
	q, err := a.query(u)
	if err != nil {
		return nil, err
	}
	leaves, err := q.cover(cut)
	if err != nil {
		return nil, err
	}
	j := &joint{q: q, leaves: leaves}
	return j, j.refine(obs...)
}

// refine makes the panels of j fine enough for obs as well.
func (j *joint) refine(obs ...observable) (err error) {
	if j.leaves, j.err, err = j.q.refine(j.leaves, obs); err != nil {
		return err
	}
	slices.SortFunc(j.leaves, func(l, m *leaf) int {
		if l.nodes[0].t < m.nodes[0].t {
			return -1
		}
		return 1
	})
	j.normalise(j.q.a.logMass)
	return nil
}

// normalise sums the weights; logMass is the log of the prior's mass.
func (j *joint) normalise(logMass float64) {
	j.best, j.total = math.Inf(-1), 0
	for _, l := range j.leaves {
		j.best = max(j.best, l.top)
	}
	j.total = j.sum(func(*instant) float64 { return 1 })
	j.log = j.best + math.Log(j.total) - logMass
	j.err += j.q.rounding(j.best)
}

// sum is Σ weight·f(t), in units of exp(best).
func (j *joint) sum(f observable) float64 {
	var s float64
	for _, l := range j.leaves {
		scale := math.Exp(l.top - j.best)
		for i, m := range l.mass {
			if m *= scale; m > 0 {
				s += l.rule[i] * m * f(&l.nodes[i])
			}
		}
	}
	return s
}

// average is E[f(t) | u].
func (j *joint) average(f observable) float64 { return j.sum(f) / j.total }

// mean averages over (t, x) a vector that at each is s(u − x) + m x, where coef
// gives s and m at an instant.
func (j *joint) mean(coef coefficients) []float64 {
	points := j.q.a.data.Points
	k := len(points)
	sum, at := make([]float64, k), make([]float64, k)
	for _, l := range j.leaves {
		scale := math.Exp(l.top-j.best) / j.total
		if scale == 0 {
			continue
		}
		for i := range l.nodes {
			if l.mass[i] == 0 {
				continue
			}
			s, m := coef(&l.nodes[i])
			s, m = s*scale*l.rule[i], m*scale*l.rule[i]
			for p, w := range l.w[i*k : (i+1)*k] {
				sum[p] += w * s
				at[p] += w * m
			}
		}
	}
	out := make([]float64, len(j.q.u))
	for p, x := range points {
		for i, v := range x {
			out[i] += sum[p]*(j.q.u[i]-v) + at[p]*v
		}
	}
	return out
}

// given is the posterior over the data when the time is that of n.
func (q *query) given(n instant) *joint {
	j := &joint{q: q, leaves: []*leaf{q.weigh(nil, []instant{n}, []float64{1})}}
	j.normalise(0)
	return j
}

// edge is the posterior density at the time t, a bound of the prior, times
// width. A density that is 0/0 at its bound is taken next to it.
func (j *joint) edge(t, width float64) float64 {
	a := j.q.a
	br := a.near(t)
	n := br.at(max(br.distance(t), leastDistance), a.data.Jitter)
	if prior := a.Process.Prior; math.IsNaN(n.logPrior) {
		inside := 0x1p-45 * (prior.Max - prior.Min)
		n = br.at(br.distance(min(max(t, prior.Min+inside), prior.Max-inside)), a.data.Jitter)
	}
	return width * math.Exp(n.logPrior+j.q.logLikelihood(&n)-j.best) / j.total
}
