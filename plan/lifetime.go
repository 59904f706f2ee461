package plan

// A Life is the steps between which a value must be kept: First makes it, Last is
// the last one that reads it.
type Life struct{ First, Last int }

// Lifetimes returns the life of every value. It is kept by what owns the storage:
// what an alias is used for counts for its base. A value that no step names has
// the life −1, −1, and so has an alias; that of an output has no end, and Last is
// len(p.Steps).
//
// What a contraction reads lives until its epilogue has run, since a device may
// run the two as one kernel.
func (p *Plan) Lifetimes() []Life {
	lives := make([]Life, len(p.Values))
	for v := range lives {
		lives[v] = Life{-1, -1}
	}
	touch := func(v, s int) {
		b, _ := p.Root(v)
		if lives[b].First < 0 {
			lives[b].First = s
		}
		lives[b].Last = max(lives[b].Last, s)
	}
	for s := range p.Steps {
		st := &p.Steps[s]
		st.each(func(v int) { touch(v, s) })
		if st.Epilogue != NoEpilogue {
			for _, v := range p.Steps[s-1].In {
				touch(v, s)
			}
		}
	}
	for _, o := range p.Outputs {
		touch(o.Value, len(p.Steps))
	}
	return lives
}

// LastReads returns, for each instruction of code that runs on regs registers, the
// last one that reads its result: itself where none does, and for a Store.
func LastReads(code []Instr, regs int) []int {
	last, maker := make([]int, len(code)), make([]int, regs)
	for k, in := range code {
		last[k] = k
		rs, n := in.Reads()
		for _, r := range rs[:n] {
			last[maker[r]] = k
		}
		if in.Kind != Store {
			maker[in.Dst] = k
		}
	}
	return last
}
