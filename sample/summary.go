package sample

import "math"

// Summary is what summary.json says of a set of samples.
type Summary struct {
	Origin
	Sampler  string `json:"sampler"`
	Settings Spec   `json:"settings"`
	Seed     uint64 `json:"seed"`
	Shape    []int  `json:"shape"`   // N, then the shape of a point
	Drawn    int    `json:"drawn"`   // N
	Singles  int    `json:"singles"` // images that have a file each
	Pictured int    `json:"pictured"`
	NFE      NFE    `json:"nfe"`

	Energy *EnergyRange `json:"energy,omitempty"` // of the points, where the field has one

	Stopped int     `json:"stopped"` // points that ended because the field was small
	Work    Work    `json:"work"`
	Seconds float64 `json:"seconds"`
}

// NFE sums up the evaluations of the field that points took.
type NFE struct {
	Mean float64 `json:"mean"`
	Max  int     `json:"max"`
}

// EnergyRange sums up the energies of points.
type EnergyRange struct {
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
}

// Work says how much of what was evaluated was of use, and what finishing early saved. An
// evaluation is of one row: where a device is not full, or a process was stopped, more rows
// were run than samples needed. What is saved is a share of the rows that would have been
// run; less than 0 where more were.
type Work struct {
	Evaluations int     `json:"evaluations"` // at points of samples
	Rows        int     `json:"rows"`        // that were run
	Occupancy   float64 `json:"occupancy"`   // evaluations/rows

	ToTheEnd      int     `json:"to_the_end,omitempty"`       // rows, had no point finished early
	SavedToTheEnd float64 `json:"saved_to_the_end,omitempty"` // 1 − rows/to_the_end
	InBatches     int     `json:"in_batches"`                 // rows, had each batch waited for its slowest
	SavedBatches  float64 `json:"saved_in_batches"`           // 1 − rows/in_batches
}

// sums are what is summed up of samples, one after another in the order of their numbers.
type sums struct {
	batch int // points at a time

	n, evaluations, most, stopped int
	slowest                       int // of the present batch
	batches                       int // rows of the batches before, if each waited for its slowest
	energies                      int
	energy                        EnergyRange // with the sum in place of the mean
}

func (t *sums) add(r record) {
	if t.n%t.batch == 0 {
		t.batches, t.slowest = t.inBatches(), 0
	}
	t.n++
	t.evaluations += r.nfe
	t.most, t.slowest = max(t.most, r.nfe), max(t.slowest, r.nfe)
	if r.stopped {
		t.stopped++
	}
}

// addEnergy adds the energy of the sample that was added last.
func (t *sums) addEnergy(g float32) {
	e := float64(g)
	if t.energies == 0 {
		t.energy = EnergyRange{Min: e, Max: e}
	}
	t.energies++
	t.energy = EnergyRange{t.energy.Mean + e, math.Min(t.energy.Min, e), math.Max(t.energy.Max, e)}
}

// inBatches is how many rows batches would have run that wait for their slowest.
func (t *sums) inBatches() int {
	last := t.n % t.batch
	if last == 0 && t.n > 0 {
		last = t.batch
	}
	return t.batches + last*t.slowest
}

// work is what the samples took, with that many rows run; most is how many stages a path
// has, 0 where that is its own affair.
func (t *sums) work(rows, most int) Work {
	w := Work{Evaluations: t.evaluations, Rows: rows, ToTheEnd: t.n * most, InBatches: t.inBatches()}
	w.Occupancy = float64(w.Evaluations) / float64(max(rows, 1))
	if w.ToTheEnd > 0 {
		w.SavedToTheEnd = 1 - float64(rows)/float64(w.ToTheEnd)
	}
	w.SavedBatches = 1 - float64(rows)/float64(max(w.InBatches, 1))
	return w
}

// summary is the summary of the samples that were added, but for what they took.
func (t *sums) summary(s Spec, opt Output) Summary {
	singles := 0
	if opt.isImage() {
		singles = min(max(opt.Singles, 0), t.n)
	}
	sum := Summary{Origin: opt.Origin, Sampler: s.Sampler, Settings: s, Seed: s.Seed,
		Shape: append([]int{t.n}, opt.Point...), Drawn: t.n, Singles: singles, Pictured: opt.shown(t.n),
		NFE:     NFE{float64(t.evaluations) / float64(max(t.n, 1)), t.most},
		Stopped: t.stopped}
	if t.energies > 0 {
		e := t.energy
		e.Mean /= float64(t.energies)
		sum.Energy = &e
	}
	return sum
}

// Summary sums r up.
func (r *Result) Summary(opt Output) Summary {
	t := sums{batch: max(1, r.Spec.Batch)}
	for i, n := range r.NFE {
		t.add(record{nfe: n})
		if r.Energy != nil {
			t.addEnergy(r.Energy[i])
		}
	}
	s := t.summary(r.Spec, opt)
	s.Stopped, s.Seconds, s.Work = r.Stopped, r.Seconds, t.work(r.Rows, r.most)
	return s
}
