package cpu

import (
	"slices"

	"github.com/stillfield/stillfield/plan"
)

// Check runs the plan one step at a time and returns the first value that is not
// finite; see plan.FirstNonFinite.
func (g *Program) Check() (*plan.NonFinite, error) {
	if g.closed {
		return nil, errClosed
	}
	return plan.FirstNonFinite(g.plan, plan.Stepper{
		Save:  g.save,
		Clear: func(v int) error { g.values[v][0] = 0; return nil },
		Step:  func(s int) error { g.steps[s].Do(); return nil },
		Find: func(v int, view plan.View) (int, float32, error) {
			for i := range view.Len() {
				k := view.At(i)
				if x := g.values[v][k]; x-x != 0 {
					return k, x, nil
				}
			}
			return -1, 0, nil
		},
	})
}

// save copies the states and outputs, and returns a function that puts them back.
func (g *Program) save() (restore func() error, err error) {
	type kept struct{ at, was []float32 }
	var all []kept
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, p := range ports {
			x := g.values[p.Value]
			all = append(all, kept{x, slices.Clone(x)})
		}
	}
	return func() error {
		for _, k := range all {
			copy(k.at, k.was)
		}
		return nil
	}, nil
}
