package eval

import (
	"context"

	"github.com/stillfield/stillfield/choice"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "fd", Example: "fd",
	About: "Fréchet distance of features, and its limit at infinitely many points",
	Paper: "Heusel et al., arXiv 1706.08500; Chong & Forsyth, arXiv 1911.07023",
	Params: []choice.Param{counted(0), seed,
		{Name: "sizes", Default: 15,
			In:    choice.Where("0 or at least 3", func(v int) bool { return v == 0 || v >= 3 }),
			About: "sizes of subsets that the limit is fitted to; 0 for no limit"}},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		f := fd{v.Int("sizes"), v.Uint64("seed")}
		return compared("fd", v.Int("n"), f.scores)
	}},
})

// fd is the distance, and its limit by subsets of so many sizes.
type fd struct {
	sizes int
	seed  uint64
}

// byInfluence is how the error of a Fréchet distance is found.
const byInfluence = "first order, by the influence of each point; 0 at one law"

func (m fd) scores(ctx context.Context, p *pair) ([]Score, error) {
	n, least := p.generated.N(), 4*p.generated.Dim
	if m.sizes > 0 && n >= least {
		d, limit, err := p.Limit(ctx, p.real, p.generated, m.sizes, m.seed)
		if err != nil {
			return nil, err
		}
		return []Score{p.estimated("Fréchet distance", d, byInfluence),
			p.estimated("Fréchet distance at N = ∞", limit, "line in 1/N over subsets, and first order")}, nil
	}
	if m.sizes > 0 {
		p.c.note("fd: the limit at N = ∞ was left out: there are %d points, want %d, 4 for each of "+
			"%d features", n, least, p.generated.Dim)
	}
	d, err := p.Frechet(ctx, p.real, p.generated)
	if err != nil {
		return nil, err
	}
	return []Score{p.estimated("Fréchet distance", d, byInfluence)}, nil
}
