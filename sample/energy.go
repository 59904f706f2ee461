package sample

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/plan"
)

// Energies finds the energy of samples where they ended, on a device: with their classes,
// and at the time where the paths of a Spec end, where the field is told these. It is one
// evaluation of the network for each point, and like the point depends neither on how many
// there are nor on the batch.
type Energies struct {
	g     plan.Program
	field Field
	spec  Spec
	rows  int
	q     queries // of all rows
	e     []float32
}

// queries are points u, one after another, with what a field is told of each.
type queries struct{ u, t, label []float32 }

// NewEnergies is for samples of f that were drawn as s says, of a field that was trained on
// proc. Compiling and loading end with ctx.
func NewEnergies(ctx context.Context, dev plan.Device, f Field, s Spec, proc *field.Process,
	point []int, precision plan.Precision) (*Energies, error) {
	c, err := s.course(proc)
	if err != nil {
		return nil, fmt.Errorf("sample: Energies: %w", err)
	}
	w, err := newEnergies(ctx, dev, f, point, precision, plan.Rows(min(s.Batch, s.N), s.Batch))
	if err != nil {
		return nil, fmt.Errorf("sample: Energies: %w", err)
	}
	w.spec = c.spec
	return w, nil
}

// newEnergies is for so many rows at a time.
func newEnergies(ctx context.Context, dev plan.Device, f Field, point []int,
	precision plan.Precision, rows int) (*Energies, error) {
	p, err := f.EnergyPlan(ctx, rows, point, precision)
	if err != nil {
		return nil, err
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := f.Write(g); err != nil {
		g.Close()
		return nil, err
	}
	return &Energies{g: g, field: f, rows: rows, e: make([]float32, rows), q: queries{
		make([]float32, rows*plan.Size(point)), make([]float32, rows), make([]float32, rows)}}, nil
}

// Rows is how many points At takes at most.
func (w *Energies) Rows() int { return w.rows }

// At sets dst to the energies of the samples from first on, whose points are u.
func (w *Energies) At(dst, u []float32, first int) error {
	copy(w.q.u, u)
	w.spec.told(w.q.t, w.q.label, first)
	if err := w.ask(dst); err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	return nil
}

// told sets t and label to what a field is told where the paths of samples from first on
// have ended.
func (s Spec) told(t, label []float32, first int) {
	for i := range t {
		t[i], label[i] = float32(s.End), float32(s.label(first+i))
	}
}

// ask sets dst to the energies at the first rows; the others are of no point.
func (w *Energies) ask(dst []float32) error {
	time, label := w.field.Told()
	for _, in := range []struct {
		name string
		data []float32
		used bool
	}{{"u", w.q.u, true}, {inTime, w.q.t, time}, {inLabel, w.q.label, label}} {
		if in.used {
			if err := w.g.Write(in.name, in.data); err != nil {
				return err
			}
		}
	}
	if err := w.g.Run(); err != nil {
		return err
	}
	if err := w.g.Read("g", w.e); err != nil {
		return err
	}
	copy(dst, w.e)
	return nil
}

// Close frees the plan.
func (w *Energies) Close() error { return w.g.Close() }

// Energies sets r.Energy to the energy of each point of r, whose Spec says where paths end.
func (r *Result) Energies(ctx context.Context, dev plan.Device, f Field, point []int,
	precision plan.Precision) error {
	n := len(r.NFE)
	q := queries{r.X, make([]float32, n), make([]float32, n)}
	r.Spec.told(q.t, q.label, 0)
	var err error
	if r.Energy, err = energiesOf(ctx, dev, f, point, precision, r.Spec.Batch, q); err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	return nil
}

// energiesOf are the energies of the points of q, so many at a time.
func energiesOf(ctx context.Context, dev plan.Device, f Field, point []int, precision plan.Precision,
	batch int, q queries) ([]float32, error) {
	n := len(q.t)
	w, err := newEnergies(ctx, dev, f, point, precision, plan.Rows(min(batch, n), batch))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	energy, dim := make([]float32, n), len(q.u)/n
	for first := 0; first < n; first += w.rows {
		copy(w.q.u, q.u[first*dim:])
		copy(w.q.t, q.t[first:])
		copy(w.q.label, q.label[first:])
		if err := w.ask(energy[first:]); err != nil {
			return nil, err
		}
	}
	return energy, nil
}
