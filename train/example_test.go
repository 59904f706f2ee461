package train_test

import (
	"context"
	"fmt"
	"os"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

const rings = `
name: rings
steps: 50
batch: 64
data: {name: rings, dim: 8}
field: eqm
model: {kind: mlp, width: 32, depth: 1}
sample: {sampler: gd, n: 5, steps: 100}
`

// A run from a configuration to samples, all in Go: what the commands train and sample
// do.
func Example() {
	if err := trainAndSample(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// mlp 32×1 after 50 steps
	// 5 samples of 8 coordinates, 99 evaluations each
}

func trainAndSample(ctx context.Context) error {
	cfg, err := experiment.Parse("rings.yaml", []byte(rings), []string{"seed=3"})
	if err != nil {
		return err
	}
	data, err := cfg.OpenData()
	if err != nil {
		return err
	}
	dev, err := cpu.New(cpu.Options{})
	if err != nil {
		return err
	}
	defer dev.Close()
	dir, err := os.MkdirTemp("", "rings")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := train.Run(ctx, dir, cfg, data, dev, train.Hooks{})
	if err != nil {
		return err
	}
	e := r.Experiment
	fmt.Printf("%v after %d steps\n", e.Net, r.Steps)

	f, err := e.Trained(r.Average)
	if err != nil {
		return err
	}
	points := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	defer points.Close()
	drawn, err := sample.Run(ctx, points, e.Process, e.Config.Sample, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%d samples of %d coordinates, %d evaluations each\n",
		len(drawn.NFE), drawn.Dim, drawn.MaxNFE())
	return nil
}
