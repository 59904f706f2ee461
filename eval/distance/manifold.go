package distance

import (
	"context"
	"fmt"
	"slices"
	"sort"
)

// Manifold is what balls about points say of two sets. A ball reaches to the k-th nearest other
// point of its own set. Each but the two clipped ones is a mean over points, with the standard
// error of one over independent points, the balls held fixed.
type Manifold struct {
	// Precision is the share of generated points in some ball about a real one, Recall that of
	// real points in some ball about a generated one (Kynkäänniemi et al., arXiv 1904.06991).
	Precision, Recall Estimate
	// Density is how many balls about real points a generated one is in, over k; Coverage is
	// the share of balls about real points that have a generated one (Naeem et al., arXiv
	// 2002.09797).
	Density, Coverage Estimate
	// ClippedDensity and ClippedCoverage are those of Salvy et al. (arXiv 2507.01761): radii of
	// at most their median, a point counted at most k times, as a share of what real points
	// have; and a ball counted for at most k points, as the share of good samples that would
	// have as much on average.
	ClippedDensity, ClippedCoverage float64
}

// Manifolds measures by balls of k neighbours. It takes k + 1 points of either set.
func (c *Cores) Manifolds(ctx context.Context, real, generated Points, k int) (Manifold, error) {
	if k < 1 {
		return Manifold{}, fmt.Errorf("distance: precision and recall: got k = %d, want at least 1", k)
	}
	if err := check("precision and recall", k+1, real, generated); err != nil {
		return Manifold{}, err
	}
	near, err := c.nearest(ctx, real, real, k, true)
	if err != nil {
		return Manifold{}, err
	}
	others, err := c.nearest(ctx, generated, generated, k, true)
	if err != nil {
		return Manifold{}, err
	}
	r := balls{x: near.radii(), y: others.radii()}
	median := middle(slices.Clone(r.x))
	for _, r2 := range r.x {
		r.clipped = append(r.clipped, min(r2, median))
	}
	m, err := c.members(ctx, real, generated, r)
	if err != nil {
		return Manifold{}, err
	}
	ideal := make([]int32, real.N()) // the clipped balls about other real points that each is in
	for i, d2 := range near.d2 {
		if d2 <= r.clipped[i/k] {
			ideal[near.index[i]]++
		}
	}
	share := func(counts []int32, most float64) Estimate {
		values := make([]float64, len(counts))
		for i, n := range counts {
			values[i] = min(float64(n), most)
		}
		return meanOf(values)
	}
	over := func(e Estimate, by float64) Estimate { return Estimate{e.Value / by, e.SE / by} }
	recall := make([]int32, len(m.inAny))
	for i, in := range m.inAny {
		if in {
			recall[i] = 1
		}
	}
	covered := share(m.inX, float64(k)).Value / float64(k)
	return Manifold{
		Precision: share(m.ballsOf, 1), Recall: share(recall, 1),
		Density:         over(share(m.ballsOf, float64(real.N())), float64(k)),
		Coverage:        share(m.inX, 1),
		ClippedDensity:  min(1, share(m.clippedFor, float64(k)).Value/share(ideal, float64(k)).Value),
		ClippedCoverage: goodShare(covered, k, real.N(), generated.N()),
	}, nil
}

// goodShare is the share of m samples of the law of n real points that has, on average, the
// clipped coverage y. The number J of M such samples in the ball of k neighbours about a real
// point is beta-binomial, for a ball has the mass of a k-th order statistic, Beta(k, n−k):
//
//	f(M) = E[min(J, k)]/k = 1 − Σ_{j<k} (1 − j/k) P(J = j),   share = |{M ≤ m: f(M) < y}|/(m+1)
func goodShare(y float64, k, n, m int) float64 {
	f := func(samples int) float64 {
		if samples < k {
			return 0
		}
		// P(J = j) by P(J = 0) = Π_{i<k} (n−1−i)/(M+n−1−i), and the ratio of neighbours.
		p := 1.
		for i := range k {
			p *= float64(n-1-i) / float64(samples+n-1-i)
		}
		sum := 0.
		for j := range k {
			sum += (1 - float64(j)/float64(k)) * p
			p *= float64(samples-j) / float64(j+1) * float64(k+j) / float64(n-k+samples-j-1)
		}
		return 1 - sum
	}
	below := sort.Search(m+1, func(samples int) bool { return f(samples) >= y })
	return float64(below) / float64(m+1)
}
