package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/plan/philox"
)

// ErrNotFinite is wrapped by the error of a field or a point that is infinite or
// NaN.
var ErrNotFinite = errors.New("not a finite number")

// batch takes points from noise to data on an Executor, a batch at a time. Each
// point has its own path; the live points are those whose path goes on, in the
// order of their numbers. Those that have finished leave the executor.
type batch struct {
	x      Executor
	course course
	seed   uint64
	dim    int
	result *Result

	live   []int     // the number of each point of the executor
	paths  []Path    // and its path
	rows   []Row     // and its next stage
	norms  []float64 // and ‖f‖ at the last stage, where looked
	errors []float64 // and, in a method with Error, ‖s‖ of the last register
	told   [2]float64
	looked bool // whether the norms of the last stage are known

	kept, leave []int // points of the executor that go on, and that do not
	noise       []float64
	points      []float32 // what comes from the executor

	done, bound int // evaluations so far, and in all if no more points finish early
	progress    func(done, bound int)
}

// newBatch reserves room for batches of n points on x.
func newBatch(x Executor, c course, seed uint64, n int) (*batch, error) {
	if err := x.Reserve(c.method.form(c.paths(), seed), n); err != nil {
		return nil, err
	}
	dim := x.Dim()
	w := &batch{x: x, course: c, seed: seed, dim: dim,
		live: make([]int, 0, n), paths: make([]Path, n), rows: make([]Row, n), norms: make([]float64, n),
		errors: make([]float64, n),
		kept:   make([]int, 0, n), leave: make([]int, 0, n),
		noise: make([]float64, n*dim), points: make([]float32, n*dim)}
	for i := range w.paths {
		w.paths[i] = c.paths()
	}
	return w, nil
}

// run takes points first to first+n−1 from noise to data. It allocates nothing.
func (w *batch) run(ctx context.Context, first, n int) error {
	var at fmt.Stringer = beginning{}
	fail := func(err error) error {
		return fmt.Errorf("sample: Run: %s of samples %d to %d: %w", at, first, first+n-1, err)
	}
	if err := w.begin(first, n); err != nil {
		return fail(err)
	}
	for k := 0; ; k++ {
		if err := w.next(uint32(k)); err != nil {
			return fail(err)
		}
		if len(w.live) == 0 {
			return nil
		}
		at = w.rows[0].Stage
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if err := w.step(); err != nil {
			return fail(err)
		}
		if w.course.stop > 0 || w.course.method.Adaptive || (k+1)%w.x.Ahead() == 0 {
			if err := w.judge(); err != nil {
				return fail(err)
			}
		}
		if w.progress != nil {
			w.progress(w.done, w.bound)
		}
	}
}

// beginning is where a batch is before its first stage.
type beginning struct{}

func (beginning) String() string { return "the start" }

// begin draws the noise the batch starts from.
func (w *batch) begin(first, n int) error {
	w.live, w.looked = w.live[:0], false
	for j := range n {
		w.live = append(w.live, first+j)
		w.paths[j].Reset()
		z := w.points[j*w.dim : (j+1)*w.dim]
		philox.Normals(z, w.seed, uint64(first+j), philox.Start)
		for e, v := range z {
			w.noise[j*w.dim+e] = w.course.scale * float64(v)
		}
	}
	return w.x.Begin(w.noise[:n*w.dim])
}

// next finds the row of every live point at stage k of the batch. Points whose
// paths have ended are samples, and leave the batch.
func (w *batch) next(k uint32) error {
	w.kept, w.leave = w.kept[:0], w.leave[:0]
	for j, i := range w.live {
		var norms []float64
		if w.course.method.Adaptive && w.looked {
			w.told = [2]float64{w.norms[j], w.errors[j] / math.Sqrt(float64(w.dim))}
			norms = w.told[:]
		}
		st, ok := w.paths[j].Next(norms)
		if !ok {
			if err := w.paths[j].Err(); err != nil {
				return fmt.Errorf("sample %d: %w", i, err)
			}
			w.leave = append(w.leave, j)
			continue
		}
		w.rows[len(w.kept)] = Row{Stage: st, Sample: uint64(i), Draw: k, Label: w.course.spec.label(i)}
		w.kept = append(w.kept, j)
	}
	if len(w.leave) == 0 {
		return nil
	}
	if !w.looked && k > 0 {
		if err := w.look(); err != nil {
			return err
		}
	}
	points := w.points[:len(w.leave)*w.dim]
	if err := w.x.Points(points, w.leave); err != nil {
		return err
	}
	for q, j := range w.leave {
		x := w.place(w.live[j], points[q*w.dim:])
		for e, v := range x {
			if !finite(float64(v)) {
				return fmt.Errorf("sample %d ends with x[%d] = %v: %w", w.live[j], e, v, ErrNotFinite)
			}
		}
	}
	return w.drop()
}

// step starts the stage that next has found.
func (w *batch) step() error {
	if err := w.x.Step(w.rows[:len(w.live)]); err != nil {
		return err
	}
	w.looked = false
	for _, i := range w.live {
		w.result.NFE[i]++
	}
	w.done += len(w.live)
	return nil
}

// look reads the norms of the last stage, which must be finite.
func (w *batch) look() error {
	norms := w.norms[:len(w.live)]
	if err := w.x.Norms(norms); err != nil {
		return err
	}
	if w.course.method.Error {
		if err := w.x.Errors(w.errors[:len(w.live)]); err != nil {
			return err
		}
	}
	w.looked = true
	for j, norm := range norms {
		if !finite(norm) {
			return fmt.Errorf("sample %d: ‖f‖ = %v: %w", w.live[j], norm, ErrNotFinite)
		}
	}
	return nil
}

// judge takes the points where ‖f‖ is below the stop out of the batch. The sample that
// such a point becomes is y, where its field was evaluated.
func (w *batch) judge() error {
	if err := w.look(); err != nil {
		return err
	}
	w.kept, w.leave = w.kept[:0], w.leave[:0]
	for j := range w.live {
		if w.norms[j] < w.course.stop {
			w.leave = append(w.leave, j)
		} else {
			w.kept = append(w.kept, j)
		}
	}
	if len(w.leave) == 0 {
		return nil
	}
	points := w.points[:len(w.leave)*w.dim]
	if err := w.x.Asked(points, w.leave); err != nil {
		return err
	}
	for q, j := range w.leave {
		w.place(w.live[j], points[q*w.dim:])
	}
	w.result.Stopped += len(w.leave)
	return w.drop()
}

// drop takes the points that leave out of the batch. The paths they leave behind
// serve other points of a later batch.
func (w *batch) drop() error {
	for _, j := range w.leave {
		w.bound -= w.course.most - w.result.NFE[w.live[j]]
	}
	for q, j := range w.kept {
		w.live[q], w.norms[q], w.errors[q] = w.live[j], w.norms[j], w.errors[j]
		w.paths[q], w.paths[j] = w.paths[j], w.paths[q]
	}
	w.live = w.live[:len(w.kept)]
	return w.x.Keep(w.kept)
}

// place copies sample i to the result.
func (w *batch) place(i int, from []float32) []float32 {
	x := w.result.X[i*w.dim : (i+1)*w.dim]
	copy(x, from)
	return x
}
