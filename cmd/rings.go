package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// newRings is the command of the figure rings, which sets trained fields beside exact ones.
func newRings(f geometry.Figure) *cobra.Command {
	var runs []string
	c := newFigure(f, func(ctx context.Context, w io.Writer, f geometry.Figure, r *geometry.Result,
		dir string, asJSON bool) error {
		if len(runs) == 0 {
			return nil
		}
		return beside(ctx, w, runs, f, r, dir, asJSON)
	})
	c.Example = `  stillfield geometry rings
  stillfield geometry rings --runs runs/rings
  stillfield geometry rings --runs runs/rings-8,runs/rings-32 --draws 1024`
	c.Flags().StringSliceVar(&runs, "runs", nil, "runs of rings, or directories of them, to set beside the "+
		"exact fields, which take most of the time: those that --out has of as many --draws are kept")
	return c
}

// beside makes the figure of trained fields beside the exact ones of r.
func beside(ctx context.Context, w io.Writer, paths []string, f geometry.Figure, r *geometry.Result,
	dir string, asJSON bool) (err error) {
	found, err := ringRuns(paths)
	if err != nil {
		return err
	}
	var list []geometry.RingRun
	for _, path := range found {
		one, dev, err := ringRun(ctx, path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, dev.Close()) }()
		list = append(list, one)
	}
	if !asJSON {
		fmt.Fprintln(w)
	}
	in := geometry.Inputs{Seed: f.Inputs.Seed, Draws: f.Inputs.Draws}
	_, err = runFigure(ctx, w, geometry.RingRuns(list, r, in), dir, asJSON)
	return err
}

// ringRuns are the runs at paths. A directory that is no run stands for the runs of rings in it.
func ringRuns(paths []string) (found []string, err error) {
	for _, path := range paths {
		if run.Is(path) || !isDir(path) {
			found = append(found, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("geometry: rings: %w", err)
		}
		n := len(found)
		for _, e := range entries {
			at := filepath.Join(path, e.Name())
			if !run.Is(at) {
				continue
			}
			cfg, err := run.ReadConfig(at, nil)
			if err != nil {
				return nil, err
			}
			if cfg.Data.Kind != "rings" {
				logrus.Infof("passed over %s: its data are %s, not rings", visible(at), cfg.Data.Kind)
				continue
			}
			found = append(found, at)
		}
		if len(found) == n {
			return nil, fmt.Errorf("geometry: rings: %s: got no run of rings, want a run or a directory "+
				"of runs",
				visible(path))
		}
	}
	return found, nil
}

// ringRun is the run at path with a device to draw from it.
func ringRun(ctx context.Context, path string) (r geometry.RingRun, dev plan.Device, err error) {
	ck, part, err := (&weightsFlags{weights: "average"}).load(ctx, path, nil)
	if err != nil {
		return r, nil, err
	}
	src, err := ck.Config.OpenData()
	if err != nil {
		return r, nil, err
	}
	rings, ok := src.(*datasets.Rings)
	if !ok {
		return r, nil, fmt.Errorf("geometry: rings: %s: got data %s, want rings", visible(path),
			ck.Config.Data.Kind)
	}
	if dev, err = openDevice(ck.Config.Device, ck.Config.Workers); err != nil {
		return r, nil, err
	}
	weights := ck.Weights.Part(part)
	text, err := ck.Config.Encode()
	of := fmt.Sprintf("%s %s %s", ck.Sum(part), nameAt(dev, ck.Precision()), text)
	r = geometry.RingRun{Name: path, Of: of,
		Process: ck.Process, Told: ck.Net.Told().Clock, Sampler: ck.Config.Sample.Sampler, Dim: ck.Dim()}
	r.Draw = func(ctx context.Context, n int, seed uint64, progress func(done, of int)) ([][]float64, error) {
		return inRings(ctx, ck.Experiment, dev, weights, rings, n, seed, progress)
	}
	return r, dev, err
}

// inRings draws n points of e with those weights, in the plane of the rings and off it.
func inRings(ctx context.Context, e *experiment.Experiment, dev plan.Device, weights []float32,
	rings *datasets.Rings, n int, seed uint64, progress func(done, of int)) ([][]float64, error) {
	f, spec, err := e.Drawn(weights, e.Config.Sample)
	if err != nil {
		return nil, err
	}
	spec.N, spec.Seed, spec.Batch = n, seed, min(n, spec.Batch)
	x, closing, err := executor(ctx, e, dev, f, spec)
	defer closing()
	if err != nil {
		return nil, err
	}
	s, err := sample.Run(ctx, x, e.Process, spec, progress)
	if err != nil {
		return nil, err
	}
	return geometry.InPlane(s.X, rings.Basis()), nil
}
