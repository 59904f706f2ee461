package plan

import (
	"cmp"
	"slices"
)

// Bucket is a range of what an AllSum adds up: elements First … First+Len−1 of its operand,
// whole when step After has run. No later step but the sum writes or reads them.
type Bucket struct{ First, Len, After int }

// Buckets cuts the operand of the AllSum at step s in ranges of at most most elements, in the
// order in which they are whole. An executor may sum a bucket while the steps after After run,
// so long as none that follows the AllSum does before its sum is there. Equal plans give equal
// buckets.
func (p *Plan) Buckets(s, most int) []Bucket {
	var all []Bucket
	for _, w := range p.writers(s) {
		if n := len(all); n > 0 && all[n-1].Len+w.Len <= most {
			all[n-1].Len += w.Len
			all[n-1].After = max(all[n-1].After, w.After)
			continue
		}
		for w.Len > most {
			all = append(all, Bucket{w.First, most, w.After})
			w.First, w.Len = w.First+most, w.Len-most
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(a, b Bucket) int { return cmp.Compare(a.After, b.After) })
	return all
}

// writers are the ranges of the operand of the AllSum at step s, in order, each with the step
// that writes it last. What is read within the range before the sum delays it likewise.
func (p *Plan) writers(s int) []Bucket {
	base, first := p.Root(p.Steps[s].In[0])
	end := first + p.Values[p.Steps[s].In[0]].Size
	cuts := []int{first, end}
	var touched []Bucket // of base
	for k := range p.Steps[:s] {
		p.eachView(k, func(v int, view View) {
			b, off := p.Root(v)
			lo, hi := view.bounds()
			lo, hi = max(off+lo, first), min(off+hi, end)
			if b != base || lo >= hi {
				return
			}
			cuts = append(cuts, lo, hi)
			touched = append(touched, Bucket{lo, hi - lo, k})
		})
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	ws := make([]Bucket, len(cuts)-1)
	for i := range ws {
		ws[i] = Bucket{cuts[i], cuts[i+1] - cuts[i], 0}
	}
	for _, t := range touched { // in the order of the steps
		i, _ := slices.BinarySearch(cuts, t.First)
		for ; i < len(ws) && ws[i].First < t.First+t.Len; i++ {
			ws[i].After = t.After
		}
	}
	for i := range ws {
		ws[i].First -= first
	}
	return ws
}

// eachView calls f for every value that step s reads or makes, and the part of it that it does.
func (p *Plan) eachView(s int, f func(v int, view View)) {
	st := &p.Steps[s]
	if st.Chain == nil {
		st.each(func(v int) { f(v, PlainView(p.Values[v].Size)) })
		return
	}
	for _, list := range [][]Arg{st.Chain.Args, st.Chain.Outs} {
		for _, a := range list {
			f(a.Value, a.View)
		}
	}
}

// bounds are the first element that v views, and the one after the last.
func (v View) bounds() (lo, hi int) {
	hi = v.Off + 1
	for k := range v.Axes {
		hi += (v.Dims[k] - 1) * v.Strides[k]
	}
	return v.Off, hi
}
