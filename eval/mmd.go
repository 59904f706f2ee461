package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/distance"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "mmd", Example: "mmd",
	About: "unbiased MMD² of features, mean of the kernels exp(−d²/2σ²) for σ² of ¼, ½, 1, 2, 4 times the " +
		"squared median distance",
	Paper:  "Gretton et al., JMLR 13 (2012)",
	Params: []choice.Param{counted(0)},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		return compared("mmd", v.Int("n"), mmd)
	}},
})

func mmd(ctx context.Context, p *pair) ([]Score, error) {
	median, err := distance.Median(p.real, p.generated)
	if err != nil {
		return nil, err
	}
	e, err := p.KernelDistance(ctx, distance.Radial(median), p.real, p.generated)
	if err != nil {
		return nil, err
	}
	s := p.estimated("MMD²", e, byBlocks)
	s.On += fmt.Sprintf(", median distance %.6g", median)
	return []Score{s}, nil
}

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "energy-distance", Example: "energy-distance",
	About:  "2E‖x − y‖ − E‖x − x′‖ − E‖y − y′‖ of features, unbiased",
	Paper:  "Székely & Rizzo, J. Stat. Plan. Inference 143 (2013)",
	Params: []choice.Param{counted(0)},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		return compared("energy-distance", v.Int("n"), energyDistance)
	}},
})

func energyDistance(ctx context.Context, p *pair) ([]Score, error) {
	e, err := p.KernelDistance(ctx, distance.Distance(), p.real, p.generated)
	if err != nil {
		return nil, err
	}
	return []Score{p.estimated("energy distance", e, byBlocks)}, nil
}
