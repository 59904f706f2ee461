package distance

import (
	"context"
	"math"
)

// Told is how often the nearest other point says which of two sets a point is of, Lopez-Paz
// and Oquab's 1-NN test (arXiv 1610.06545): ½ on average where the laws are one, more where
// they are apart, less where points of one set are copies of the other's. A tie counts half.
type Told struct {
	// All is the share of all points, Real and Generated that of those of one set.
	All, Real, Generated Estimate
	N                    int // points of either set
}

// TwoSample tells apart as many points of either set; where one has more, a random choice of
// them. Its standard errors are those of independent points, √(p(1−p)/n).
func (c *Cores) TwoSample(ctx context.Context, real, generated Points, seed uint64) (Told, error) {
	if err := check("two-sample test", 2, real, generated); err != nil {
		return Told{}, err
	}
	n := min(real.N(), generated.N())
	sets := [2]Points{real, generated}
	for i, p := range sets {
		if p.N() > n {
			sets[i] = p.chosen(shuffled(p.N(), n, seed, uint64(i), drawPrefix))
		}
	}
	var right [2]float64
	for s, x := range sets {
		own, err := c.nearest(ctx, x, x, 1, true)
		if err != nil {
			return Told{}, err
		}
		other, err := c.nearest(ctx, x, sets[1-s], 1, false)
		if err != nil {
			return Told{}, err
		}
		for i, d2 := range own.d2 {
			switch {
			case d2 < other.d2[i]:
				right[s]++
			case d2 == other.d2[i]:
				right[s] += .5
			}
		}
	}
	share := func(right float64, n int) Estimate {
		p := right / float64(n)
		return Estimate{p, math.Sqrt(p * (1 - p) / float64(n))}
	}
	return Told{share(right[0]+right[1], 2*n), share(right[0], n), share(right[1], n), n}, nil
}
