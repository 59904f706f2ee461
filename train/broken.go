package train

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// look waits for the device and judges its record.
func (r *trainer) look() error {
	if err := r.prog.Read(experiment.StateRecord, r.log); err != nil {
		return r.deviceFailed(err)
	}
	return r.judge(r.step)
}

// judge holds the record, as it was after the given step, to finite numbers: a
// loss or a gradient that is not ends the run. The device has counted the steps
// since, and has updated nothing in them or later, so that however late this is
// seen the first bad step is known and the weights are as they were before it.
func (r *trainer) judge(step int) error {
	failed := int(r.log[plan.ClipFailed])
	if failed == 0 {
		return nil
	}
	s := step - failed
	r.step = s
	slot := s % r.c.Log.Every
	what := fmt.Sprintf("loss %v, gradient norm %v", r.log[plan.ClipLoss(slot)], r.log[plan.ClipNorm(slot)])
	bad, err := r.search(s)
	switch {
	case err != nil:
		what += fmt.Sprintf("; the search for the cause failed: %v", err)
	case bad != nil:
		name, i := experiment.TensorOf(r.e.Params, bad.Value, bad.Index)
		what += fmt.Sprintf(": %s[%d] is %v", name, i, bad.Got)
	}
	return fmt.Errorf("train: step %d: %s; %s", s+1, what, r.kept())
}

// search runs step s again, one operator at a time, up to the first value that
// is not finite.
func (r *trainer) search(s int) (*plan.NonFinite, error) {
	loader, err := r.loader(context.Background(), s)
	if err != nil {
		return nil, err
	}
	defer loader.Close()
	batch, err := loader.Next()
	if err != nil {
		return nil, err
	}
	if err := r.inputs(batch, s); err != nil {
		return nil, err
	}
	return r.prog.Check()
}

// deviceFailed says how far the run had come when the device failed, at the
// latest: work is asynchronous, and a failure shows at the next call that waits.
func (r *trainer) deviceFailed(err error) error {
	return fmt.Errorf("train: after step %d: %w; %s", r.step, err, r.kept())
}

// kept says what is left of a run that has gone wrong.
func (r *trainer) kept() string {
	if r.path == "" {
		return "no checkpoint was written yet"
	}
	return "the last good checkpoint is " + r.path
}
