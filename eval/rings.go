package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/geometry"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "rings", About: "distance of points to two rings, share of them near, share of each ring",
	Paper: "the definition of `geometry rings`, which has exact fields",
	Make: Metric{Of: Points, Make: func(choice.Values) Measure { return rings },
		Usual: func(c *Case) bool { _, ok := c.Against.Source.(*datasets.Rings); return ok }},
})

// rings judges points in the plane of the rings and off it:
//
//	z = Pᵀu,   ρ = ‖u − Pz‖,   distance = min over R of √((‖z‖ − R)² + ρ²)
func rings(ctx context.Context, c *Case) ([]Score, error) {
	src, ok := c.Against.Source.(*datasets.Rings)
	if !ok {
		return nil, fmt.Errorf("got %s as the data, want rings: --against rings:dim=D", c.Against.Data.Kind)
	}
	r, err := c.points(ctx, c.show("sampling"))
	if err != nil {
		return nil, err
	}
	s := geometry.Circled(inPlane(r.X, src.Plane()))
	on := fmt.Sprintf("%d points", s.N)
	byShare := "√(p(1−p)/n)"
	return []Score{
		withError("distance", s.Distance, s.DistanceError, byMean, s.N, on),
		withError("within 0.1", s.Near, s.ShareError(s.Near), byShare, s.N, on),
		withError("on the inner ring", s.Inner, s.ShareError(s.Inner), byShare, s.N, on),
		withError("on the outer ring", 1-s.Inner, s.ShareError(s.Inner), byShare, s.N, on),
	}, nil
}

// inPlane are points x as z, of the plane with the orthonormal columns of p, D×2, and u − Pz
// behind it, of D coordinates more.
func inPlane(x []float32, p []float64) [][]float64 {
	dim := len(p) / 2
	points := make([][]float64, len(x)/dim)
	for i := range points {
		u := x[i*dim : (i+1)*dim]
		z := make([]float64, 2+dim)
		for k, v := range u {
			z[0] += p[2*k] * float64(v)
			z[1] += p[2*k+1] * float64(v)
		}
		for k, v := range u {
			z[2+k] = float64(v) - p[2*k]*z[0] - p[2*k+1]*z[1]
		}
		points[i] = z
	}
	return points
}
