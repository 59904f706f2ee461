package field

import "math"

// Posterior is what a noise-blind observer can say about one point u. Vectors
// have the dimension of u.
//
//	Field = Natural + Transport + Drift u
type Posterior struct {
	Energy    float64   // E_marg = −log p(u)
	Grad      []float64 // ∇E_marg = E[(u − a D_t)/b² | u]
	Field     []float64 // f* = E[f_t* | u]
	Lambda    float64   // λ̄ = E[λ | u]
	Drift     float64   // E[c/a | u]
	Natural   []float64 // λ̄ ∇E_marg
	Transport []float64 // E[(λ − λ̄)(∇E_t − ∇E_marg) | u]
	Mean, Var float64   // of t given u
	// EdgeLo and EdgeHi are the posterior mass in the first and the last
	// quadrature panel: how much the bounds of the prior decide.
	EdgeLo, EdgeHi float64
}

// At is the posterior of u over all noise times.
func (a *Atoms) At(u []float64) Posterior {
	j := a.join(u, a.nodes)
	p := Posterior{
		Energy: -j.log,
		Grad:   j.mean(gradient),
		Field:  j.mean(target),
	}
	n := len(j.nodes)
	for i, m := range j.mass {
		p.Lambda += m * j.nodes[i].lambda
		p.Drift += m * j.nodes[i].drift
		p.Mean += m * j.nodes[i].T
		if i < nodesPerPanel {
			p.EdgeLo += m
		}
		if i >= n-nodesPerPanel {
			p.EdgeHi += m
		}
	}
	for i, m := range j.mass {
		d := j.nodes[i].T - p.Mean
		p.Var += m * d * d
	}
	// Σ(λ−λ̄)∇E_marg = 0, so the second factor needs no centring.
	p.Transport = j.mean(func(n *instant) (s, x float64) {
		s, x = gradient(n)
		return (n.lambda - p.Lambda) * s, (n.lambda - p.Lambda) * x
	})
	p.Natural = make([]float64, len(u))
	for i, g := range p.Grad {
		p.Natural[i] = p.Lambda * g
	}
	return p
}

// Field is the blind optimum f*(u), what a perfect network without a clock
// outputs at u.
func (a *Atoms) Field(u []float64) []float64 { return a.join(u, a.nodes).mean(target) }

// Energy is E_marg(u) = −log p(u), p normalised over the prior's range.
func (a *Atoms) Energy(u []float64) float64 { return -a.join(u, a.nodes).log }

// Conditional is what an observer told t can say about one point u.
type Conditional struct {
	Energy   float64   // E_t = −log p(u|t)
	Grad     []float64 // ∇E_t
	Denoised []float64 // D_t = E[x | u, t]
	Field    []float64 // f_t* = c D_t + d ε̂_t
}

// Given is the posterior of u when the noise time is known to be t, at which
// a² jitter² + b² must not be 0.
func (a *Atoms) Given(u []float64, t float64) Conditional {
	j := a.join(u, []instant{a.node(t)})
	return Conditional{Energy: -j.log, Grad: j.mean(gradient), Field: j.mean(target),
		Denoised: j.mean(denoised)}
}

// joint is the posterior over (node, point) at one u.
type joint struct {
	a     *Atoms
	u     []float64
	nodes []instant
	w     []float64 // W_ik, nodes × K, Σ = 1
	mass  []float64 // Σ_k W_ik
	log   float64   // log p(u)
}

// negligible is a log-weight too small to show: e⁻¹⁰⁰ < 1e-43, while no average
// has a factor above 1e18 at a node, since the panels stop 2⁻⁵⁰ from a pole.
const negligible = -100

// join weighs every (node, point). With a near 1 and b small, ‖u − a x‖² is
// formed from u − x, whose length may be far below that of u:
//
//	‖u − a x‖² = ‖u−x‖² + 2(1−a)(u−x)·x + (1−a)²‖x‖²
func (a *Atoms) join(u []float64, nodes []instant) joint {
	points := a.data.Points
	if len(u) != len(points[0]) {
		panic("field: Atoms: the point has another dimension than the data")
	}
	k := len(points)
	far2, along := make([]float64, k), make([]float64, k)
	for p, x := range points {
		for i, v := range x {
			d := u[i] - v
			far2[p] += d * d
			along[p] += d * v
		}
	}
	j := joint{a: a, u: u, nodes: nodes, w: make([]float64, len(nodes)*k), mass: make([]float64, len(nodes))}
	best := math.Inf(-1)
	for i := range nodes {
		n := &nodes[i]
		shift, half := 1-n.A, 0.5/n.variance
		base := n.logMass - 0.5*float64(len(u))*math.Log(2*math.Pi*n.variance)
		for p := range points {
			r2 := far2[p] + shift*(2*along[p]+shift*a.norm2[p])
			l := base + a.logPi[p] - max(r2, 0)*half
			if !(l <= math.MaxFloat64) { // b = 0 at the datum or NaN from 0·∞: no mass
				l = math.Inf(-1)
			}
			j.w[i*k+p] = l
			best = max(best, l)
		}
	}
	var total float64
	for i, l := range j.w {
		var e float64
		if l -= best; l > negligible {
			e = math.Exp(l)
		}
		j.w[i] = e
		j.mass[i/k] += e
		total += e
	}
	for i := range j.w {
		j.w[i] /= total
	}
	for i := range j.mass {
		j.mass[i] /= total
	}
	j.log = best + math.Log(total)
	return j
}

// mean averages over (t, x) a vector that at each is s(u − x) + m x, where coef
// gives s and m at a node.
func (j joint) mean(coef func(*instant) (s, m float64)) []float64 {
	points := j.a.data.Points
	k := len(points)
	sum, at := make([]float64, k), make([]float64, k)
	for i := range j.nodes {
		if j.mass[i] == 0 {
			continue
		}
		s, m := coef(&j.nodes[i])
		for p, w := range j.w[i*k : (i+1)*k] {
			sum[p] += w * s
			at[p] += w * m
		}
	}
	out := make([]float64, len(j.u))
	for p, x := range points {
		for i, v := range x {
			out[i] += sum[p]*(j.u[i]-v) + at[p]*v
		}
	}
	return out
}

// spread turns s(u − a x) into the coordinates of joint.mean.
func (n *instant) spread(s float64) (float64, float64) { return s, s * (1 - n.A) }

// gradient is ∇E_t = E[(u − a x)/v].
func gradient(n *instant) (float64, float64) { return n.spread(1 / n.variance) }

// target is c E[x|u,t,k] + d E[ε|u,t,k], where with v = a²j² + b²
//
//	E[x|u,t,k] = x_k + (a j²/v)(u − a x_k),   E[ε|u,t,k] = (b/v)(u − a x_k)
func target(n *instant) (float64, float64) {
	s, m := n.spread((n.C*n.blur() + n.D*n.B) / n.variance)
	return s, m + n.C
}

// blur is a jitter².
func (n *instant) blur() float64 { return n.jitter2 * n.A }

// denoised is E[x|u,t,k].
func denoised(n *instant) (float64, float64) {
	s, m := n.spread(n.blur() / n.variance)
	return s, m + 1
}
