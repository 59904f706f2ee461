package eval

import (
	"context"
	"fmt"

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
	var scores []Score
	for _, s := range []struct {
		name string
		distance.Estimate
		n int
	}{{"1-NN accuracy", t.All, 2 * t.N}, {"of the data", t.Real, t.N}, {"of the samples", t.Generated, t.N}} {
		name := s.name
		if s.n == t.N {
			name = fmt.Sprintf("1-NN accuracy %s", s.name)
		}
		scores = append(scores, withError(name, s.Value, s.SE, "√(p(1−p)/n), points taken as independent",
			s.n, p.on))
	}
	return scores, nil
}
