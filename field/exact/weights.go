package exact

import (
	"slices"
)

// vector is E[g ∇E_t + x D_t | u], for functions g and x of t.
type vector struct{ g, x observable }

// share is what u and what a datum of weight w have in v at n, with
//
//	E[x|u,t,k] = x_k + (a j²/v)(u − a x_k),   ∇E_t = Σ_k w_k (u − a x_k)/v
func (v *vector) share(n *instant, jitter2 float64) (own, datum float64) {
	m := v.x(n)
	s := (v.g(n) + m*n.a*jitter2) / n.variance(jitter2)
	return s, m - n.a*s
}

// weights sets each row of weight to what the data have in a vector, one row for each, and
// own to what u has:
//
//	E[g ∇E_t + x D_t | u] = own u + Σ_k weight_k x_k
func (p *crowdPosterior) weights(vectors []vector, weight [][]float64, own []float64) {
	g := p.g
	clear(own)
	for v := range vectors {
		clear(weight[v])
	}
	for k := 0; k < len(g.ux); k += crowdPart {
		end := min(k+crowdPart, len(g.ux))
		for i := range p.nodes {
			n := &p.nodes[i]
			slope, q := g.slopes(&n.instant)
			for v := range vectors {
				s, w := vectors[v].share(&n.instant, g.jitter2)
				expAdd(weight[v][k:end], g.ux[k:end], g.norms[k:end], -n.ell, slope, q, n.mu*w)
				if k == 0 {
					own[v] += n.mu * s
				}
			}
		}
	}
}

// some are the data with the least and the largest u·x and ‖x‖², and 8 others.
func (g *seen) some() []int {
	var least, most [2]int
	for k, v := range g.ux {
		if v < g.ux[least[0]] {
			least[0] = k
		} else if v > g.ux[most[0]] {
			most[0] = k
		}
	}
	for k, v := range g.norms {
		if v < g.norms[least[1]] {
			least[1] = k
		} else if v > g.norms[most[1]] {
			most[1] = k
		}
	}
	some := append(least[:], most[:]...)
	for i := range 8 {
		some = append(some, len(g.ux)*i/8)
	}
	slices.Sort(some)
	return slices.Compact(some)
}
