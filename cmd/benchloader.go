package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
)

// loaded is how fast batches are made when no step keeps them from it.
type loaded struct {
	Data     string  `json:"data"`
	Shape    string  `json:"shape"`
	Count    int     `json:"count"`
	Batch    int     `json:"batch"`
	Batches  int     `json:"batches"`
	Decoders int     `json:"decoders"`
	Opened   float64 `json:"open_seconds"`
	First    float64 `json:"first_batch_seconds"`
	Rate     float64 `json:"images_per_second"` // of all batches but the first
	Median   float64 `json:"median_batch_seconds"`
	Bad      int     `json:"bad_records"`
}

// benchLoader opens the data of cfg and makes the first of its batches and as many more as runs.
func benchLoader(ctx context.Context, w io.Writer, cfg *experiment.Config, runs int, figures string) error {
	begin := time.Now()
	src, err := cfg.OpenData()
	if err != nil {
		return err
	}
	info := src.Info()
	l := loaded{Data: info.Name, Shape: info.Shape.String(), Count: info.Count, Batch: cfg.Batch,
		Batches: runs, Opened: time.Since(begin).Seconds()}
	loader, err := datasets.NewLoader(ctx, src, datasets.Options{Batch: cfg.Batch, Seed: cfg.Seed,
		Flip: cfg.Flip(), Decoders: cfg.Decoders(info)})
	if err != nil {
		return err
	}
	defer loader.Close()
	l.Decoders = loader.Decoders()
	times := make([]float64, runs+1)
	begin = time.Now()
	for i := range times {
		before := time.Now()
		b, err := loader.Next()
		if err != nil {
			return fmt.Errorf("bench: batch %d: %w", i+1, err)
		}
		l.Bad += len(b.Bad)
		times[i] = time.Since(before).Seconds()
		if i == 0 {
			l.First, begin = times[0], time.Now()
		}
	}
	l.Rate = float64(runs*cfg.Batch) / time.Since(begin).Seconds()
	slices.Sort(times[1:])
	l.Median = times[1+runs/2]
	fmt.Fprintf(w, "%s, %d samples of %s, opened in %.3g s\n", l.Data, l.Count, l.Shape, l.Opened)
	fmt.Fprintf(w, "%d batches of %d, decoders %d: %.4g images/s; the first %.3g s, the median %.3g s\n",
		runs, cfg.Batch, l.Decoders, l.Rate, l.First, l.Median)
	return writeJSON(figures, l)
}
