package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// exactPrice is what a step in leaves costs beside the same one of the whole batch.
type exactPrice struct {
	Leaves int     `json:"leaves"`
	Exact  float64 `json:"exact_seconds"` // of one step, the median
	Fast   float64 `json:"fast_seconds"`
	Bytes  float64 `json:"exact_arena_bytes"`
	Least  float64 `json:"fast_arena_bytes"` // of temporaries
}

// priceOfExact measures the step of cfg without leaves, in turns with exact, which has them.
func priceOfExact(ctx context.Context, w io.Writer, cfg *experiment.Config, src datasets.Source,
	dev plan.Device, exact *train.Trial, runs int) (*exactPrice, error) {
	c := *cfg
	c.Reduce = experiment.ReduceFast
	e, err := experiment.New(&c, src.Info().Shape)
	if err != nil {
		return nil, err
	}
	fast, err := train.NewTrial(ctx, e, src, dev)
	if err != nil {
		return nil, err
	}
	defer fast.Close()
	const turns = 2 // what else the machine does is in both
	p := &exactPrice{Leaves: cfg.Leaves, Bytes: 4 * float64(exact.Plan.Arena),
		Least: 4 * float64(fast.Plan.Arena)}
	for range turns {
		for k, to := range []*float64{&p.Exact, &p.Fast} {
			t := []*train.Trial{exact, fast}[k]
			times, err := timed(t.Program, runs, t.Wait)
			if err != nil {
				return nil, err
			}
			if median := times[len(times)/2]; *to == 0 || median < *to {
				*to = median
			}
		}
	}
	fmt.Fprintf(w, "\nreduce=exact: %.4g ms a step in %d leaves, %.4g ms with reduce=fast: %+.1f %%; "+
		"%.4g and %.4g MB of temporaries\n", 1e3*p.Exact, p.Leaves, 1e3*p.Fast, 100*(p.Exact/p.Fast-1),
		1e-6*p.Bytes, 1e-6*p.Least)
	return p, nil
}
