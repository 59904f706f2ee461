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

// batch takes points from noise to data on a Flow, a batch at a time. Points
// stay in the order of their numbers; those that have finished leave the flow.
type batch struct {
	flow   Flow
	stages []Stage
	stop   float64
	every  int // stages between looks at the norms where nothing is to stop
	seed   uint64
	scale  float64 // of the starting noise, b(t)
	dim    int
	result *Result

	live   []int // the number of each point of the flow
	norms  []float64
	kept   []int // points of the flow that go on
	leave  []int // and those that do not
	noise  []float64
	points []float32 // what comes from the flow

	done, bound int // evaluations so far, and in all if no more points finish early
	progress    func(done, bound int)
}

func newBatch(flow Flow, size, dim int) *batch {
	return &batch{flow: flow, every: 1, dim: dim,
		live: make([]int, 0, size), kept: make([]int, 0, size), leave: make([]int, 0, size),
		norms: make([]float64, size), noise: make([]float64, size*dim), points: make([]float32, size*dim)}
}

// run takes points first to first+n−1 from noise to data. It allocates nothing.
func (w *batch) run(ctx context.Context, first, n int) error {
	fail := func(st *Stage, err error) error {
		return fmt.Errorf("sample: Run: %s of samples %d to %d: %w", st, first, first+n-1, err)
	}
	if err := w.begin(first, n); err != nil {
		return fail(&w.stages[0], err)
	}
	for k := range w.stages {
		st := &w.stages[k]
		if len(w.live) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return fail(st, err)
		}
		if err := w.flow.Step(st.Look, st.U, st.M); err != nil {
			return fail(st, err)
		}
		for _, i := range w.live {
			w.result.NFE[i]++
		}
		w.done += len(w.live)
		if w.stop > 0 || (k+1)%w.every == 0 || k+1 == len(w.stages) {
			if err := w.judge(k); err != nil {
				return fail(st, err)
			}
		}
		if w.progress != nil {
			w.progress(w.done, w.bound)
		}
	}
	if err := w.end(); err != nil {
		return fail(&w.stages[len(w.stages)-1], err)
	}
	return nil
}

// begin draws the noise the batch starts from.
func (w *batch) begin(first, n int) error {
	w.live = w.live[:0]
	for j := range n {
		w.live = append(w.live, first+j)
		z := w.points[j*w.dim : (j+1)*w.dim]
		philox.Normals(z, w.seed, uint64(first+j), philox.Start)
		for e, v := range z {
			w.noise[j*w.dim+e] = w.scale * float64(v)
		}
	}
	return w.flow.Begin(w.noise[:n*w.dim])
}

// judge looks at the field that stage k has found and takes points where it is
// short out of the flow. What such a point becomes is where it was found so.
func (w *batch) judge(k int) error {
	norms := w.norms[:len(w.live)]
	if err := w.flow.Norms(norms); err != nil {
		return err
	}
	w.kept, w.leave = w.kept[:0], w.leave[:0]
	for j, norm := range norms {
		switch {
		case !finite(norm):
			return fmt.Errorf("sample %d: ‖f‖ = %v: %w", w.live[j], norm, ErrNotFinite)
		case norm < w.stop:
			w.leave = append(w.leave, j)
		default:
			w.kept = append(w.kept, j)
		}
	}
	if len(w.leave) == 0 {
		return nil
	}
	points := w.points[:len(w.leave)*w.dim]
	if err := w.flow.Looked(points, w.leave); err != nil {
		return err
	}
	for q, j := range w.leave {
		w.place(w.live[j], points[q*w.dim:])
	}
	w.result.Stopped += len(w.leave)
	w.bound -= len(w.leave) * (len(w.stages) - k - 1)
	for q, j := range w.kept {
		w.live[q] = w.live[j]
	}
	w.live = w.live[:len(w.kept)]
	return w.flow.Keep(w.kept)
}

// end takes the points that have not finished early from the flow.
func (w *batch) end() error {
	if len(w.live) == 0 {
		return nil
	}
	points := w.points[:len(w.live)*w.dim]
	if err := w.flow.Points(points); err != nil {
		return err
	}
	for j, i := range w.live {
		x := w.place(i, points[j*w.dim:])
		for e, v := range x {
			if !finite(float64(v)) {
				return fmt.Errorf("sample %d ends with x[%d] = %v: %w", i, e, v, ErrNotFinite)
			}
		}
	}
	return nil
}

// place copies sample i to the result.
func (w *batch) place(i int, from []float32) []float32 {
	x := w.result.X[i*w.dim : (i+1)*w.dim]
	copy(x, from)
	return x
}

// String is where the stage is: step 3, t = 0.5.
func (st *Stage) String() string {
	if math.IsNaN(st.T) {
		return fmt.Sprintf("step %d", st.Step)
	}
	return fmt.Sprintf("step %d, t = %.6g,", st.Step, st.T)
}
