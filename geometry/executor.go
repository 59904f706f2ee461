package geometry

import (
	"context"
	"errors"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// Known is a blind field in closed form: an [exact.Blind], or an [exact.Dataset].
type Known interface {
	Dim() int
	Fields(dst, points [][]float64, workers int) error
	Given(u []float64, t float64) (exact.Conditional, error)
	Decompositions(dst []exact.Decomposition, points [][]float64, workers int) error
	Posteriors(dst []exact.Posterior, points [][]float64, workers int) error
	At(u []float64) (exact.Posterior, error)
	Hessian(u []float64) (exact.Hessian, error)
	Jacobian(u []float64) (exact.Jacobian, error)
	Arrived(out, u []float64)
	Indecomposable() string
}

// Follower is the executor that follows an exact field in float64 on all cores. A point that comes
// to lie on a datum, where f* has no value, stays there: its field is that of the datum alone,
// and its t̂ the least there is.
type Follower struct {
	*sample.Host
	a       Known
	arrived map[uint64]bool // by sample
}

// OnHost is the Follower of the blind field f* of p, or of f_t* where it is told the time. It reads
// t̂ = E[t|u].
func OnHost(ctx context.Context, a Known, p *field.Process, told bool) *Follower {
	x := &Follower{a: a, arrived: map[uint64]bool{}}
	dim := a.Dim()
	x.Host = sample.OnHost(func(f []float64, q sample.Query) error {
		if told {
			return each(ctx, q.N, nil, func(i int) error {
				c, err := a.Given(q.Y[i*dim:(i+1)*dim], q.T[i])
				copy(f[i*dim:], c.Field)
				return err
			})
		}
		return errors.Join(ctx.Err(), x.rest(a.Fields(rows(f, dim), x.rows(q), 0), func(i int) {
			x.arrive(q, i)
			a.Arrived(f[i*dim:(i+1)*dim], q.Y[i*dim:(i+1)*dim])
		}))
	}, dim).WithMetric(x.metric)
	x.ReadPoints(func(t, y []float64) error {
		all := make([]exact.Posterior, len(t))
		err := x.rest(a.Posteriors(all, rows(y, dim), 0), func(i int) { all[i].Mean = p.Prior.Min })
		for i := range t {
			t[i] = all[i].Mean
		}
		return errors.Join(ctx.Err(), err)
	})
	return x
}

// Arrived is how many samples have come to lie on a datum.
func (x *Follower) Arrived() int { return len(x.arrived) }

// arrive counts point i of q once.
func (x *Follower) arrive(q sample.Query, i int) {
	if q.Sample != nil {
		x.arrived[q.Sample[i]] = true
	}
}

// rest calls at for the points of err that lie on a datum. It returns err where there are others.
func (x *Follower) rest(err error, at func(i int)) error {
	faults := &exact.Faults{}
	if !errors.As(err, &faults) {
		return err
	}
	for k, e := range faults.Errs {
		if on := (&exact.Unresolved{}); !errors.As(e, &on) {
			return err
		}
		at(faults.At[k])
	}
	return nil
}

// rows are the points of x, one after another, of dim coordinates each.
func rows(x []float64, dim int) [][]float64 {
	out := make([][]float64, len(x)/dim)
	for i := range out {
		out[i] = x[i*dim : (i+1)*dim : (i+1)*dim]
	}
	return out
}

// rows are the points of q.
func (x *Follower) rows(q sample.Query) [][]float64 { return rows(q.Y, x.a.Dim()) }

// metric is the conformal metric, from the decomposition. On a datum both parts are taken as 0, the
// middle of their limits.
func (x *Follower) metric(f, gain []float64, part sample.Part, q sample.Query) error {
	dim := x.a.Dim()
	all := make([]exact.Decomposition, q.N)
	clear(f)
	err := x.rest(x.a.Decompositions(all, x.rows(q), 0), func(i int) {
		x.arrive(q, i)
		all[i] = exact.Decomposition{}
	})
	if err != nil {
		return err
	}
	for i := range all {
		d := &all[i]
		gain[i] = math.Abs(d.Lambda)
		for e, v := range d.Natural {
			if part == sample.Conformal {
				v += d.Transport[e]
			}
			f[i*dim+e] = math.Copysign(1, d.Lambda) * v
		}
	}
	return nil
}
