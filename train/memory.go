package train

import (
	"fmt"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/memory"
)

// weightBytes is the memory of the weights, the averages and the two moments.
func weightBytes(e *experiment.Experiment) uint64 { return 4 * uint64(len(e.States())*e.Params.Len) }

// fits reports, before any of it is taken, that the host has not the memory for a
// run of e: for what a checkpoint holds, the three batches of a loader and, where
// there are pictures, the samples that are drawn for one. What the step takes on the
// device is known, and refused, when its plan is loaded.
func fits(e *experiment.Experiment, pictures bool) error {
	c := e.Config
	weights, batches := weightBytes(e), 3*4*uint64(c.Batch)*uint64(e.Dim())
	samples := uint64(0)
	if pictures {
		samples = c.Sample.Bytes(e.Dim())
	}
	if err := memory.Fits(weights + batches + samples); err != nil {
		return fmt.Errorf("train: %w (%d for weights and moments, %d for batches, %d for %d samples): "+
			"the model, batch or sample.n is too large", err, weights, batches, samples, c.Sample.N)
	}
	return nil
}
