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

// batch takes points from noise to data on an Executor, so many at a time. Each point
// has its own path. Where one has come to its end, the next sample that waits takes its
// slot; when none waits, the slots that are free leave the executor.
type batch struct {
	x      Executor
	course course
	seed   uint64
	dim    int
	sink   Sink

	slots  []slot    // all there are; those in use come first
	live   []slot    // of each point of the executor
	rows   []Row     // and its next stage
	norms  []float64 // and ‖f‖ at the last stage, where looked
	errors []float64 // and, in a method with Error, ‖s‖ of the last register
	times  []float64 // and t̂, where the course reads it
	told   [3]float64
	looked bool // whether the norms of the last stage are known

	holds       [holds][]float32 // of points that begin, where some coordinates are known
	kept, leave []int            // points of the executor that go on, and that do not
	noise       []float64
	points      []float32 // what comes from the executor

	done     Progress
	progress func(Progress)
}

// newBatch reserves room for batches of n points on x.
func newBatch(x Executor, c course, seed uint64, n int) (*batch, error) {
	form := c.method.form(c.paths(), seed)
	form.Scalars, form.Masked = c.reads, c.masked()
	if err := x.Reserve(form, n); err != nil {
		return nil, err
	}
	if c.reads {
		if err := x.Times(nil); err != nil {
			return nil, err
		}
	}
	dim := x.Dim()
	w := &batch{x: x, course: c, seed: seed, dim: dim,
		slots: make([]slot, n), rows: make([]Row, n), norms: make([]float64, n), errors: make([]float64, n),
		times: make([]float64, n),
		kept:  make([]int, 0, n), leave: make([]int, 0, n),
		noise: make([]float64, n*dim), points: make([]float32, n*dim)}
	for i := range w.slots {
		w.slots[i].path = c.paths()
	}
	if form.Masked {
		for k := range w.holds {
			w.holds[k] = make([]float32, n*dim)
		}
	}
	return w, nil
}

// run takes all samples that the sink asks for from noise to data. It allocates nothing.
func (w *batch) run(ctx context.Context) error {
	if err := w.begin(); err != nil {
		return err
	}
	for k := 1; ; k++ {
		if err := w.next(); err != nil {
			return err
		}
		if len(w.live) == 0 {
			w.tell()
			return nil
		}
		if err := ctx.Err(); err != nil {
			return w.failed(err)
		}
		if err := w.step(); err != nil {
			return err
		}
		if w.course.stop > 0 || w.course.reads || w.course.method.Adaptive || k%w.x.Ahead() == 0 {
			if err := w.judge(); err != nil {
				return err
			}
		}
		w.tell()
	}
}

// failed is an error of all points that are under way.
func (w *batch) failed(err error) error {
	if others := len(w.live) - 1; others > 0 {
		return fmt.Errorf("%v and %d beside it: %w", &w.slots[0], others, err)
	}
	return fmt.Errorf("%v: %w", &w.slots[0], err)
}

func (w *batch) tell() {
	if w.progress != nil {
		w.progress(w.done)
	}
}

// begin fills the executor with the first samples.
func (w *batch) begin() error {
	n := 0
	for ; n < len(w.slots); n++ {
		i, ok := w.sink.Next()
		if !ok {
			break
		}
		w.start(n, i, w.noise[n*w.dim:(n+1)*w.dim])
	}
	w.live, w.looked = w.slots[:n], false
	if n == 0 {
		return nil
	}
	w.tell()
	if err := w.x.Begin(w.noise[:n*w.dim]); err != nil {
		return w.failed(err)
	}
	w.kept = w.kept[:0]
	for j := range n {
		w.kept = append(w.kept, j)
	}
	if err := w.hold(w.kept); err != nil {
		return w.failed(err)
	}
	return nil
}

// start puts sample i into slot j and sets u to the noise that it starts from.
func (w *batch) start(j, i int, u []float64) {
	q := &w.slots[j]
	q.number, q.nfe, q.asked, q.last.Step = i, 0, false, 0
	q.path.Reset()
	z := w.points[:w.dim]
	philox.Normals(z, w.seed, uint64(i), philox.Start)
	for e, v := range z {
		u[e] = w.course.scale * float64(v)
	}
	if w.course.keep > 0 {
		for e, v := range w.course.spec.Given.of(i, w.dim) {
			u[e] += w.course.keep * float64(v)
		}
	}
}

// next finds the row of every live point at the stage to come. Points whose paths have
// ended are samples, and leave the batch to others.
func (w *batch) next() error {
	for {
		w.leave = w.leave[:0]
		for j := range w.live {
			q := &w.live[j]
			if q.asked {
				continue
			}
			st, ok := q.path.Next(w.known(j))
			if ok {
				w.rows[j] = Row{Stage: st, Sample: uint64(q.number), Draw: uint32(q.nfe),
					Label: w.course.spec.label(q.number)}
				w.holding(&w.rows[j])
				q.asked = true
				continue
			}
			if err := q.path.Err(); err != nil {
				return fmt.Errorf("%v: %w", q, err)
			}
			w.leave = append(w.leave, j)
		}
		if len(w.leave) == 0 {
			return nil
		}
		if !w.looked && w.live[w.leave[0]].nfe > 0 {
			if err := w.look(); err != nil {
				return err
			}
		}
		if err := w.depart(w.x.Points, false); err != nil {
			return err
		}
	}
}

// known is what the path of point j is told of its last stage.
func (w *batch) known(j int) []float64 {
	if !w.course.method.Adaptive || !w.looked || w.live[j].nfe == 0 {
		return nil
	}
	w.told = [3]float64{w.norms[j], w.errors[j] / math.Sqrt(float64(w.dim)), w.times[j]}
	return w.told[:]
}

// step starts the stage that next has found.
func (w *batch) step() error {
	for j := range w.live {
		q := &w.live[j]
		q.last.Step, q.last.T = w.rows[j].Step, w.rows[j].T
		q.nfe++
		q.asked = false
	}
	w.looked = false
	if err := w.x.Step(w.rows[:len(w.live)]); err != nil {
		return w.failed(err)
	}
	w.done.Evaluations += len(w.live)
	w.done.Rows += w.x.Rows()
	return nil
}

// look reads the norms of the last stage, which must be finite.
func (w *batch) look() error {
	norms := w.norms[:len(w.live)]
	if err := w.x.Norms(norms); err != nil {
		return w.failed(err)
	}
	if w.course.method.Error {
		if err := w.x.Errors(w.errors[:len(w.live)]); err != nil {
			return w.failed(err)
		}
	}
	w.looked = true
	for j, norm := range norms {
		if !finite(norm) {
			return fmt.Errorf("%v: ‖f‖ = %v: %w", &w.live[j], norm, ErrNotFinite)
		}
	}
	return w.see()
}

// judge takes the points where ‖f‖ or t̂ is below its stop out of the batch. The sample that
// such a point becomes is y, where its field was evaluated.
func (w *batch) judge() error {
	if err := w.look(); err != nil {
		return err
	}
	w.leave = w.leave[:0]
	for j := range w.live {
		if w.finished(j) {
			w.leave = append(w.leave, j)
		}
	}
	if len(w.leave) == 0 {
		return nil
	}
	return w.depart(w.x.Asked, true)
}
