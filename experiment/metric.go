package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/sample"
)

// metricPairs is how many points of known noise level a metric is measured by.
const metricPairs = 1024

// MetricBatch is how many points Metric asks for at a time.
const MetricBatch = 64

// Metric is the conformal metric measured on a field of e that is asked by eval: λ at the
// noise level which a readout, fitted here, reads from a point and its field. The fit is on
// e's data with noise of e's seed, at the quantiles of the prior.
func (e *Experiment) Metric(ctx context.Context, eval sample.Eval) (sample.Metric, *readout.Fitted, error) {
	fail := func(err error) (sample.Metric, *readout.Fitted, error) {
		return nil, nil, fmt.Errorf("experiment: Metric: %w", err)
	}
	src, err := e.Config.OpenData()
	if err != nil {
		return fail(err)
	}
	if src.Info().Shape != e.Shape {
		return fail(fmt.Errorf("got data of shape %v, want %v", src.Info().Shape, e.Shape))
	}
	dim, order := e.Dim(), datasets.NewOrder(e.Config.Seed, src.Info().Count)
	pairs := make([]readout.Pair, 0, metricPairs)
	f, x, eps := make([]float64, MetricBatch*dim), make([]float32, dim), make([]float32, dim)
	q := sample.Query{N: MetricBatch, Y: make([]float64, MetricBatch*dim), T: make([]float64, MetricBatch),
		Label: make([]float64, MetricBatch)}
	for len(pairs) < metricPairs {
		for j := range MetricBatch {
			i := len(pairs) + j
			k, _ := order.At(uint64(i))
			label, err := src.Read(x, k)
			if err != nil {
				return fail(err)
			}
			philox.Normals(eps, e.Config.Seed, uint64(i), philox.Noise)
			q.T[j], q.Label[j] = quantile(e.Process.Prior, (float64(i)+.5)/metricPairs), float64(label)
			at := e.Process.At(q.T[j])
			for d, v := range x {
				q.Y[j*dim+d] = at.A*float64(v) + at.B*float64(eps[d])
			}
		}
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if err := eval(f, q); err != nil {
			return fail(err)
		}
		for j := range MetricBatch {
			row := func(v []float64) []float64 { return v[j*dim : (j+1)*dim] }
			pairs = append(pairs, readout.Pair{T: q.T[j], Scalars: readout.Of(row(q.Y), row(f))})
		}
	}
	fit, err := readout.Fit(pairs)
	if err != nil {
		return fail(err)
	}
	return sample.MeasuredMetric(eval, e.Process, fit), fit, nil
}

// quantile is the time below which p has the mass q.
func quantile(p field.Prior, q float64) float64 {
	if p.Base == field.NormalBase {
		q = math.Sqrt2 * math.Erfinv(2*q-1)
	}
	return p.Quantile.Eval(q)
}
