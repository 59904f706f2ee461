package sample

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan/philox"
)

// Pairs is how many points of known t a readout is fitted to: four samples' worth of
// evaluations, at 250 steps.
const Pairs = 1024

// Fit fits a readout to the field that x evaluates, on Pairs points u = a x + b ε of p: t by
// the quantiles of its prior, ε of the given seed, and datum i as data(x, i) writes it to x,
// whose label it returns. Rows of different labels may be in one batch of n.
func Fit(ctx context.Context, x Executor, p *field.Process, seed uint64, n int,
	data func(x []float64, i int) (label float64, err error)) (*readout.Fitted, error) {
	dim, n := x.Dim(), min(n, Pairs)
	fail := func(err error) (*readout.Fitted, error) {
		return nil, fmt.Errorf("sample: Fit: %w", err)
	}
	if err := x.Reserve(Form{Registers: 1, Scalars: true}, n); err != nil {
		return fail(err)
	}
	pairs, seen := make([]readout.Pair, 0, Pairs), make([]readout.Scalars, n)
	stays, rows := make([]Stage, n), make([]Row, n)
	u, eps := make([]float64, n*dim), make([]float32, dim)
	for first := 0; first < Pairs; first += n {
		k := min(n, Pairs-first)
		for i := range k {
			t := level(p.Prior, first+i)
			point := u[i*dim : (i+1)*dim]
			label, err := data(point, first+i)
			if err != nil {
				return fail(err)
			}
			philox.Normals(eps, seed, uint64(first+i), philox.Noise)
			at := p.At(t)
			for d, z := range eps {
				point[d] = at.A*point[d] + at.B*float64(z)
			}
			stays[i] = linear(1, t, 1, 0)
			rows[i] = Row{Stage: &stays[i], Sample: uint64(first + i), Label: label}
		}
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if err := look(x, u[:k*dim], rows[:k], seen[:k]); err != nil {
			return fail(err)
		}
		for i, s := range seen[:k] {
			pairs = append(pairs, readout.Pair{T: rows[i].T, Scalars: s})
		}
	}
	f, err := readout.Fit(pairs)
	if err != nil {
		return fail(err)
	}
	return f, nil
}

// look asks the field of x at points u and sets seen.
func look(x Executor, u []float64, rows []Row, seen []readout.Scalars) error {
	if err := x.Begin(u); err != nil {
		return err
	}
	if err := x.Step(rows); err != nil {
		return err
	}
	return x.Scalars(seen)
}

// level is the time of pair i: quantiles in the order of the golden section, so that any
// part of them is as even as the whole.
func level(p field.Prior, i int) float64 {
	_, q := math.Modf((float64(i) + .5) * (math.Sqrt(5) - 1) / 2)
	if p.Base == field.NormalBase {
		q = math.Sqrt2 * math.Erfinv(2*q-1)
	}
	return p.Quantile.Eval(q)
}
