package plan

// A Touch is what a step reads or writes of a value: so many bytes of it.
type Touch struct {
	Value int
	Bytes float64
}

// Bytes is the least traffic of a step: every value it reads, once, and every
// value it writes, once.
func (p *Plan) Bytes(s int) (sum float64) {
	reads, writes := p.Traffic(s)
	for _, t := range append(reads, writes...) {
		sum += t.Bytes
	}
	return sum
}

// Traffic is what a step reads and what it writes at least. What a contraction hands to its
// epilogue need not pass through memory and counts for neither. A bf16 product with weights on
// its right may read a copy of them, of 2 bytes a number.
func (p *Plan) Traffic(s int) (reads, writes []Touch) {
	st := &p.Steps[s]
	if st.Chain != nil {
		return p.chainTraffic(s)
	}
	read := func(v, bytes int) { reads = append(reads, Touch{v, float64(bytes)}) }
	write := func(v int) { writes = append(writes, Touch{v, float64(p.Values[v].Bytes())}) }
	for k, v := range st.In {
		switch {
		case st.Op.Kind == Assign && k == 0: // which is only written
		case st.Op.Kind == Gather && k == 0: // of which the rows that are asked for are read
			read(v, 4*p.Values[st.Out].Size)
		case k == 1 && p.copied(st):
			read(v, 2*p.Values[v].Size)
		default:
			read(v, p.Values[v].Bytes())
		}
	}
	for _, v := range st.In[:st.Op.Writes()] {
		write(v)
	}
	if p.Stored(s) {
		write(st.Out)
	}
	if st.Split {
		write(st.Rest)
	}
	return reads, writes
}

// chainTraffic is Traffic of a chain.
func (p *Plan) chainTraffic(s int) (reads, writes []Touch) {
	st := &p.Steps[s]
	for _, a := range st.Chain.Args {
		q := &p.Values[a.Value]
		if st.Epilogue == NoEpilogue || a.Value != p.Steps[s-1].Out {
			reads = append(reads, Touch{a.Value, float64(q.Storage.Bytes() * min(q.Size, a.View.Len()))})
		}
	}
	for _, a := range st.Chain.Outs {
		writes = append(writes, Touch{a.Value, float64(p.Values[a.Value].Storage.Bytes() * st.Chain.Len)})
	}
	return reads, writes
}
