package geometry

import (
	"context"

	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// Known is a blind field in closed form: an [exact.Blind], or an [exact.Dataset].
type Known interface {
	Dim() int
	Fields(dst, points [][]float64, workers int) error
	Given(u []float64, t float64) (exact.Conditional, error)
}

// OnHost is the executor that follows an exact field in float64 on all cores: the blind
// field f*, or f_t* where it is told the time.
func OnHost(ctx context.Context, a Known, told bool) *sample.Host {
	dim := a.Dim()
	var to, at [][]float64
	return sample.OnHost(func(f []float64, q sample.Query) error {
		if told {
			return each(ctx, q.N, nil, func(i int) error {
				c, err := a.Given(q.Y[i*dim:(i+1)*dim], q.T[i])
				copy(f[i*dim:], c.Field)
				return err
			})
		}
		to, at = to[:0], at[:0]
		for i := range q.N {
			to, at = append(to, f[i*dim:(i+1)*dim]), append(at, q.Y[i*dim:(i+1)*dim])
		}
		return a.Fields(to, at, 0)
	}, dim)
}
