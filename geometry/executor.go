package geometry

import (
	"context"
	"math"

	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// Known is a blind field in closed form: an [exact.Blind], or an [exact.Dataset].
type Known interface {
	Dim() int
	Fields(dst, points [][]float64, workers int) error
	Given(u []float64, t float64) (exact.Conditional, error)
	Decompose(u []float64) (exact.Decomposition, error)
	At(u []float64) (exact.Posterior, error)
}

// OnHost is the executor that follows an exact field in float64 on all cores: the blind
// field f*, or f_t* where it is told the time. It reads t̂ = E[t|u].
func OnHost(ctx context.Context, a Known, told bool) *sample.Host {
	dim := a.Dim()
	var to, at [][]float64
	h := sample.OnHost(func(f []float64, q sample.Query) error {
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
	}, dim).WithMetric(metric(ctx, a))
	h.ReadPoints(func(t, y []float64) error {
		return each(ctx, len(t), nil, func(i int) error {
			p, err := a.At(y[i*dim : (i+1)*dim])
			t[i] = p.Mean
			return err
		})
	})
	return h
}

// metric is the conformal metric of a, from its decomposition.
func metric(ctx context.Context, a Known) sample.Metric {
	dim := a.Dim()
	return func(f, gain []float64, part sample.Part, q sample.Query) error {
		return each(ctx, q.N, nil, func(i int) error {
			d, err := a.Decompose(q.Y[i*dim : (i+1)*dim])
			if err != nil {
				return err
			}
			gain[i] = math.Abs(d.Lambda)
			for e, v := range d.Natural {
				if part == sample.Conformal {
					v += d.Transport[e]
				}
				f[i*dim+e] = math.Copysign(1, d.Lambda) * v
			}
			return nil
		})
	}
}
