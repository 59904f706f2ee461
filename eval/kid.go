package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/distance"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "kid", Example: "kid",
	About: "unbiased MMD² of features, kernel (x·y/D + 1)³: by all pairs, and by subsets as torch-fidelity",
	Paper: "Bińkowski et al., arXiv 1801.01401",
	Params: []choice.Param{counted(0), seed,
		{Name: "subsets", Default: 100, In: choice.AtLeast(0, "subsets, 0 for none"),
			About: "subsets that the second score is the mean of; 0 for none"},
		{Name: "size", Default: 1000, In: choice.AtLeast(2, "points"),
			About: "points of either set in a subset"}},
	Make: Metric{Of: Points, Featured: true, Make: func(v choice.Values) Measure {
		k := kid{v.Int("subsets"), v.Int("size"), v.Uint64("seed")}
		return compared("kid", v.Int("n"), k.scores)
	}},
})

// kid is by all pairs, and by subsets of so many points.
type kid struct {
	subsets, size int
	seed          uint64
}

// byBlocks is how the error of an average over pairs is found.
const byBlocks = "U-statistic of blocks"

// bySubsets is how far values of subsets that share points are from their mean.
const bySubsets = "standard deviation over the subsets, which is none of the mean"

func (k kid) scores(ctx context.Context, p *pair) ([]Score, error) {
	all, err := p.KernelDistance(ctx, distance.Cubic(p.real.Dim), p.real, p.generated)
	if err != nil {
		return nil, err
	}
	scores := []Score{p.estimated("KID", all, byBlocks)}
	switch least := min(p.real.N(), p.generated.N()); {
	case k.subsets == 0:
	case least < k.size:
		p.c.note("kid: the mean over subsets of %d was left out: there are %d points in the smaller set; "+
			"kid:size=%d has it", k.size, least, max(2, least/2))
	default:
		some, err := p.KIDSubsets(ctx, p.real, p.generated, k.subsets, k.size, k.seed)
		if err != nil {
			return nil, err
		}
		scores = append(scores, p.estimated(fmt.Sprintf("KID, subsets of %d", k.size), some,
			bySubsets))
	}
	return scores, nil
}
