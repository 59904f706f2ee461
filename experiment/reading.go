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
// s needs that: what Readout fits to that field, with its guidance and classes, on the data
// of e; or by ‖f‖ and the mean square of these data. It is returned too, nil where none is
// needed.
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
	var r readout.Reader
	if kind == sample.NormReadout {
		r, err = e.byNorm(src)
	} else {
		r, err = e.Readout(ctx, x, src, min(s.Batch, s.N))
	}
	if err != nil {
		return nil, err
	}
	x.ReadBy(r)
	return r, nil
}

// byNorm is the readout of ‖f‖ for the mean square of the first data there are.
func (e *Experiment) byNorm(src datasets.Source) (*readout.Norm, error) {
	n := min(readoutPairs, src.Info().Count)
	x, square := make([]float32, src.Info().Shape.Len()), 0.
	for i := range n {
		if _, err := src.Read(x, i); err != nil {
			return nil, fmt.Errorf("experiment: readout %s: %w", sample.NormReadout, err)
		}
		for _, v := range x {
			square += float64(v) * float64(v)
		}
	}
	return readout.FromNorm(e.Process, square/float64(n*len(x)))
}
