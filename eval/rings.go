package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/geometry"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "rings", Example: "rings", About: "distance of points to two rings, share near, share of each ring",
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
	s := geometry.Circled(geometry.InPlane(r.X, src.Basis()))
	on := fmt.Sprintf("%d points", s.N)
	byShare := "√(p(1−p)/n)"
	return []Score{
		withError("distance", s.Distance, s.DistanceError, byMean, s.N, on),
		exact("median distance", s.Median, s.N, on),
		withError("within 0.1", s.Near, s.ShareError(s.Near), byShare, s.N, on),
		withError("beyond 1", s.Far, s.ShareError(s.Far), byShare, s.N, on),
		withError("on the inner ring", s.Inner, s.ShareError(s.Inner), byShare, s.N, on),
		withError("on the outer ring", 1-s.Inner, s.ShareError(s.Inner), byShare, s.N, on),
	}, nil
}
