package experiment

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/sample"
)

// Reading gives x, which evaluates the field that s draws from, what it reads t̂ with, where
// s needs that. A readout is fitted to that field, its guidance and classes with it, on
// sample.Pairs data of e and noise of e's seed, or made of the mean square of as many data.
// It returns the readout; nil where none is needed.
func (e *Experiment) Reading(ctx context.Context, x *sample.Compiled, s sample.Spec) (readout.Reader, error) {
	kind, needed := s.Reads()
	if !needed {
		return nil, nil
	}
	if kind == sample.Posterior {
		return nil, &choice.Fault{Path: "sample.readout", Got: choice.Show(kind),
			Want: "auto, fit or norm: only exact fields, of sample --exact, have a posterior"}
	}
	src, err := e.Config.OpenData()
	if err != nil {
		return nil, fmt.Errorf("experiment: readout %s: %w", kind, err)
	}
	if src.Info().Shape != e.Shape {
		return nil, fmt.Errorf("experiment: readout %s: got data of shape %v, want %v", kind,
			src.Info().Shape, e.Shape)
	}
	order, row := datasets.NewOrder(e.Config.Seed, src.Info().Count), make([]float32, e.Dim())
	data := func(to []float64, i int) (float64, error) {
		k, _ := order.At(uint64(i))
		label, err := src.Read(row, k)
		for d, v := range row {
			to[d] = float64(v)
		}
		return float64(label), err
	}
	var r readout.Reader
	if kind == sample.NormReadout {
		r, err = e.byNorm(data)
	} else {
		r, err = sample.Fit(ctx, x, e.Process, e.Config.Seed, min(s.Batch, s.N), data)
	}
	if err != nil {
		return nil, fmt.Errorf("experiment: readout: %w", err)
	}
	x.ReadBy(r)
	return r, nil
}

// byNorm is the readout of ‖f‖ for the mean square of data.
func (e *Experiment) byNorm(data func(to []float64, i int) (float64, error)) (*readout.Norm, error) {
	var power float64
	x := make([]float64, e.Dim())
	for i := range sample.Pairs {
		if _, err := data(x, i); err != nil {
			return nil, err
		}
		power += readout.Of(x, x).UU / sample.Pairs
	}
	return readout.FromNorm(e.Process, power)
}
