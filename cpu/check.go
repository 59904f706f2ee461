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
	g.refreshPacked()
	defer func() { // the states are put back as they were
		for _, s := range g.packed {
			s.stale = true
		}
	}()
	s := plan.OnHost(g.plan, g.values, func(s int) error { g.steps[s].Do(); return nil })
	wide := s.Find
	s.Find = func(v int, view plan.View) (int, float32, error) {
		if !g.half(v) {
			return wide(v, view)
		}
		for i := range view.Len() {
			k := view.At(i)
			if x := plan.WidenBFloat16(g.halves[v][k]); x-x != 0 {
				return k, x, nil
			}
		}
		return -1, 0, nil
	}
	return plan.FirstNonFinite(g.plan, s)
}
