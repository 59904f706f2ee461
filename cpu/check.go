package cpu

import (
	"github.com/stillfield/stillfield/plan"
)

// Check runs the plan one step at a time and returns the first value that is not
// finite; see plan.FirstNonFinite.
func (g *Program) Check() (*plan.NonFinite, error) {
	if g.closed {
		return nil, errClosed
	}
	step := func(s int) error { g.steps[s].Do(); return nil }
	return plan.FirstNonFinite(g.plan, plan.OnHost(g.plan, g.values, step))
}
