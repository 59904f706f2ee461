package geometry

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/field/exact"
)

// Point is everything that is known of one point of an exact blind field. What the
// decomposition lacks where it is infinite is left out, and Note says why.
type Point struct {
	At         []float64 `json:"at"`
	Energy     float64   `json:"energy"`            // E_marg = −log p(u)
	GradEnergy []float64 `json:"grad_energy"`       // ∇E_marg
	Field      []float64 `json:"field"`             // f*
	Lambda     *float64  `json:"lambda,omitempty"`  // λ̄ = E[λ|u]
	CScale     *float64  `json:"c_scale,omitempty"` // E[c/a|u]
	Natural    []float64 `json:"natural,omitempty"` // λ̄ ∇E_marg
	Transport  []float64 `json:"transport,omitempty"`
	Drift      []float64 `json:"drift,omitempty"` // E[c/a|u] u
	TMean      float64   `json:"t_mean"`          // E[t|u]
	TVar       float64   `json:"t_var"`           // Var(t|u)
	// QuadratureError estimates the largest error of these averages, each relative to
	// the average of the absolute value of what it adds up.
	QuadratureError float64 `json:"quadrature_error"`
	EdgeMass        Edge    `json:"edge_mass"`
	// The derivatives that were asked for, by rows.
	Hessian  [][]float64 `json:"hessian,omitempty"`  // ∇²E_marg
	Jacobian [][]float64 `json:"jacobian,omitempty"` // ∂f*/∂u
	Note     string      `json:"note,omitempty"`
}

// Edge is the posterior density of t at the ends of the prior, in units of 1/√Var: 0
// where the end decides nothing, about 1 where the posterior leans against it.
type Edge struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Derivatives says which derivatives to measure. Each is D² numbers a point.
type Derivatives struct{ Hessian, Jacobian bool }

// Measure is what a knows of each point. Points are measured on all cores; progress,
// if there is one, hears how many are done.
func Measure(ctx context.Context, a *exact.Blind, points [][]float64, d Derivatives,
	progress func(done, of int)) ([]Point, error) {
	out := make([]Point, len(points))
	err := each(ctx, len(points), progress, func(i int) (err error) {
		if out[i], err = measure(a, points[i]); err == nil {
			err = out[i].differentiate(a, d)
		}
		if err != nil {
			return fmt.Errorf("geometry: Measure: point %d: %w", i, err)
		}
		return nil
	})
	return out, err
}

func measure(a *exact.Blind, u []float64) (Point, error) {
	q, err := a.At(u)
	if err != nil {
		return Point{}, err
	}
	p := Point{At: u, Energy: q.Energy, GradEnergy: q.Grad, Field: q.Field, TMean: q.Mean, TVar: q.Var,
		QuadratureError: q.Err, EdgeMass: Edge{q.EdgeLo, q.EdgeHi}}
	if v := a.Process.Finiteness().Decomposition; !v.Finite {
		p.Note = v.Why
		return p, nil
	}
	d, err := a.Decompose(u)
	if err != nil {
		return Point{}, err
	}
	p.Lambda, p.CScale, p.Natural, p.Transport = &d.Lambda, &d.Drift, d.Natural, d.Transport
	p.Drift = make([]float64, len(u))
	for i, v := range u {
		p.Drift[i] = d.Drift * v
	}
	p.QuadratureError = max(p.QuadratureError, d.Err)
	return p, nil
}

// differentiate adds the derivatives.
func (p *Point) differentiate(a *exact.Blind, d Derivatives) error {
	if d.Hessian {
		h, err := a.Hessian(p.At)
		if err != nil {
			return err
		}
		p.Hessian, p.QuadratureError = h.Dense(), max(p.QuadratureError, h.Err)
	}
	if d.Jacobian {
		j, err := a.Jacobian(p.At)
		if err != nil {
			return err
		}
		p.Jacobian, p.QuadratureError = j.Dense(), max(p.QuadratureError, j.Err)
	}
	return nil
}
