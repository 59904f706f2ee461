package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/eval/distance"
)

// pair is the features of the data and of the points of a subject, with what computes
// distances between them.
type pair struct {
	*distance.Cores
	c               *Case
	real, generated distance.Points
	on, features    string // what they are, in words
}

// compared is the measure of features of n points of the data, 0 for all, and of all
// points of the subject.
func compared(name string, n int, scores func(ctx context.Context, p *pair) ([]Score, error)) Measure {
	return func(ctx context.Context, c *Case) ([]Score, error) {
		f, err := c.featured(ctx, n)
		if err != nil {
			return nil, err
		}
		cores, err := distance.NewCores(0)
		if err != nil {
			return nil, err
		}
		defer cores.Close()
		cores.Progress = c.show(name)
		return scores(ctx, &pair{Cores: cores, c: c, real: distance.Points{X: f.Real, Dim: f.Dim},
			generated: distance.Points{X: f.Generated, Dim: f.Dim}, features: f.Name,
			on: fmt.Sprintf("%d and %s, %s", f.N, c.someOf(f.NReal), f.Name)})
	}
}

// estimated is an estimate as a score.
func (p *pair) estimated(name string, e distance.Estimate, by string) Score {
	return withError(name, e.Value, e.SE, by, p.generated.N(), p.on)
}
