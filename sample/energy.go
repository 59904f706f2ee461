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
	rows := model.PlanRows(min(r.Spec.Batch, n), r.Spec.Batch)
	p, err := f.EnergyPlan(ctx, rows, point, precision)
	if err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	defer g.Close()
	if err := f.Write(g); err != nil {
		return fmt.Errorf("sample: Energies: %w", err)
	}
	energy := make([]float32, n+rows) // the last rows of the plan may be of no point
	for first := 0; first < n; first += rows {
		if err := r.energies(g, f, first, energy[first:first+rows]); err != nil {
			return fmt.Errorf("sample: Energies: %w", err)
		}
	}
	r.Energy = energy[:n]
	return nil
}

// energies sets dst to the energies of the points from first on; those that are not there
// are taken for zero.
func (r *Result) energies(g plan.Program, f model.Trained, first int, dst []float32) error {
	rows := len(dst)
	u, t, label := make([]float32, rows*r.Dim), make([]float32, rows), make([]float32, rows)
	copy(u, r.X[first*r.Dim:])
	for i := range rows {
		t[i], label[i] = float32(r.Spec.End), float32(r.Spec.label(first+i))
	}
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
