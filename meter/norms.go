package meter

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/sample"
)

var _ = Meters.Add(choice.Entry[Meter]{
	Name: "norms", Example: "norms",
	About: "‖f‖ along the way of the sampler, mean and quantiles over samples at each evaluation",
	Make: Meter{take: takeNorms, cost: func(s Subject) Cost {
		return Cost{Evaluations: float64(s.Draws * s.Sample.Steps)} // of a sampler with one evaluation a step
	}},
})

// watched is an executor that keeps ‖f‖ of every evaluation of every sample.
type watched struct {
	sample.Executor
	norms [][]float64 // by sample
}

// Step takes the points on and reads their norms.
func (w *watched) Step(rows []sample.Row) error {
	if err := w.Executor.Step(rows); err != nil {
		return err
	}
	norms := make([]float64, len(rows))
	if err := w.Norms(norms); err != nil {
		return err
	}
	for i, r := range rows {
		w.norms[r.Sample] = append(w.norms[r.Sample], norms[i])
	}
	return nil
}

func takeNorms(b *Bench) (*Reading, error) {
	spec := b.Sample
	spec.N, spec.Seed = b.Draws, b.Seed
	spec.Batch = min(spec.Batch, spec.N)
	x := sample.OnDevice(b.ctx, b.dev, b.Field, b.Point, b.Precision)
	w := &watched{Executor: x, norms: make([][]float64, spec.N)}
	_, err := sample.Run(b.ctx, w, b.Process, spec, b.report)
	if err = errors.Join(err, x.Close()); err != nil {
		return nil, err
	}
	return normReading(w.norms, spec), nil
}

// shown is at how many evaluations norms are told, evenly apart.
const shown = 25

func normReading(of [][]float64, spec sample.Spec) *Reading {
	longest := 0
	for _, norms := range of {
		longest = max(longest, len(norms))
	}
	mean := Curve{Kind: "‖f‖", Name: "mean"}
	shares := []float64{.1, .5, .9}
	quantiles := []Curve{{Kind: "‖f‖", Name: "10 %"}, {Kind: "‖f‖", Name: "50 " +
		"%"}, {Kind: "‖f‖", Name: "90 %"}}
	for k := range min(longest, shown) {
		step := k
		if longest > shown {
			step = k * (longest - 1) / (shown - 1)
		}
		var there []float64
		for _, norms := range of {
			if step < len(norms) {
				there = append(there, norms[step])
			}
		}
		if len(there) < 2 {
			break
		}
		mean.add(float64(step+1), Mean(there))
		slices.Sort(there)
		for q, share := range shares {
			at := there[int(math.Round(share*float64(len(there)-1)))]
			quantiles[q].add(float64(step+1), Estimate{Mean: at, N: len(there)})
		}
	}
	return &Reading{Title: "‖f‖ along the way of the sampler", Over: "evaluation",
		Curves: append([]Curve{mean}, quantiles...),
		Text: fmt.Sprintf("‖f‖ at each evaluation of %s, over the samples that have come so far. A "+
			"sampler that stops "+
			"where ‖f‖ is small needs it to fall.", spec.Sampler),
		Label: fmt.Sprintf("Monte Carlo over samples, n = %d, standard errors of the means in the table; "+
			"quantiles "+
			"are order statistics", spec.N),
	}
}
