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
	if err := x.Reserve(Form{Registers: 1, Scalars: true}, n); err != nil {
		return nil, fmt.Errorf("sample: Look: %w", err)
	}
	stages, rows, seen := make([]Stage, n), make([]Row, n), make([]readout.Scalars, q.N)
	for i := range stages {
		stages[i] = linear(1, 0, 1, 0)
		rows[i].Stage = &stages[i]
	}
	for first := 0; first < q.N; first += n {
		m := min(n, q.N-first)
		for i := range m {
			stages[i].T, rows[i].Label = q.T[first+i], q.Label[first+i]
		}
		if err := x.Begin(q.Y[first*dim : (first+m)*dim]); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
		if err := x.Step(rows[:m]); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
		if err := x.Scalars(seen[first : first+m]); err != nil {
			return nil, fmt.Errorf("sample: Look: %w", err)
		}
	}
	return seen, nil
}
