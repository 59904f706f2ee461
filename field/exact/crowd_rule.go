package exact

import (
	"cmp"
	"math"
	"slices"
)

// crowdNode is a time of the posterior over a crowd, its share of it, and ℓ there.
type crowdNode struct {
	instant
	mu, ell float64
}

// crowdPosterior is the posterior of t over a crowd.
type crowdPosterior struct {
	g        *crowdSight
	nodes    []crowdNode
	log, err float64 // log p(u), and the relative error of averages
}

func (p *crowdPosterior) average(f observable) float64 {
	var s float64
	for i := range p.nodes {
		s += p.nodes[i].mu * f(&p.nodes[i].instant)
	}
	return s
}

func (p *crowdPosterior) known() (log, err float64) { return p.log, p.err }

// nothing is the logarithm of a share that is none.
const nothing = -60

func (p *crowdPosterior) edge(t, width float64) float64 {
	g := p.g
	n := g.d.atBound(t)
	v, total := n.variance(g.jitter2), p.log+g.d.logMass
	if g.lost(v) < mostLost {
		return width * math.Exp(g.at(n).log-total)
	}
	r2 := max(0, nearest(g.r2, g.ux, g.norms, g.u2, n.a, n.a)-g.doubt)
	if math.Log(float64(len(g.ux)))+g.d.points.logPi[0]+logGauss(g.dim, r2, v)+n.logPrior-total < nothing {
		return 0
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	q, err := g.d.query(g.u, s, g.d.all)
	if err != nil {
		return 0
	}
	return width * math.Exp(n.logPrior+q.logLikelihood(&n)-total)
}

// baseNode is a time and log w p N(u; 0, v I), with what the time stands for.
type baseNode struct{ t, log float64 }

// crowdOrders are the orders of Gauss rules that are tried, and mostPanels how many panels the
// measure that they are of may have.
var crowdOrders = []int{24, 36, 54}

const mostPanels = 96

// rule finds the posterior as a Gauss rule of a few times. Were ℓ a parabola, the posterior would be
// known in closed form; its Gauss rule of n nodes times exp(ℓ − parabola) there is the posterior's, to all
// degrees up to where that factor is resolved: n exponentials for each datum. It is not ok where
// the last coefficients of an average, or of what one of some data has in it, in the rule's
// orthogonal polynomials do not say that its error is tol.
func (g *crowdSight) rule(cut float64, obs []observable, vectors []vector) (*crowdPosterior, bool) {
	found, left, ok := g.locate(cut)
	if !ok {
		return nil, false
	}
	three, sigma, ok := peak(g.times(found))
	if !ok {
		return nil, false
	}
	base, ok := g.base(found, sigma)
	if !ok {
		return nil, false
	}
	for range 2 {
		mean, sigma := g.weigh(base, three)
		lo, hi := base[0].t, base[0].t
		for i := range base {
			lo, hi = min(lo, base[i].t), max(hi, base[i].t)
		}
		if !(sigma > 0) {
			return nil, false
		}
		for i, t := range [3]float64{max(lo, mean-2.5*sigma), mean, min(hi, mean+2.5*sigma)} {
			br := g.d.near(t)
			three[i] = g.at(br.weighs(br.distance(t)))
		}
	}
	g.weigh(base, three)
	for _, n := range crowdOrders {
		if p, ok := g.few(base, three, n, obs, vectors); ok {
			return p, left < p.log+g.d.logMass-cut+2*explained
		}
	}
	return nil, false
}

// times are those at the ends of what was found and, of one stretch alone, in its middle, in order.
func (g *crowdSight) times(found []stretch) []seenTime {
	times := g.s.times[:0]
	for i := range found {
		times = append(times, found[i].lo, found[i].hi)
	}
	if len(found) == 1 {
		times = append(times, g.at(found[0].sp.middle()))
	}
	slices.SortFunc(times, func(p, q seenTime) int { return cmp.Compare(p.t, q.t) })
	times = slices.CompactFunc(times, func(p, q seenTime) bool { return p.t == q.t })
	g.s.times = times
	return times
}

// peak is the time of the largest log-weight and its neighbours, and the width of the parabola
// through them.
func peak(times []seenTime) (three [3]seenTime, sigma float64, ok bool) {
	if len(times) < 3 {
		return three, 0, false
	}
	top := 0
	for i := range times {
		if times[i].log > times[top].log {
			top = i
		}
	}
	copy(three[:], times[min(max(top-1, 0), len(times)-3):])
	_, _, bend := parabola(three, func(n *seenTime) float64 { return n.log })
	sigma = (three[2].t - three[0].t) / 4
	if bend < 0 {
		sigma = min(sigma, math.Sqrt(-1/(2*bend)))
	}
	return three, sigma, sigma > 0
}

// parabola is f through three times: f(t) = at + (t − t₁)(slope + bend (t − t₀)).
func parabola(n [3]seenTime, f func(*seenTime) float64) (at, slope, bend float64) {
	y0, y1, y2 := f(&n[0]), f(&n[1]), f(&n[2])
	s01, s12 := (y1-y0)/(n[1].t-n[0].t), (y2-y1)/(n[2].t-n[1].t)
	bend = (s12 - s01) / (n[2].t - n[0].t)
	return y1, s01, bend
}

// base is the times of panels of about the width sigma over the stretches found.
func (g *crowdSight) base(found []stretch, sigma float64) ([]baseNode, bool) {
	base := g.s.base[:0]
	panels := 0
	for i := range found {
		sp := found[i].sp
		n := int(math.Ceil((sp.hi - sp.lo) / (1.5 * sigma)))
		if panels += n; panels > mostPanels {
			return nil, false
		}
		half := (sp.hi - sp.lo) / float64(2*n)
		for j := range n {
			for k, x := range gauss.x {
				n := sp.br.weighs(sp.lo + half*(float64(2*j+1)+x))
				base = append(base, baseNode{n.t, math.Log(gauss.w[k]*half) + n.logPrior + g.normal(&n)})
			}
		}
	}
	g.s.base = base
	return base, true
}

// ell is the parabola through three.
func ellOf(three [3]seenTime) func(t float64) float64 {
	at, slope, bend := parabola(three, func(n *seenTime) float64 { return n.ell })
	return func(t float64) float64 { return at + (t-three[1].t)*(slope+bend*(t-three[0].t)) }
}

// weigh is mean and deviation of t in the measure of base where ℓ is the parabola through three.
func (g *crowdSight) weigh(base []baseNode, three [3]seenTime) (mean, sigma float64) {
	t, mu, _ := g.measure(base, three)
	var square float64
	for i, m := range mu {
		mean += m * t[i]
	}
	for i, m := range mu {
		square += m * (t[i] - mean) * (t[i] - mean)
	}
	return mean, math.Sqrt(square)
}

// measure is base with ℓ the parabola through three: its times and their shares, and the log of
// the whole.
func (g *crowdSight) measure(base []baseNode, three [3]seenTime) (t, mu []float64, log float64) {
	t, mu = g.s.floats.take(len(base)), g.s.floats.take(len(base))
	ell := ellOf(three)
	top := math.Inf(-1)
	for i := range base {
		n := &base[i]
		t[i], mu[i] = n.t, n.log+ell(n.t)
		top = max(top, mu[i])
	}
	var total float64
	for i := range mu {
		mu[i] = math.Exp(mu[i] - top)
		total += mu[i]
	}
	for i := range mu {
		mu[i] /= total
	}
	return t, mu, top + math.Log(total)
}

// few is the posterior as a rule of n nodes, and whether that resolves it.
func (g *crowdSight) few(base []baseNode, three [3]seenTime, n int, obs []observable, vectors []vector) (
	*crowdPosterior, bool) {
	t, mu, log := g.measure(base, three)
	rule, ok := newGaussRule(t, mu, n, g.s)
	if !ok {
		return nil, false
	}
	guess := ellOf(three)
	nodes := make([]instant, n)
	ell := make([]float64, n)
	for i, t := range rule.node {
		br := g.d.near(t)
		nodes[i] = br.at(br.distance(t))
		ell[i] = guess(t)
	}
	g.partition(nodes, ell)
	p := &crowdPosterior{g: g, nodes: g.s.crowd[:0]}
	top := math.Inf(-1)
	for i := range ell {
		top = max(top, ell[i]-guess(nodes[i].t))
	}
	var total float64
	for i := range nodes {
		m := rule.weight[i] * math.Exp(ell[i]-guess(nodes[i].t)-top)
		p.nodes = append(p.nodes, crowdNode{nodes[i], m, ell[i]})
		total += m
	}
	for i := range p.nodes {
		p.nodes[i].mu /= total
	}
	g.s.crowd = p.nodes
	p.log = log + top + math.Log(total) - g.d.logMass
	p.err = g.lost(nodes[0].variance(g.jitter2)) + 0x1p-53*(math.Abs(p.log)+float64(g.dim))
	right := g.resolved(p, &rule, obs, vectors)
	return p, right
}

// resolved reports whether the averages of obs, and what some data have in the vectors, are resolved
// by the rule of p to rounding, and adds the error that is left to that of p.
func (g *crowdSight) resolved(p *crowdPosterior, rule *gaussRule, obs []observable, vectors []vector) bool {
	tol := max(tolerance, p.err)
	var worst float64
	f := g.s.floats.take(len(p.nodes))
	for j := range len(obs) + 1 {
		for i := range p.nodes {
			f[i] = p.nodes[i].mu
			if j > 0 {
				f[i] *= obs[j-1](&p.nodes[i].instant)
			}
		}
		size, err := rule.tail(f)
		if !(err <= tol*size) {
			return false
		}
		if size > 0 {
			worst = max(worst, err/size)
		}
	}
	for _, k := range g.some() {
		for v := range vectors {
			var mean float64
			for i := range p.nodes {
				n := &p.nodes[i]
				_, share := vectors[v].share(&n.instant, g.jitter2)
				pp, q := g.slopes(&n.instant)
				f[i] = n.mu * share * math.Exp(pp*g.ux[k]-q*g.norms[k]-n.ell)
				mean += math.Abs(n.mu*share) / float64(len(g.ux))
			}
			size, err := rule.tail(f)
			if !(err <= tol*(size+mean)) {
				return false
			}
		}
	}
	p.err += worst
	return true
}
