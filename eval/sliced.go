package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

// lined is the parameter of metrics that project.
var lined = choice.Param{Name: "lines", Default: 1000, In: choice.AtLeast(2, "lines"),
	About: "random lines to project on"}

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "mind", Example: "mind",
	About:  "3D times the mean of W₂² over lines, of as many features of either set",
	Paper:  "Monge Inception Distance, Berthet et al., arXiv 2605.06797, on these features",
	Params: []choice.Param{counted(0), lined, seed},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		return compared("mind", v.Int("n"), sliced{lines: v.Int("lines"), seed: v.Uint64("seed")}.mind)
	}},
})

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "swd", Example: "swd:p=1",
	About: "sliced Wasserstein distance of features: (mean of W_p^p over lines)^{1/p}",
	Paper: "Rabin et al., SSVM 2011",
	Params: []choice.Param{counted(0), lined, seed,
		{Name: "p", Default: 2, In: choice.Between(1, 2, "as the power"),
			About: "power of the distance"}},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		return compared("swd", v.Int("n"), sliced{v.Int("lines"), v.Int("p"), v.Uint64("seed")}.swd)
	}},
})

// sliced projects on lines.
type sliced struct {
	lines, p int
	seed     uint64
}

// byLines is how the error of a mean over lines is found.
const byLines = "over the lines; the points held fixed"

func (m sliced) mind(ctx context.Context, p *pair) ([]Score, error) {
	e, err := p.MIND(ctx, p.real, p.generated, m.lines, m.seed)
	if err != nil {
		return nil, err
	}
	s := p.estimated("MIND", e, byLines)
	s.N = min(p.real.N(), p.generated.N())
	return []Score{s}, nil
}

func (m sliced) swd(ctx context.Context, p *pair) ([]Score, error) {
	e, err := p.Sliced(ctx, p.real, p.generated, m.lines, m.p, m.seed)
	if err != nil {
		return nil, err
	}
	return []Score{p.estimated(fmt.Sprintf("sliced W%d", m.p), e.Rooted(m.p), byLines)}, nil
}
