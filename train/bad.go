package train

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/datasets"
)

// passed tells of the bad records that the batch of the next step has been made without.
func (r *trainer) passed(batch *datasets.Batch) {
	for _, b := range batch.Bad {
		fresh := !r.leads() || r.record.Bad(r.step+1, b) // the record is of process 0
		if fresh && r.hooks.Bad != nil {
			r.hooks.Bad(r.step+1, b)
		}
	}
}

// dataFailed ends a run that has no batch for its next step. The steps before are sound, and
// are saved.
func (r *trainer) dataFailed(err error) error {
	err = fmt.Errorf("train: step %d: %w", r.step+1, err)
	if r.many() { // others are at the step, and cannot save what they have before it
		return fmt.Errorf("%w; %s", err, r.kept())
	}
	if lost := r.settle(); lost != nil {
		return errors.Join(lost, err)
	}
	if r.step == r.before {
		return err
	}
	if r.saved < r.step {
		if lost := r.save(); lost != nil {
			return errors.Join(err, lost)
		}
	}
	return fmt.Errorf("%w; saved in %s", err, r.path)
}
