package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan"
)

// Compiled is the Executor of a field on a device that keeps the points to itself.
// A stage is one plan, replayed, and moves one row of coefficients for each point
// to the device and at most one number for each point back.
//
// When so few points are left that half the rows of the plan would do, Keep moves
// them to the plan of that many. Until then points that have finished are
// evaluated with the others; they stay where they are and no one looks at them.
type Compiled struct {
	ctx       context.Context // of compiling and loading
	dev       plan.Device
	field     Field
	point     []int
	dim       int
	precision plan.Precision
	form      Form
	batch     int

	stages map[int]plan.Program    // by how many rows
	picks  map[[2]int]plan.Program // of how many rows, how many
	all    []plan.Program          // in the order they were loaded

	now  plan.Program // the stage that holds the points, of
	size int          // so many rows
	rows []int        // where each point is

	memory       []float32 // for the controls of the largest plan
	controls     controls  // of all rows
	norms, index []float32
	points       []float32 // what passes the host: batch·dim
	every        []int     // the numbers 0, 1, …

	times func(t []float64) error // t̂ of the points, nil where nothing reads it
	seen  []readout.Scalars
}

// OnDevice returns the executor of f on a device, for points of the given shape. It
// reads f's weights when it loads a plan and does not see later changes. Plans are
// compiled and loaded until ctx ends.
func OnDevice(ctx context.Context, dev plan.Device, f Field, point []int,
	precision plan.Precision) *Compiled {
	return &Compiled{ctx: ctx, dev: dev, field: f, point: point, dim: plan.Size(point), precision: precision}
}

// Dim is how many coordinates a point has.
func (w *Compiled) Dim() int { return w.dim }

// Ahead lets a device work on its own for 16 stages at a time.
func (w *Compiled) Ahead() int { return 16 }

// Plan is the compiled stage of n points.
func (w *Compiled) Plan(form Form, n int) (*plan.Plan, error) {
	return compiledStage(w.ctx, w.field, form, n, w.point, w.precision)
}

// Reserve drops the plans of another form. On the host it takes 4·dim bytes a
// point, on the device for each number of rows in use the field's temporaries, its
// weights, and 4·dim·(registers + 2) bytes a row.
func (w *Compiled) Reserve(form Form, n int) error {
	if form.Part != Whole {
		return fmt.Errorf("sample: Compiled: the method follows %v, which no device has of a field, want "+
			"one that follows f", form.Part)
	}
	if w.stages == nil || w.form != form || w.batch != n {
		if err := w.Close(); err != nil {
			return err
		}
		w.form, w.batch = form, n
		w.stages, w.picks = map[int]plan.Program{}, map[[2]int]plan.Program{}
		w.rows, w.every = make([]int, 0, n), make([]int, n)
		for i := range w.every {
			w.every[i] = i
		}
		w.memory = make([]float32, stageLayout(w.field, form, n).len())
		w.norms, w.index = make([]float32, n), make([]float32, n)
		w.points = make([]float32, n*w.dim)
	}
	_, err := w.stage(plan.Rows(n, n)) // now, so that what cannot be had is said before the work
	return err
}

func (w *Compiled) load(p *plan.Plan, err error) (plan.Program, error) {
	if err != nil {
		return nil, err
	}
	g, err := w.dev.Load(w.ctx, p)
	if err == nil {
		w.all = append(w.all, g)
	}
	return g, err
}

// stage returns the program of so many rows.
func (w *Compiled) stage(rows int) (plan.Program, error) {
	if g := w.stages[rows]; g != nil {
		return g, nil
	}
	g, err := w.load(w.Plan(w.form, rows))
	if err != nil {
		return nil, err
	}
	w.stages[rows] = g
	return g, w.field.Write(g)
}

// Begin replaces the batch.
func (w *Compiled) Begin(u []float64) error {
	n := len(u) / w.dim
	if n < 1 || n > w.batch || n*w.dim != len(u) {
		return fmt.Errorf("sample: Compiled: %d elements, want 1 to %d points of %d", len(u), w.batch, w.dim)
	}
	if err := w.turnTo(plan.Rows(n, w.batch), n); err != nil {
		return err
	}
	return w.refill(0, w.size, u)
}

// turnTo makes the stage of so many rows the one that holds the n points, in order.
func (w *Compiled) turnTo(size, n int) error {
	g, err := w.stage(size)
	if err != nil {
		return err
	}
	w.now, w.size, w.rows = g, size, append(w.rows[:0], w.every[:n]...)
	w.controls = stageLayout(w.field, w.form, size).in(w.memory)
	clear(w.controls.all)
	for r := range size {
		w.form.rest(w.row(r))
	}
	return nil
}

// row is the coefficients of row r of the plan.
func (w *Compiled) row(r int) []float32 {
	k := w.form.columns()
	return w.controls.coefficients[r*k : (r+1)*k]
}

// Step starts one stage.
func (w *Compiled) Step(rows []Row) error {
	time, label := w.field.Told()
	for i := range rows {
		q, r := &rows[i], w.rows[i]
		if !w.form.fits(q.Stage) {
			return fmt.Errorf("sample: Compiled: point %d: the stage is not of %d registers", i,
				w.form.Registers)
		}
		if time && math.IsNaN(q.T) {
			return errors.New("sample: Compiled: the field takes a time, and the method has no clock")
		}
		w.form.coefficients(w.row(r), q.Stage)
		if w.form.Masked {
			copy(w.row(r)[w.form.held():], []float32{float32(q.Known), float32(q.Noise)})
		}
		if time {
			w.controls.t[r] = float32(q.T)
		}
		if label {
			w.controls.label[r] = float32(q.Label)
		}
		if w.form.Noise {
			draw := plan.DrawRow(q.Sample, q.Draw)
			copy(w.controls.draws[r*plan.DrawLen:], draw[:])
		}
	}
	if err := w.now.Write(inControls, w.controls.all); err != nil {
		return err
	}
	return w.now.Run()
}

// Norms sets norms to ‖f‖ of each point: the root of a sum in float32, which
// overflows where ‖f‖ ≥ 1.8e19.
func (w *Compiled) Norms(norms []float64) error { return w.lengths(norms, outNorms) }

// Errors sets norms to ‖s‖ of the last register of each point.
func (w *Compiled) Errors(norms []float64) error { return w.lengths(norms, outError) }

func (w *Compiled) lengths(norms []float64, of string) error {
	if err := w.now.Read(of, w.norms[:w.size]); err != nil {
		return err
	}
	for i := range norms {
		norms[i] = math.Sqrt(float64(w.norms[w.rows[i]]))
	}
	return nil
}

// Close frees the plans.
func (w *Compiled) Close() error {
	var errs []error
	for _, g := range w.all {
		errs = append(errs, g.Close())
	}
	w.all, w.stages, w.picks = nil, nil, nil
	return errors.Join(errs...)
}
