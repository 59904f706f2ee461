package geometry

import (
	"context"
	"errors"
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

// measureBlock is how many points are measured between two calls of progress.
const measureBlock = 64

// Measure is what a knows of each point. Points are measured on all cores;
// progress, if there is one, hears how many are done.
func Measure(ctx context.Context, a Known, points [][]float64, d Derivatives,
	progress func(done, of int)) ([]Point, error) {
	out := make([]Point, len(points))
	for from := 0; from < len(points); from += measureBlock {
		to := min(from+measureBlock, len(points))
		if err := measureAll(a, out[from:to], points[from:to]); err != nil {
			if f := (&exact.Faults{}); errors.As(err, &f) {
				err = fmt.Errorf("point %d: %w", from+f.At[0], f.Errs[0])
			}
			return nil, fmt.Errorf("geometry: Measure: %w", err)
		}
		err := each(ctx, to-from, nil, func(i int) error {
			if err := out[from+i].differentiate(a, d); err != nil {
				return fmt.Errorf("geometry: Measure: point %d: %w", from+i, err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if progress != nil {
			progress(to, len(points))
		}
	}
	return out, context.Cause(ctx)
}

// measure is what a knows of u and takes no derivative.
func measure(a Known, u []float64) (Point, error) {
	one := make([]Point, 1)
	err := measureAll(a, one, [][]float64{u})
	return one[0], err
}

// measureAll sets out to what takes no derivative.
func measureAll(a Known, out []Point, points [][]float64) error {
	all := make([]exact.Posterior, len(points))
	if err := a.Posteriors(all, points, 0); err != nil {
		return err
	}
	for i, q := range all {
		out[i] = Point{At: points[i], Energy: q.Energy, GradEnergy: q.Grad, Field: q.Field, TMean: q.Mean,
			TVar: q.Var, QuadratureError: q.Err, EdgeMass: Edge{q.EdgeLo, q.EdgeHi}}
	}
	if why := a.Indecomposable(); why != "" {
		for i := range out {
			out[i].Note = why
		}
		return nil
	}
	parts := make([]exact.Decomposition, len(points))
	if err := a.Decompositions(parts, points, 0); err != nil {
		return err
	}
	for i := range out {
		p, d := &out[i], &parts[i]
		p.Lambda, p.CScale, p.Natural, p.Transport = &d.Lambda, &d.Drift, d.Natural, d.Transport
		p.Drift = make([]float64, len(p.At))
		for e, v := range p.At {
			p.Drift[e] = d.Drift * v
		}
		p.QuadratureError = max(p.QuadratureError, d.Err)
	}
	return nil
}

// differentiate adds the derivatives.
func (p *Point) differentiate(a Known, d Derivatives) error {
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
