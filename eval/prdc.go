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
	var scores []Score
	for _, s := range []struct {
		name string
		distance.Estimate
		n int
	}{{"precision", m.Precision, p.generated.N()}, {"recall", m.Recall, p.real.N()},
		{"density", m.Density, p.generated.N()}, {"coverage", m.Coverage, p.real.N()}} {
		scores = append(scores, withError(s.name, s.Value, s.SE, byMean+", the balls held fixed", s.n, p.on))
	}
	return append(scores, exact("clipped density", m.ClippedDensity, p.generated.N(), p.on),
		exact("clipped coverage", m.ClippedCoverage, p.real.N(), p.on)), nil
}
