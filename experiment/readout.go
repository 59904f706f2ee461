package experiment

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/sample"
)

// readoutPairs is how many points a readout is fitted to.
const readoutPairs = 1024

// Readout fits what reads the noise time of a point from its field to the field of x,
// which is one of e: it is asked at points a(t)x + b(t)ε of the data src, so many at a
// time, with t spread as in training. It depends on the field, the data and the seed of e
// alone.
func (e *Experiment) Readout(ctx context.Context, x sample.Executor, src datasets.Source, batch int) (
	*readout.Fitted, error) {
	if shape := src.Info().Shape; shape != e.Shape {
		return nil, fmt.Errorf("experiment: Readout: got data of shape %v, want %v", shape, e.Shape)
	}
	loader, err := datasets.NewLoader(ctx, src, datasets.Options{Batch: 64, Seed: e.Config.Seed})
	if err != nil {
		return nil, fmt.Errorf("experiment: Readout: %w", err)
	}
	defer loader.Close()
	var q sample.Query
	for q.N < readoutPairs {
		b, err := loader.Next()
		if err != nil {
			return nil, fmt.Errorf("experiment: Readout: %w", err)
		}
		e.noised(&q, b)
	}
	seen, err := sample.Look(x, q, batch)
	if err != nil {
		return nil, fmt.Errorf("experiment: Readout: %w", err)
	}
	pairs := make([]readout.Pair, q.N)
	for i, s := range seen {
		pairs[i] = readout.Pair{T: q.T[i], Scalars: s}
	}
	fitted, err := readout.Fit(pairs)
	if err != nil {
		return nil, fmt.Errorf("experiment: Readout: %w", err)
	}
	return fitted, nil
}

// noised adds the points of a batch to q, each at a time of its own.
func (e *Experiment) noised(q *sample.Query, b *datasets.Batch) {
	dim, rows := e.Dim(), len(b.X)/e.Dim()
	eps := make([]float32, dim)
	for i := range rows {
		t := e.Process.Prior.Time((float64(q.N) + .5) / readoutPairs)
		k := e.Process.At(t)
		philox.Normals(eps, e.Config.Seed, b.First+uint64(i), philox.Noise)
		for j, v := range b.X[i*dim : (i+1)*dim] {
			q.Y = append(q.Y, k.A*float64(v)+k.B*float64(eps[j]))
		}
		label := float64(datasets.NoLabel)
		if b.Labels != nil {
			label = float64(b.Labels[i])
		}
		q.T, q.Label = append(q.T, t), append(q.Label, label)
		q.N++
	}
}
