package plan

import "slices"

// splitGradients has every NormGrad make dx by itself, and dγ | dβ as a value of their own,
// where no step and no output reads across both: dx is then free when its last reader has
// run, however long the gradients of the parameters are kept.
func (p *Plan) splitGradients() {
	parts := make([]int, len(p.Values)) // by value: where it may be cut, 0 for nowhere
	for k := range p.Steps {
		if st := &p.Steps[k]; st.Op.Kind == NormGrad && p.Values[st.Out].Class == Temporary {
			parts[st.Out] = p.Values[st.In[0]].Size
		}
	}
	across := func(v, low, high int) { // elements low…high−1 of v are one operand
		b, off := p.Root(v)
		if n := parts[b]; off+low < n && n < off+high || v == b && high > n {
			parts[b] = 0
		}
	}
	for k := range p.Steps {
		st := &p.Steps[k]
		for _, v := range st.In {
			across(v, 0, p.Values[v].Size)
		}
		if st.Chain != nil {
			for _, a := range slices.Concat(st.Chain.Args, st.Chain.Outs) {
				low, high := a.View.reach()
				across(a.Value, low, high)
			}
		}
	}
	for v, q := range p.Values {
		if q.Class == Alias {
			across(v, 0, q.Size)
		}
	}
	for _, o := range p.Outputs {
		across(o.Value, 0, p.Values[o.Value].Size)
	}
	p.cutGradients(parts)
}

// cutGradients makes two values of each that parts has a place for.
func (p *Plan) cutGradients(parts []int) {
	rest := make([]int, len(parts))
	for k := range p.Steps {
		st := &p.Steps[k]
		if st.Op.Kind != NormGrad || parts[st.Out] == 0 {
			continue
		}
		n := parts[st.Out]
		q := p.Values[st.Out]
		q.Size -= n
		q.Shape, q.Name = []int{q.Size}, q.Name+" of parameters"
		p.Values = append(p.Values, q)
		st.Split, st.Rest = true, len(p.Values)-1
		rest[st.Out] = st.Rest
		p.Values[st.Out].Shape, p.Values[st.Out].Size = p.Values[st.In[0]].Shape, n
	}
	for v := range parts {
		if q := &p.Values[v]; q.Class == Alias && parts[q.Base] > 0 && q.Offset >= parts[q.Base] {
			q.Base, q.Offset = rest[q.Base], q.Offset-parts[q.Base]
		}
	}
}

// reach is the first element that v reads of its value, and the one after the last.
func (v View) reach() (low, high int) {
	low, high = v.Off, v.Off+1
	for k := range v.Axes {
		if d := (v.Dims[k] - 1) * v.Strides[k]; d > 0 {
			high += d
		} else {
			low += d
		}
	}
	return low, high
}
