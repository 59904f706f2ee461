package geometry

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field/exact"
)

// LawOf is the distribution that the samples of src were drawn from, where it has a closed
// form: that of rings and of gaussians.
func LawOf(src datasets.Source) (exact.Law, error) {
	lifted := exact.Lifted{Ambient: src.Info().Shape.Len()}
	switch s := src.(type) {
	case *datasets.Rings:
		radii, jitter := s.Law()
		lifted.Law, lifted.Basis = exact.Rings{Radii: radii[:], Jitter: jitter}, s.Basis()
	case *datasets.Gaussians:
		lifted.Law, lifted.Basis = mixtureOf(s), s.Basis()
	default:
		return nil, fmt.Errorf("geometry: LawOf: got %s, want rings or gaussians: no other data have a law "+
			"in closed form", src.Info().Name)
	}
	return lifted, nil
}

// mixtureOf is the law of g in its plane. That of one deviation costs less than that of
// several, which must not be 0.
func mixtureOf(g *datasets.Gaussians) exact.Law {
	at, deviations, weights := g.Law()
	means := make([][]float64, len(at))
	for k := range at {
		means[k] = at[k][:]
	}
	if slices.Min(deviations) == slices.Max(deviations) {
		return exact.Mixture{Points: means, Weights: weights, Jitter: deviations[0]}
	}
	covs := make([][][]float64, len(at))
	for k, s := range deviations {
		covs[k] = [][]float64{{s * s, 0}, {0, s * s}}
	}
	return exact.Gaussians{Means: means, Covs: covs, Weights: weights}
}
