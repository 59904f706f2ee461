package cuda

import (
	"errors"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Count is what one launch did. It is counted by the emulator and not measured, so it is
// the same on every machine and says nothing of time.
type Count struct {
	Step int // index into the plan's steps
	driver.Counts
}

// ErrNotCounted is the error of Count on a device that is not an emulator.
var ErrNotCounted = errors.New("cuda: only the emulator counts")

// Count runs the plan once, launch by launch, and returns what each did.
// Copies and fills of the driver are no kernels and are left out.
func (g *Program) Count() ([]Count, error) {
	ctx, ok := g.ctx.(driver.Counter)
	if !ok {
		return nil, ErrNotCounted
	}
	if err := g.ready("Count"); err != nil {
		return nil, err
	}
	if err := g.takeInputs(); err != nil {
		return nil, g.fail("Count", err)
	}
	if err := g.ctx.Synchronize(g.main); err != nil {
		return nil, g.fail("Count", err)
	}
	var counts []Count
	for i := range g.launches {
		ctx.ResetCounts()
		if err := g.enqueue(i); err != nil {
			return nil, g.fail("Count", err)
		}
		if err := g.ctx.Synchronize(g.main); err != nil {
			return nil, g.fail("Count", err)
		}
		for _, c := range ctx.Counts() {
			counts = append(counts, Count{g.launches[i].Step, c})
		}
	}
	return counts, nil
}
