package eval

import (
	"context"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/distance"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "two-sample", Example: "two-sample",
	About:  "how often the nearest other point tells data from samples, by features: ½ at one law",
	Paper:  "Lopez-Paz & Oquab, arXiv 1610.06545",
	Params: []choice.Param{counted(0), seed},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		return compared("two-sample", v.Int("n"), func(ctx context.Context, p *pair) ([]Score, error) {
			return twoSample(ctx, p, v.Uint64("seed"))
		})
	}},
})

func twoSample(ctx context.Context, p *pair, seed uint64) ([]Score, error) {
	t, err := p.TwoSample(ctx, p.real, p.generated, seed)
	if err != nil {
		return nil, err
	}
	of := func(name string, e distance.Estimate, n int) Score {
		return withError(name, e.Value, e.SE, "√(p(1−p)/n), points taken as independent", n, p.on)
	}
	return []Score{of("1-NN accuracy", t.All, 2*t.N), of("1-NN accuracy of the data", t.Real, t.N),
		of("1-NN accuracy of the samples", t.Generated, t.N)}, nil
}
