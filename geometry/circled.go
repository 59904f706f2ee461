package geometry

import (
	"math"
	"slices"

	"github.com/stillfield/stillfield/meter"
)

// Circles says how points lie to the two circles, of radii 0.5 and 1 (theory: the ring
// experiment of Figure 5).
type Circles struct {
	N                       int
	Distance, DistanceError float64 // mean distance to the nearer circle, with its standard error
	Median, Largest         float64 // distance: the mean of a few that stray says little of most
	Near                    float64 // share of points within 0.1 of one
	Far                     float64 // share of points beyond 1 of both
	Inner                   float64 // share of points whose nearer circle is the inner one
}

// ShareError is the standard error of a share of c.N points.
func (c Circles) ShareError(share float64) float64 {
	return math.Sqrt(share * (1 - share) / float64(c.N))
}

// Circled measures points, of which the first two coordinates are those of the plane of the
// circles and the others lead out of it.
func Circled(points [][]float64) Circles {
	ds, c := make([]float64, len(points)), Circles{N: len(points)}
	var near, far, inner float64
	for i, u := range points {
		d, circle := missed(u)
		if ds[i] = d; d < 0.1 {
			near++
		}
		if d > 1 {
			far++
		}
		if circle == 0 {
			inner++
		}
	}
	e, n := meter.Mean(ds), float64(c.N)
	c.Distance, c.DistanceError, c.Near, c.Far = e.Mean, e.SE, near/n, far/n
	c.Inner = inner / n
	slices.Sort(ds)
	c.Median, c.Largest = ds[len(ds)/2], ds[len(ds)-1]
	return c
}
