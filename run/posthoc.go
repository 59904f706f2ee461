package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/stillfield/stillfield/average"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/memory"
)

// Made is an average that was made after the training, and how well.
type Made struct {
	*Checkpoint
	average.Combination
	Snapshots int // it was made of
}

// ErrNoSnapshots is a run that has none to make an average of.
var ErrNoSnapshots = errors.New("no snapshots of averages: only a run with average.std keeps some")

// PostHoc makes the power-function average of standard deviation std as it would have
// been after a step, 0 for the newest that has a snapshot, from the snapshots of the run
// in dir up to there. It reads each of them once.
func PostHoc(ctx context.Context, dir string, std float64, step int) (*Made, error) {
	steps, err := snapshots(dir)
	switch {
	case err != nil:
		return nil, err
	case len(steps) == 0:
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("run: %s: no such run", dir)
		}
		return nil, fmt.Errorf("run: %s: %w", dir, ErrNoSnapshots)
	case step == 0:
		step = steps[len(steps)-1]
	}
	i, ok := slices.BinarySearch(steps, step)
	if !ok {
		return nil, fmt.Errorf("run: %s: step: got %d, want one that has a snapshot: %s", dir, step,
			near(steps, i))
	}
	first, err := snapshot(dir, steps[0], false)
	if err != nil {
		return nil, err
	}
	if err := memory.Fits(uint64(12+4*len(first.Averages)) * uint64(first.Params.Len)); err != nil {
		return nil, fmt.Errorf("run: average of %d weights: %w", first.Params.Len, err)
	}
	var profiles []average.Profile
	for _, s := range steps[:i+1] {
		for _, k := range first.Averages {
			if k.Std > 0 {
				profiles = append(profiles, average.New(k.Std, s))
			}
		}
	}
	fit, err := average.Fit(profiles, average.New(std, step))
	if err != nil {
		return nil, fmt.Errorf("run: %s: %w", dir, err)
	}
	flat, err := combine(ctx, dir, first, steps[:i+1], fit.X)
	if err != nil {
		return nil, err
	}
	made := &Checkpoint{Experiment: first.Experiment, Step: step, Data: first.Data,
		Average: experiment.StdName(std), Weights: &experiment.Weights{Average: flat}}
	return &Made{made, fit, i + 1}, nil
}

// combine adds up the averages of the snapshots, x times each, in float64. first is the
// first snapshot, without weights: the others must be of the same run.
func combine(ctx context.Context, dir string, first *Checkpoint, steps []int, x []float64) ([]float32,
	error) {
	sum := make([]float64, first.Params.Len)
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("run: average: %w", err)
		}
		c, err := snapshot(dir, s, true)
		if err != nil {
			return nil, err
		}
		if ds := experiment.Differences(first.Config, c.Config); len(ds) > 0 || c.Data != first.Data {
			return nil, fmt.Errorf("run: snapshot: %s: it is of another run than %s", c.Path, first.Path)
		}
		for _, p := range c.Weights.Parts() {
			if p.Data == nil {
				continue
			}
			for j, v := range p.Data {
				sum[j] += x[0] * float64(v)
			}
			x = x[1:]
		}
	}
	flat := make([]float32, len(sum))
	for j, v := range sum {
		flat[j] = float32(v)
	}
	return flat, nil
}

// snapshot reads that of a step.
func snapshot(dir string, step int, load bool) (*Checkpoint, error) {
	return named(SnapshotPath(dir, step), func(path string) (*Checkpoint, error) {
		return read(path, powers, load)
	})
}

// near names the steps beside the place i in a list, which has at least one.
func near(steps []int, i int) string {
	switch {
	case i == 0:
		return fmt.Sprintf("the first is %d", steps[0])
	case i == len(steps):
		return fmt.Sprintf("the last is %d", steps[i-1])
	}
	return fmt.Sprintf("the nearest are %d and %d", steps[i-1], steps[i])
}
