package model

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Divergence builds f(u) and its divergence, the trace [n] of J = ∂f/∂u, by products with
// probes v, one sweep back for each:
//
//	tr J = Σₖ eₖᵀJeₖ                                  exact, with the D unit vectors
//	tr J ≈ (1/P) Σₚ vₚᵀJvₚ,   E[vvᵀ] = I              Hutchinson's estimate, with P probes
//
// v [n·P, …] are the probes, P for each point one after another; nil is for the exact
// trace. A point is evaluated once for each of its probes, so the exact trace costs D
// times f and a sweep back to u. As operators are closed under differentiation, f may be
// the gradient of an energy, and whatever device runs f runs this.
func Divergence(b *graph.Builder, f Field, in Inputs, v graph.Node) (y, trace graph.Node) {
	if b.Err() != nil {
		return nil, nil
	}
	shape := in.U.Shape()
	n, dim := shape[0], plan.Size(shape[1:])
	probes, share := dim, 1.
	if v == nil {
		v = units(b, in.U)
	} else {
		probes = v.Shape()[0] / n
		share = 1 / float64(probes)
	}
	rows := in.repeated(b, probes)
	all := f(b, rows)
	if b.Err() != nil {
		return nil, nil
	}
	back := b.Gradients(b.Dot(all, v, 1, 1), rows.U)[0] // Jᵀv
	trace = b.Sum(b.Dot(back, v, n*probes, n*probes), n, 1, n)
	return b.Narrow(all, n, 0, dim, shape...), b.Scale(share, trace)
}

// repeated is each row of in so many times, one after another.
func (in Inputs) repeated(b *graph.Builder, times int) Inputs {
	if times == 1 {
		return in
	}
	again := func(x graph.Node) graph.Node {
		if x == nil || b.Err() != nil {
			return nil
		}
		shape := append([]int{}, x.Shape()...)
		shape[0] *= times
		return b.Reshape(b.RepeatAxis(x, 1, times), shape...)
	}
	return Inputs{U: again(in.U), T: again(in.T), Label: again(in.Label)}
}

// units are the D unit vectors of the space of u [n, …], for each of the n points, as
// [n·D, …].
func units(b *graph.Builder, u graph.Node) graph.Node {
	shape := append([]int{}, u.Shape()...)
	n, dim := shape[0], plan.Size(shape[1:])
	shape[0] *= dim
	k := b.Count(u, dim)
	column, row := b.SpreadColumn(k, dim, dim), b.SpreadRow(k, dim, dim)
	one := b.Mul(b.Binary(plan.Less, b.Shift(-.5, column), row),
		b.Binary(plan.Less, row, b.Shift(.5, column))) // whether column = row
	return b.Reshape(b.Expand(one, 1, dim*dim, n, dim, dim), shape...)
}

// DivergencePlan evaluates f and its divergence at n points of the given shape: input
// "u", and "t" and "label" where the field wants them, outputs "f" and "divergence" [n]. The
// divergence is exact for probes = 0; otherwise it is estimated with so many for each point,
// which are the state "v" [n·probes, …]. Compiling ends with ctx.
func (f Trained) DivergencePlan(ctx context.Context, n int, point []int, probes int,
	precision plan.Precision) (*plan.Plan, error) {
	if probes < 0 {
		return nil, fmt.Errorf("model: DivergencePlan: got %d probes, want at least 0", probes)
	}
	b := graph.New()
	in := asked(b, b.Input("u", append([]int{n}, point...)...), f.Time, f.Label)
	var v graph.Node
	if probes > 0 {
		v = b.State("v", append([]int{n * probes}, point...)...)
	}
	y, trace := Divergence(b, f.Field, in, v)
	p, err := b.Compile(ctx, precision, graph.Root{Name: "f", Node: y},
		graph.Root{Name: "divergence", Node: trace})
	if err == nil {
		p.RowsIndependent = true
	}
	return p, err
}
