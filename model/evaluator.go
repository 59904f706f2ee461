package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

// Evaluator answers what a field is at points of the host: it takes them to a
// device, runs one plan and brings the answers back. It compiles a plan for each
// power of two up to its batch, so that few points cost less than many. A point's
// field does not depend on the points beside it, nor on how many there are.
type Evaluator struct {
	ctx       context.Context // of compiling and loading
	dev       plan.Device
	field     Trained
	point     []int
	dim       int
	precision plan.Precision
	batch     int

	programs map[int]*evaluation // by how many points they evaluate
}

// evaluation is a plan for a number of points, with its arrays on the host.
type evaluation struct {
	plan.Program
	u, f []float32
}

// NewEvaluator returns an evaluator of f, which sees no time and no label, for
// points of the given shape, at most batch at a time. A plan is compiled and loaded
// when it is first needed, unless ctx has ended.
func NewEvaluator(ctx context.Context, dev plan.Device, f Trained, point []int, batch int,
	precision plan.Precision) (*Evaluator, error) {
	switch {
	case f.Time || f.Label:
		return nil, errors.New("model: NewEvaluator: the field wants a time or a label, want one of the" +
			" point alone")
	case batch < 1:
		return nil, fmt.Errorf("model: NewEvaluator: batch: got %d, want at least 1", batch)
	}
	return &Evaluator{ctx: ctx, dev: dev, field: f, point: point, dim: plan.Size(point), precision: precision,
		batch: batch, programs: map[int]*evaluation{}}, nil
}

// Eval sets dst = f(x) for n points one after another.
func (e *Evaluator) Eval(dst, x []float32, n int) error {
	if len(x) != n*e.dim || len(dst) != n*e.dim {
		return fmt.Errorf("model: Eval: %d and %d elements, want %d points of %d", len(dst), len(x), n, e.dim)
	}
	for n > 0 {
		k := min(n, e.batch)
		if err := e.part(dst[:k*e.dim], x[:k*e.dim], k); err != nil {
			return err
		}
		dst, x, n = dst[k*e.dim:], x[k*e.dim:], n-k
	}
	return nil
}

// part evaluates n ≤ batch points. The other rows of the plan keep the points of an
// earlier evaluation; their answers are not read.
func (e *Evaluator) part(dst, x []float32, n int) error {
	g, err := e.evaluation(plan.Rows(n, e.batch))
	if err != nil {
		return err
	}
	copy(g.u, x)
	if err := g.Write("u", g.u); err != nil {
		return err
	}
	if err := g.Run(); err != nil {
		return err
	}
	if err := g.Read("f", g.f); err != nil {
		return err
	}
	copy(dst, g.f)
	return nil
}

// evaluation returns the program of so many rows.
func (e *Evaluator) evaluation(rows int) (*evaluation, error) {
	if g := e.programs[rows]; g != nil {
		return g, nil
	}
	p, err := e.field.Plan(e.ctx, rows, e.point, e.precision)
	if err != nil {
		return nil, err
	}
	g, err := e.dev.Load(e.ctx, p)
	if err != nil {
		return nil, err
	}
	v := &evaluation{g, make([]float32, rows*e.dim), make([]float32, rows*e.dim)}
	e.programs[rows] = v
	return v, e.field.Write(g)
}

// Refresh gives the programs the field's weights as they are now: whoever changes the
// arrays of its States calls it before the next Eval.
func (e *Evaluator) Refresh() error {
	for _, rows := range slices.Sorted(maps.Keys(e.programs)) {
		if err := e.field.Write(e.programs[rows]); err != nil {
			return err
		}
	}
	return nil
}

// Close frees the programs.
func (e *Evaluator) Close() error {
	var errs []error
	for _, rows := range slices.Sorted(maps.Keys(e.programs)) {
		errs = append(errs, e.programs[rows].Close())
	}
	return errors.Join(errs...)
}
