package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// settleParts makes of accumulate: auto the parts that the run has begun with; for one that
// begins, as few as the memory of process 0's device is enough for. The run's configuration has
// their number from then on, so that it is the same run wherever it goes on.
func (r *trainer) settleParts(ctx context.Context, dev plan.Device) error {
	if r.c.Accumulate > 0 {
		return nil
	}
	parts := []int64{0}
	var err error
	if r.leads() {
		var n int
		n, err = r.fewestParts(ctx, dev)
		parts[0] = int64(n)
	}
	if err = r.agree(err); err != nil {
		return err
	}
	if err := comm.Broadcast(r.group, 0, parts); err != nil {
		return err
	}
	r.c.Accumulate = int(parts[0])
	return nil
}

// fewestParts is that number. A device that cannot tell what it has room for takes the batch whole.
func (r *trainer) fewestParts(ctx context.Context, dev plan.Device) (int, error) {
	if old, err := run.ReadConfig(r.dir, nil); err == nil && old.Accumulate > 0 {
		return old.Accumulate, nil
	}
	f, ok := dev.(plan.Fitter)
	if !ok {
		return 1, nil
	}
	defer func() { r.c.Accumulate = 0 }()
	var full error
	for n := 1; n <= r.c.Batch; n++ {
		if r.c.Batch%n != 0 {
			continue
		}
		r.c.Accumulate = n
		p, err := r.e.Plan(ctx)
		if err != nil {
			return 0, err
		}
		if full = f.Fits(ctx, p); full == nil {
			return n, nil
		} else if !errors.Is(full, plan.ErrNoRoom) {
			return 0, full
		}
	}
	return 0, fmt.Errorf("train: accumulate: auto: one sample at a time: %w", full)
}
