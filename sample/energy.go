package sample

import (
	"context"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// EnergyRange sums up the energies of points.
type EnergyRange struct {
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
}

// Energies sets r.Energy to the energy of each point of r where it ended, on a device: with
// its class, and at the time where the path ends, where f is told these. It is one
// evaluation of the network for each point, and like the point depends neither on how many
// there are nor on the batch. Compiling and loading end with ctx.
func (r *Result) Energies(ctx context.Context, dev plan.Device, f model.Trained, point []int,
	precision plan.Precision) error {
	n := len(r.NFE)
	q := queries{r.X, make([]float32, n), make([]float32, n)}
	for i := range n {
		q.t[i], q.label[i] = float32(r.Spec.End), float32(r.Spec.label(i))
	}
	var err error
	if r.Energy, err = energiesOf(ctx, dev, f, point, precision, r.Spec.Batch, q); err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	return nil
}

// queries are points u, one after another, with what a field is told of each.
type queries struct{ u, t, label []float32 }

// energiesOf are the energies of the points of q, so many at a time.
func energiesOf(ctx context.Context, dev plan.Device, f model.Trained, point []int, precision plan.Precision,
	batch int, q queries) ([]float32, error) {
	n := len(q.t)
	rows := model.PlanRows(min(batch, n), batch)
	p, err := f.EnergyPlan(ctx, rows, point, precision)
	if err != nil {
		return nil, err
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	if err := f.Write(g); err != nil {
		return nil, err
	}
	energy := make([]float32, n+rows) // the last rows of the plan may be of no point
	for first := 0; first < n; first += rows {
		if err := q.energies(g, f, first, energy[first:first+rows]); err != nil {
			return nil, err
		}
	}
	return energy[:n], nil
}

// energies sets dst to the energies of the points from first on; those that are not there
// are taken for zero.
func (q queries) energies(g plan.Program, f model.Trained, first int, dst []float32) error {
	rows, dim := len(dst), len(q.u)/len(q.t)
	u, t, label := make([]float32, rows*dim), make([]float32, rows), make([]float32, rows)
	copy(u, q.u[first*dim:])
	copy(t, q.t[first:])
	copy(label, q.label[first:])
	for _, in := range []struct {
		name string
		data []float32
		used bool
	}{{"u", u, true}, {inTime, t, f.Time}, {inLabel, label, f.Label}} {
		if in.used {
			if err := g.Write(in.name, in.data); err != nil {
				return err
			}
		}
	}
	if err := g.Run(); err != nil {
		return err
	}
	return g.Read("g", dst)
}

// energyRange sums r.Energy up; nil where there is none.
func (r *Result) energyRange() *EnergyRange {
	if len(r.Energy) == 0 {
		return nil
	}
	var sum float64
	for _, g := range r.Energy {
		sum += float64(g)
	}
	return &EnergyRange{Mean: sum / float64(len(r.Energy)), Min: float64(slices.Min(r.Energy)),
		Max: float64(slices.Max(r.Energy))}
}
