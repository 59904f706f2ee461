package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/memory"
)

// Result is a set of samples.
type Result struct {
	Spec    Spec      // what was asked, with times and grid as they were
	Dim     int       // coordinates of a point
	X       []float32 // N points, one after another
	NFE     []int     // evaluations of the field each point took
	Energy  []float32 // of each point, where Energies has been asked
	Stopped int       // points that finished because ‖f‖ < Stop
	Seconds float64
}

// Run draws s.N points of a field that x evaluates and that was trained on proc.
// Point i starts at b(start)·ε_i, where ε_i is a function of (seed, i). What it
// becomes depends on the field, s and i, and not on N or Batch.
//
// After each evaluation of a batch, progress, if there is one, is told how many
// points have been evaluated in all and at most how many will be. A field that
// fails, a number that is not finite and the end of ctx stop the run with an
// error that says at which step of which samples. At the end of ctx the result has
// the points of the batches before, which are as they would have been. On an
// executor that works ahead a number that is not finite, which stays so, is found
// some steps later.
//
// Memory is N·dim float32 for the result and 12 bytes for each coordinate of a
// batch besides the executor's; after a batch has started nothing is allocated
// here.
func Run(ctx context.Context, x Executor, proc *field.Process, s Spec,
	progress func(done, bound int)) (*Result, error) {
	begin := time.Now()
	w, err := reserve(x, proc, s)
	if err != nil {
		return nil, err
	}
	dim, n := x.Dim(), min(s.Batch, s.N)
	w.progress, w.bound = progress, s.N*w.course.most
	w.result = &Result{Spec: w.course.spec, Dim: dim, X: make([]float32, s.N*dim), NFE: make([]int, s.N)}
	for first := 0; first < s.N; first += n {
		stopped := w.result.Stopped
		err := w.run(ctx, first, min(n, s.N-first))
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

// Reserve says what would keep Run from drawing, memory that is not there included,
// and prepares x for it.
func Reserve(x Executor, proc *field.Process, s Spec) error {
	_, err := reserve(x, proc, s)
	return err
}

func reserve(x Executor, proc *field.Process, s Spec) (*batch, error) {
	if err := s.Check().Err(); err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	const largest = 1 << 40
	dim := x.Dim()
	if dim < 1 || dim > largest/s.N {
		return nil, fmt.Errorf("sample: Run: dim: got %d, want between 1 and %d for n = %d", dim, largest/s.N,
			s.N)
	}
	c, err := s.course(proc)
	if err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	if err := memory.Fits(s.Bytes(dim)); err != nil {
		return nil, fmt.Errorf("sample: Run: %d points of %d coordinates, %d at a time: %w", s.N, dim,
			min(s.Batch, s.N), err)
	}
	w, err := newBatch(x, c, s.Seed, min(s.Batch, s.N))
	if err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	return w, nil
}

// Bytes is the memory that Run and Write take for points of dim coordinates: the
// result, its evaluations counted twice, and a batch with the path, the row and the
// norm of each point, besides the executor's.
func (s Spec) Bytes(dim int) uint64 {
	path := uint64(128)
	if m, _ := find(s.Sampler); m.Adaptive {
		path = 2048 // its stages are its own
	}
	return uint64(s.N)*(4*uint64(dim)+8+4) + uint64(min(s.Batch, s.N))*(12*uint64(dim)+path)
}

// course is a Spec made definite for a process.
type course struct {
	method Method
	spec   Spec    // with nothing left to the process
	stop   float64 // ‖f‖ below which a point is finished, 0 for never
	scale  float64 // of the starting noise, b(start)
	paths  func() Path
	most   int // stages of a path
}

// Fits reports what p does not allow of an s without faults, as a choice.Fault: a start
// or an end outside the range p is trained on, a path that starts on a pole or crosses
// one, a descent that does not get nearer to data.
func (s Spec) Fits(p *field.Process) error {
	_, err := s.course(p)
	return err
}

// course makes s definite for p.
func (s Spec) course(p *field.Process) (course, error) {
	e, full, faults := Samplers.Resolve("", s.Choice(), nil)
	if err := faults.Err(); err != nil {
		return course{}, err
	}
	s.Fill(full)
	m := e.Make
	s, err := s.resolve(m, p)
	if err != nil {
		return course{}, err
	}
	r := Recipe{Spec: s, Process: p}
	if m.Clock {
		if r.Times, err = s.times(m, p); err != nil {
			return course{}, err
		}
	}
	c := course{method: m, spec: s, stop: s.Stop, scale: p.Schedule.B.Eval(s.Start), paths: m.Path(r)}
	if s.Clean {
		kappa, eta := p.Step(s.End, 0)
		last, paths := linear(m.Registers, s.End, kappa, eta), c.paths
		last.Step = len(r.Times)
		for i := range last.Set {
			last.Set[i] = append(last.Set[i], make([]float64, m.form(paths(), 0).terms()-len(last.Set[i]))...)
		}
		c.paths = func() Path { return &followed{Path: paths(), last: last} }
	}
	first := c.paths()
	c.most = first.Len()
	if m.Adaptive {
		return c, nil
	}
	for st, ok := first.Next(nil); ok; st, ok = first.Next(nil) {
		if !st.finite() {
			return c, fault("start", interval(s.Start, s.End),
				"one on which %s is finite: it is not at %s of %s/%s", s.Sampler, st, p.Schedule.Name,
				p.Target.Name)
		}
	}
	return c, c.descends(p)
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
