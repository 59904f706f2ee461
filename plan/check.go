package plan

import "slices"

// A Stepper is a program as FirstNonFinite runs it: one step at a time, on any device.
type Stepper struct {
	// Save keeps the states and outputs, and returns what puts them back.
	Save func() (restore func() error, err error)
	// Clear sets the first element of state v to 0.
	Clear func(v int) error
	// Step runs step s and nothing else.
	Step func(s int) error
	// Kept says whether the result of step s is in memory after it; nil says so of all.
	Kept func(s int) bool
	// Find returns the first element of a view of value v that is not finite and its
	// index in v, −1 for none.
	Find func(v int, view View) (index int, got float32, err error)
}

// OnHost is the Stepper of a program whose values lie in memory of the host, by the
// number of the value in p; step runs one step. What Save keeps is a copy of every
// state and output.
func OnHost[T float32 | float64](p *Plan, values [][]T, step func(s int) error) Stepper {
	return Stepper{
		Save: func() (restore func() error, err error) {
			var all []Port
			var was [][]T
			for _, ports := range [][]Port{p.Outputs, p.States} {
				for _, port := range ports {
					all, was = append(all, port), append(was, slices.Clone(values[port.Value]))
				}
			}
			return func() error {
				for i, port := range all {
					copy(values[port.Value], was[i])
				}
				return nil
			}, nil
		},
		Clear: func(v int) error { values[v][0] = 0; return nil },
		Step:  step,
		Find: func(v int, view View) (int, float32, error) {
			for i := range view.Len() {
				k := view.At(i)
				if x := values[v][k]; x-x != 0 {
					return k, float32(x), nil
				}
			}
			return -1, 0, nil
		},
	}
}

// FirstNonFinite runs p one step at a time and returns the first value that is not
// finite, nil for none: among the inputs and states first, then among what each
// step makes. Effects are not looked at, and states and outputs are put back
// afterwards. What Clip logs may hold the failures of earlier runs, so it is left
// out, and seen as empty meanwhile. An AllSum is left out too, for no other process may be
// at it: what is looked at then is what this process alone has made.
func FirstNonFinite(p *Plan, d Stepper) (bad *NonFinite, err error) {
	restore, err := d.Save()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := restore(); err == nil {
			err = e
		}
	}()
	look := func(step, v int, view View) error {
		k, got, err := d.Find(v, view)
		if err == nil && k >= 0 {
			bad = &NonFinite{Step: step, Value: p.Values[v].Name, Index: k, Got: got}
		}
		return err
	}
	logs := p.clipLogs()
	for _, v := range logs {
		if err := d.Clear(v); err != nil {
			return nil, err
		}
	}
	for _, ports := range [][]Port{p.Inputs, p.States} {
		for _, q := range ports {
			if slices.Contains(logs, q.Value) {
				continue
			}
			if err := look(-1, q.Value, PlainView(p.Values[q.Value].Size)); bad != nil || err != nil {
				return bad, err
			}
		}
	}
	for s := range p.Steps {
		if p.Steps[s].Op.Kind == AllSum {
			continue
		}
		if err := d.Step(s); err != nil {
			return nil, err
		}
		for _, a := range p.made(s) {
			if d.Kept != nil && !d.Kept(s) {
				break // what its epilogue makes of it is looked at next
			}
			if err := look(s, a.Value, a.View); bad != nil || err != nil {
				return bad, err
			}
		}
	}
	return nil, nil
}

// clipLogs are the states that Clip logs its norms in.
func (p *Plan) clipLogs() (logs []int) {
	for _, st := range p.Steps {
		if st.Op.Kind == Clip {
			logs = append(logs, st.In[0])
		}
	}
	return logs
}

// made are the values that step s makes, effects aside.
func (p *Plan) made(s int) []Arg {
	switch st := &p.Steps[s]; {
	case st.Chain != nil:
		return st.Chain.Outs
	case st.Op.Writes() > 0:
		return nil
	default:
		made := []Arg{{st.Out, PlainView(p.Values[st.Out].Size)}}
		if st.Split {
			made = append(made, Arg{st.Rest, PlainView(p.Values[st.Rest].Size)})
		}
		return made
	}
}
