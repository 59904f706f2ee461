package eval

import (
	"context"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/distance"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "prdc", Example: "prdc:k=3",
	About: "precision, recall, density, coverage, and the two clipped ones, by balls of k neighbours",
	Paper: "Kynkäänniemi et al., arXiv 1904.06991; Naeem et al., arXiv 2002.09797; " +
		"Salvy et al., arXiv 2507.01761",
	Params: []choice.Param{counted(0), {Name: "k", Default: 5, In: choice.AtLeast(1, "neighbours"),
		About: "neighbours that a ball reaches to"}},
	Make: Metric{Of: Points, Featured: true, Higher: true, Make: func(v choice.Values) Measure {
		return compared("prdc", v.Int("n"), func(ctx context.Context, p *pair) ([]Score, error) {
			return prdc(ctx, p, v.Int("k"))
		})
	}},
})

func prdc(ctx context.Context, p *pair, k int) ([]Score, error) {
	m, err := p.Manifolds(ctx, p.real, p.generated, k)
	if err != nil {
		return nil, err
	}
	of := func(name string, e distance.Estimate, n int) Score {
		return withError(name, e.Value, e.SE, byMean+", the balls held fixed", n, p.on)
	}
	real, generated := p.real.N(), p.generated.N()
	return []Score{of("precision", m.Precision, generated), of("recall", m.Recall, real),
		of("density", m.Density, generated), of("coverage", m.Coverage, real),
		exact("clipped density", m.ClippedDensity, generated, p.on),
		exact("clipped coverage", m.ClippedCoverage, real, p.on)}, nil
}
