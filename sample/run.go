package sample

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stillfield/stillfield/field"
)

// Field evaluates dst = f(x) for n points of dim coordinates each, stored one
// after another. It must not keep dst or x, and a point's value must not depend
// on the points beside it.
type Field func(dst, x []float32, n int) error

// Result is a set of samples.
type Result struct {
	Spec    Spec      // what was asked, with times and grid as they were
	Dim     int       // coordinates of a point
	X       []float32 // N points, one after another
	NFE     []int     // evaluations of the field each point took
	Stopped int       // points that finished because ‖f‖ < Stop
	Seconds float64
}

// Run draws s.N points of dim coordinates with the field f, which was trained on
// proc. Point i starts at b(start)·ε_i, where ε_i is a function of (seed, i).
// What it becomes depends on f, s and i, and not on N or Batch.
//
// After each evaluation of a batch, progress, if there is one, is told how many
// points have been evaluated in all and at most how many will be. A field that
// fails, a number that is not finite and the end of ctx stop the run with an
// error that says at which step of which samples. At the end of ctx the result has
// the points of the batches before, which are as they would have been.
//
// Memory is N·dim float32 for the result and 36 bytes for each coordinate of a
// batch; after a batch has started nothing is allocated here.
func Run(ctx context.Context, f Field, proc *field.Process, dim int, s Spec,
	progress func(done, bound int)) (*Result, error) {
	return follow(ctx, func(batch int) Flow { return newPoints(f, batch, dim) }, 1, proc, dim, s, progress)
}

// lookEvery is how many stages a flow may run ahead of the host where no point
// can stop: a device then waits for the host once in so many steps, and a number
// that is not finite, which stays so, is found that much later.
const lookEvery = 16

// Follow is Run on a flow, which must have room for s.Batch points, or s.N if
// these are fewer. Between the start of a batch and its end the host sees ‖f‖ of
// each point, at every stage or, where s.Stop is 0, at every 16th.
func Follow(ctx context.Context, f Flow, proc *field.Process, dim int, s Spec,
	progress func(done, bound int)) (*Result, error) {
	return follow(ctx, func(int) Flow { return f }, lookEvery, proc, dim, s, progress)
}

func follow(ctx context.Context, flow func(batch int) Flow, every int, proc *field.Process, dim int, s Spec,
	progress func(done, bound int)) (*Result, error) {
	begin := time.Now()
	if errs := s.Check(); len(errs) > 0 {
		for i, err := range errs {
			errs[i] = fmt.Errorf("sample: Run: %w", err)
		}
		return nil, errors.Join(errs...)
	}
	const largest = 1 << 40
	if dim < 1 || dim > largest/s.N {
		return nil, fmt.Errorf("sample: Run: dim: got %d, want between 1 and %d for n = %d", dim, largest/s.N, s.N)
	}
	s, stages, err := s.path(proc)
	if err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	batch := min(s.Batch, s.N)
	w := newBatch(flow(batch), batch, dim)
	w.stages, w.stop, w.every, w.seed, w.progress = stages, s.Stop, every, s.Seed, progress
	w.scale = proc.Schedule.B.Eval(s.Start)
	w.bound = s.N * len(stages)
	w.result = &Result{Spec: s, Dim: dim, X: make([]float32, s.N*dim), NFE: make([]int, s.N)}
	for first := 0; first < s.N; first += batch {
		stopped := w.result.Stopped
		err := w.run(ctx, first, min(batch, s.N-first))
		switch {
		case err != nil && ctx.Err() == nil:
			return nil, err
		case err != nil:
			r := w.result
			r.X, r.NFE, r.Stopped = r.X[:first*dim], r.NFE[:first], stopped
			r.Seconds = time.Since(begin).Seconds()
			return r, err
		}
	}
	w.result.Seconds = time.Since(begin).Seconds()
	return w.result, nil
}

// Fits reports what p does not allow of an s without faults, as "key: got …,
// want …": a start or an end outside the range p is trained on, a path that
// starts on a pole or crosses one, a descent of a field that points to the data.
func (s Spec) Fits(p *field.Process) error {
	_, _, err := s.path(p)
	return err
}

// path is s with nothing left to the process, and the stages it stands for.
func (s Spec) path(p *field.Process) (Spec, []Stage, error) {
	m, _ := find(s.Sampler)
	s, err := s.resolve(m, p)
	if err != nil {
		return s, nil, err
	}
	var t []float64
	if m.Clock {
		if t, err = s.times(p); err != nil {
			return s, nil, err
		}
	}
	stages := m.Stages(s, p, t)
	if s.Clean {
		kappa, eta := p.Step(s.End, 0)
		stages = append(stages, linear(len(t), s.End, kappa, eta))
	}
	for k := range stages {
		if st := &stages[k]; !st.finite() {
			return s, nil, fmt.Errorf("start: got the interval from %v to %v, want one on which %s is finite:"+
				" it is not at %s of %s/%s", s.Start, s.End, s.Sampler, st, p.Schedule.Name, p.Target.Name)
		}
	}
	return s, stages, nil
}

// MeanNFE is the mean number of evaluations of a point.
func (r *Result) MeanNFE() float64 {
	var sum float64
	for _, n := range r.NFE {
		sum += float64(n)
	}
	return sum / float64(len(r.NFE))
}

// MaxNFE is the largest number of evaluations of a point.
func (r *Result) MaxNFE() int {
	most := 0
	for _, n := range r.NFE {
		most = max(most, n)
	}
	return most
}
