package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/comm"
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
	cause, err := r.cause(s)
	if err != nil {
		return err
	}
	return r.common(fmt.Errorf("train: step %d: %s%s; %s", s+1, what, cause, r.kept()))
}

// cause says what was the first value that is not finite in step s, on the process that met one
// in the earliest step of the plan.
func (r *trainer) cause(s int) (text string, err error) {
	at := []int64{math.MaxInt64} // step of the plan, last of all for none
	bad, err := r.search(s)
	switch {
	case err != nil:
		text = fmt.Sprintf("; the search for the cause failed: %v", err)
	case bad != nil:
		name, i := experiment.TensorOf(r.e.Params, bad.Value, bad.Index)
		text = fmt.Sprintf(": %s[%d] is %v", name, i, bad.Got)
		at[0] = int64(bad.Step)
	}
	if !r.many() {
		return text, nil
	}
	first := make([]int64, r.group.Size())
	if err := comm.AllGather(r.group, first, at); err != nil {
		return "", err
	}
	if slices.Min(first) == math.MaxInt64 && text == "" {
		text = ": no process alone has a value that is not finite, so a sum over them has"
	}
	rank := slices.Index(first, slices.Min(first))
	var w word
	copy(w[:], text)
	if err := comm.Broadcast(r.group, rank, w[:]); err != nil {
		return "", err
	}
	if text = textOf(w[:]); first[rank] < math.MaxInt64 {
		text += fmt.Sprintf(" on process %d", rank)
	}
	return text, nil
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
