package experiment

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

// What Config.Reduce may be.
const (
	ReduceAuto  = "auto"
	ReduceExact = "exact"
	ReduceFast  = "fast"
)

// Division says how a batch is divided among processes: rank r of R has rows r·B/R and on.
type Division struct {
	Ranks int // 0 is 1
	// Leaves is how many equal parts the gradients of the batch are made of and added up in a
	// binary tree, whatever the number of processes: equal bits for all of them. 0 leaves the order
	// of the sum to whoever adds.
	Leaves int
}

// rows are the samples of a step on one process: those of a rank, those that are computed at
// a time, and how many leaves there are of them.
type rows struct{ rank, part, leaves int }

// many reports whether there are other processes.
func (d Division) many() bool { return d.Ranks > 1 }

// rows divides a batch that is to be taken in that many parts, or more where a leaf or the
// rows of a process would not be a whole number of them. Parts do not depend on how many
// processes there are where there are leaves.
func (d Division) rows(batch, accumulate int) (r rows, err error) {
	ranks := max(d.Ranks, 1)
	switch {
	case accumulate < 1 || batch%accumulate != 0:
		return r, fmt.Errorf("experiment: accumulate: got %d parts, want a divisor of the batch, %d",
			accumulate, batch)
	case batch%ranks != 0:
		return r, fmt.Errorf("experiment: batch: got %d samples, want a multiple of the %d processes",
			batch, ranks)
	case d.Leaves > 0 && (d.Leaves%ranks != 0 || batch%d.Leaves != 0):
		return r, fmt.Errorf("experiment: leaves: got %d, want a multiple of %d processes that divides %d",
			d.Leaves, ranks, batch)
	}
	r.rank, r.leaves = batch/ranks, 1
	whole := r.rank // what is cut in parts by itself
	if d.Leaves > 0 {
		r.leaves = d.Leaves / ranks
		whole = r.rank / r.leaves
	}
	most := batch / accumulate // rows of a part
	for r.part = min(whole, most); whole%r.part != 0; r.part-- {
	}
	return r, nil
}

// Divide has e's batch shared by that many processes. A number that does not suit the
// configuration is an error.
func (e *Experiment) Divide(ranks int) error {
	if err := e.Config.located(undivided(e.Config, ranks)); err != nil {
		return err
	}
	e.Ranks = ranks
	return nil
}

// Rows is how many samples of a batch one process has.
func (e *Experiment) Rows() int { return e.Config.Batch / e.Ranks }

// division is how e's batch is divided.
func (e *Experiment) division() Division {
	d := Division{Ranks: e.Ranks}
	if e.Config.Reduce == ReduceExact {
		d.Leaves = e.Config.Leaves
	}
	return d
}

// undivided is what is wrong with the batch of c for that many processes.
func undivided(c *Config, ranks int) (faults choice.Faults) {
	if c.Reduce != ReduceExact {
		want := fmt.Sprintf("a multiple of the %d processes", ranks)
		faults.Want(c.Batch%ranks == 0, "batch", c.Batch, want)
		return faults
	}
	faults.Want(c.Batch%max(c.Leaves, 1) == 0, "batch", c.Batch, fmt.Sprintf(
		"a multiple of the %d leaves that reduce: exact cuts it in", c.Leaves))
	faults.Want(c.Leaves%ranks == 0, "leaves", c.Leaves, fmt.Sprintf(
		"a multiple of the %d processes: with reduce: exact they are 1, 2, 4, … up to leaves", ranks))
	return faults
}
