package cpu

import "github.com/stillfield/stillfield/plan"

// Check runs the plan one step at a time and returns the first value that is not
// finite. States and outputs are put back afterwards. What Clip logs may hold
// the failures of earlier runs, so it is left out, and seen as empty meanwhile.
func (g *Program) Check() (*plan.NonFinite, error) {
	if g.closed {
		return nil, errClosed
	}
	logs := g.logs()
	defer g.save()()
	for _, ps := range [][]plan.Port{g.plan.Inputs, g.plan.States} {
		for _, p := range ps {
			if logs[p.Value] {
				g.values[p.Value][0] = 0
				continue
			}
			if n := g.nonFinite(-1, p.Value, plan.PlainView(len(g.values[p.Value]))); n != nil {
				return n, nil
			}
		}
	}
	for s := range g.plan.Steps {
		g.steps[s].Do()
		if n := g.checkStep(s); n != nil {
			return n, nil
		}
	}
	return nil, nil
}

// save keeps the states and outputs, and returns what puts them back.
func (g *Program) save() (restore func()) {
	type kept struct{ at, was []float32 }
	var all []kept
	for _, ps := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, p := range ps {
			x := g.values[p.Value]
			all = append(all, kept{x, append([]float32(nil), x...)})
		}
	}
	return func() {
		for _, k := range all {
			copy(k.at, k.was)
		}
	}
}

// logs are the states that Clip writes.
func (g *Program) logs() map[int]bool {
	m := map[int]bool{}
	for _, st := range g.plan.Steps {
		if st.Op.Kind == plan.Clip {
			m[st.In[0]] = true
		}
	}
	return m
}

// checkStep looks at what step s has made, effects aside.
func (g *Program) checkStep(s int) *plan.NonFinite {
	st := &g.plan.Steps[s]
	if st.Chain == nil {
		if st.Op.Kind.Writes() > 0 {
			return nil
		}
		return g.nonFinite(s, st.Out, plan.PlainView(len(g.values[st.Out])))
	}
	for _, o := range st.Chain.Outs {
		if n := g.nonFinite(s, o.Value, o.View); n != nil {
			return n
		}
	}
	return nil
}

// nonFinite returns the first element of a view of value v that is NaN or ±Inf.
func (g *Program) nonFinite(step, v int, view plan.View) *plan.NonFinite {
	for i := range view.Len() {
		e := view.At(i)
		if x := g.values[v][e]; x-x != 0 {
			return &plan.NonFinite{Step: step, Value: g.plan.Values[v].Name, Index: e, Got: x}
		}
	}
	return nil
}
