package sample

import (
	"fmt"

	"github.com/stillfield/stillfield/field/readout"
)

// Look asks the field of x at the points of q, so many at a time, and returns what a
// sampler sees there. It takes x's batch for it, in which nothing is left. Where the field
// takes a time or a label, q has one for each point.
func Look(x Executor, q Query, batch int) ([]readout.Scalars, error) {
	n, dim := min(batch, q.N), x.Dim()
	if n < 1 || len(q.Y) != q.N*dim {
		return nil, fmt.Errorf("sample: Look: got %d points of %d numbers in all, %d at a time, want one or "+
			"more of %d each", q.N, len(q.Y), batch, dim)
	}
	if err := x.Reserve(Form{Registers: 1}, n); err != nil {
		return nil, fmt.Errorf("sample: Look: %w", err)
	}
	// One register, which the field of the point replaces.
	stages, rows, every := make([]Stage, n), make([]Row, n), make([]int, n)
	for i := range stages {
		stages[i] = Stage{Step: 1, Ask: []float64{1}, Set: [][]float64{{0, 1}}}
		rows[i].Stage, every[i] = &stages[i], i
	}
	seen, f := make([]readout.Scalars, q.N), make([]float32, n*dim)
	wide := make([]float64, dim)
	for first := 0; first < q.N; first += n {
		m := min(n, q.N-first)
		for i := range m {
			stages[i].T, rows[i].Label = q.T[first+i], q.Label[first+i]
		}
		u := q.Y[first*dim : (first+m)*dim]
		if err := x.Begin(u); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
		if err := x.Step(rows[:m]); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
		if err := x.Points(f[:m*dim], every[:m]); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
		for i := range m {
			for e, v := range f[i*dim : (i+1)*dim] {
				wide[e] = float64(v)
			}
			seen[first+i] = readout.Of(u[i*dim:(i+1)*dim], wide)
		}
	}
	return seen, nil
}
