package exact

import (
	"math"
	"slices"
)

// joint is the posterior over (t, component) at one point, on panels that resolve
// it.
type joint struct {
	q      *query
	cut    float64
	leaves []*leaf
	best   float64 // the largest log-weight
	total  float64 // Σ of all weights, in units of exp(best)
	log    float64 // log p(u)
	err    float64
}

// join finds the posterior of u down to cut below its largest log-weight and
// refines it until the averages of obs are resolved. What it returns lives in s.
func (a *Blind) join(u []float64, s *scratch, cut float64, obs []observable) (*joint, error) {
	q, err := a.query(u, s, a.all)
	if err != nil {
		return nil, err
	}
	return q.join(cut, obs)
}

// join is Blind.join once there is a query.
func (q *query) join(cut float64, obs []observable) (*joint, error) {
	leaves, err := q.cover(cut)
	if err != nil {
		return nil, err
	}
	j := &q.s.joint
	*j = joint{q: q, cut: cut, leaves: leaves}
	return j, j.refine(obs)
}

// refine makes the panels of j fine enough for obs as well.
func (j *joint) refine(obs []observable) (err error) {
	if j.leaves, j.err, err = j.q.refine(j.leaves, obs, j.cut); err != nil {
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
	j.best = math.Inf(-1)
	for _, l := range j.leaves {
		j.best = max(j.best, l.top)
	}
	for _, l := range j.leaves {
		l.scale = math.Exp(l.top - j.best)
	}
	j.total = j.average(one)
	for _, l := range j.leaves {
		l.scale /= j.total
	}
	j.log = j.best + math.Log(j.total) - logMass
	j.err += j.q.rounding(j.best)
}

// average is E[f(t) | u].
func (j *joint) average(f observable) float64 {
	var s float64
	for _, l := range j.leaves {
		for i, m := range l.mass {
			if m *= l.scale; m > 0 {
				s += l.rule[i] * m * f(&l.nodes[i])
			}
		}
	}
	return s
}

// mean is E[g ∇E_t + x D_t | u], for functions g and x of t.
func (j *joint) mean(g, x observable) []float64 {
	out := make([]float64, len(j.q.u))
	j.meanTo(out, g, x)
	return out
}

// meanTo sets out to mean.
func (j *joint) meanTo(out []float64, g, x observable) {
	clear(out)
	if j.q.frame.columns == nil {
		j.q.sight.mean(j, g, x, out)
		return
	}
	seen := j.q.s.floats.take(j.q.a.model.dim())
	j.q.sight.mean(j, g, x, seen)
	j.q.frame.expandTo(out, seen)
}

// given is the posterior over components when the time is that of n.
func (q *query) given(n instant) *joint {
	leaves := []*leaf{q.weigh(nil, q.all, []instant{n}, []float64{1}, math.Inf(1))}
	j := &joint{q: q, leaves: leaves}
	j.normalise(0)
	return j
}

// visit calls f with the derivatives and moments at each node that has mass, and
// its share of the posterior.
func (j *joint) visit(f func(n *instant, share float64, c *local)) {
	m := j.q.a.model.dim()
	c := newLocal(m, j.q.s)
	for _, l := range j.leaves {
		w := j.q.s.floats.take(len(l.list))
		for i, mass := range l.mass {
			share := l.scale * l.rule[i] * mass
			if !(share > 0) {
				continue
			}
			for p := range w {
				w[p] = l.w[p*len(l.nodes)+i] / mass
			}
			j.q.sight.local(&l.nodes[i], l.list, w, c)
			f(&l.nodes[i], share, c)
		}
	}
}

// edge is the posterior density at the time t, a bound of the prior, times width.
func (j *joint) edge(t, width float64) float64 {
	n := j.q.a.atBound(t)
	return width * math.Exp(n.logPrior+j.q.logLikelihood(&n)-j.best) / j.total
}

func (j *joint) known() (log, err float64) { return j.log, j.err }

// atBound is the instant at a bound of the prior, or next to one where its density is 0/0.
func (a *Blind) atBound(t float64) instant {
	br := a.near(t)
	n := br.at(max(br.distance(t), leastDistance))
	if prior := a.Process.Prior; math.IsNaN(n.logPrior) {
		inside := 0x1p-45 * (prior.Max - prior.Min)
		n = br.at(br.distance(min(max(t, prior.Min+inside), prior.Max-inside)))
	}
	return n
}
