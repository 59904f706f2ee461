package eval

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/geometry"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "modes", Example: "modes",
	About: "share of points near a normal of a mixture, how many of these are found, how evenly",
	Paper: "the high-quality samples and modes of VEEGAN, arXiv 1705.07761, section 4.1",
	Make: Metric{Of: Points, Higher: true, Make: func(choice.Values) Measure { return modes },
		Usual: func(c *Case) bool { _, ok := c.Against.Source.(*datasets.Gaussians); return ok }},
})

// modes judges points by the normal k whose mean is nearest in its deviations, in the plane of
// the mixture and off it:
//
//	z = Pᵀu,   ρ = ‖u − Pz‖,   d = min over k of √(‖z − m_k‖² + ρ²)/σ_k
//
// A point is near where d < 3, as 98.9 % of the data are in their plane; a normal is found
// where a point is near it. The divergence is that of the shares p̂ of the near points from
// the weights w, Σ p̂ log(p̂/w).
func modes(ctx context.Context, c *Case) ([]Score, error) {
	src, ok := c.Against.Source.(*datasets.Gaussians)
	if !ok {
		return nil, fmt.Errorf("got %s as the data, want gaussians: --against gaussians:dim=D",
			c.Against.Data.Kind)
	}
	means, deviations, weights := src.Law()
	for k, s := range deviations {
		if s == 0 {
			return nil, fmt.Errorf("got a deviation of 0 of normal %d, want more: nothing is near a point", k)
		}
	}
	r, err := c.points(ctx, c.show("sampling"))
	if err != nil {
		return nil, err
	}
	found, near := make([]float64, len(means)), 0.
	points := geometry.InPlane(r.X, src.Basis())
	off := make([]float64, len(points))
	for i, z := range points {
		rho := 0.
		for _, v := range z[2:] {
			rho = math.Hypot(rho, v)
		}
		off[i] = rho
		nearest, least := 0, math.Inf(1)
		for k, m := range means {
			d := math.Hypot(math.Hypot(z[0]-m[0], z[1]-m[1]), rho) / deviations[k]
			if d < least {
				nearest, least = k, d
			}
		}
		if least < 3 {
			near++
			found[nearest]++
		}
	}
	n := len(points)
	on := fmt.Sprintf("%d points", n)
	share := near / float64(n)
	scores := []Score{withError("within 3 deviations", share, math.Sqrt(share*(1-share)/float64(n)),
		"√(p(1−p)/n)", n, on)}
	modes, divergence := 0, 0.
	for k, count := range found {
		if count > 0 {
			modes++
			divergence += count / near * math.Log(count/near/weights[k])
		}
	}
	scores = append(scores, exact(fmt.Sprintf("normals found of %d", len(means)), float64(modes), n, on))
	if near > 0 {
		scores = append(scores, exact("divergence from the weights", divergence, int(near),
			fmt.Sprintf("%d points within 3 deviations", int(near))))
	}
	return append(scores, averaged("off the plane", off, on)), nil
}
