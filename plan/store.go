package plan

import "slices"

// halfRun is how many numbers in bfloat16 are 16 bytes.
const halfRun = 8

// maxHead is the widest head of attention that tensor cores take: wider ones are float32.
const maxHead = 128

// storing is what store knows of a plan: who makes and who reads each value that owns its
// storage.
type storing struct {
	p      *Plan
	makers [][]int     // steps, by value
	reads  [][]reading // by value
	kept   []bool      // by value: the host reads it
	parts  [][]int     // by value: its aliases
}

// reading is one operand of a step.
type reading struct {
	step    int
	operand int // index into Step.In, or into Chain.Args
	value   int // as the step names it: an alias, or what owns the storage
}

// store gives the temporaries of a bf16 plan their storage types, and notes what the plan
// would take without.
func (c *compiler) store() error {
	if !c.stored {
		return nil
	}
	if err := c.place(); err != nil {
		return err
	}
	c.plan.Float32Arena, c.plan.Float32Bytes = c.plan.Arena, c.plan.TotalBytes()
	c.plan.store()
	return nil
}

// store gives the temporaries their storage types, by the rules of the package's comment. The
// values that it adds come after all others.
func (p *Plan) store() {
	s := storing{p: p, makers: make([][]int, len(p.Values)), reads: make([][]reading, len(p.Values)),
		kept: make([]bool, len(p.Values)), parts: make([][]int, len(p.Values))}
	for v, q := range p.Values {
		if q.Class == Alias {
			s.parts[q.Base] = append(s.parts[q.Base], v)
		}
	}
	for k := range p.Steps {
		s.add(k)
	}
	for _, o := range p.Outputs {
		b, _ := p.Root(o.Value)
		s.kept[b] = true
	}
	for v := range s.kept {
		if p.Values[v].Class != Temporary || len(s.makers[v]) == 0 {
			continue
		}
		switch narrow, rest := s.split(v); {
		case !s.worth(narrow):
		case len(rest) == 0 && !s.kept[v] && s.storable(v):
			s.setType(v)
		case len(narrow) > 1:
			s.storeBoth(v, narrow)
		}
	}
}

// add notes what step k reads and makes.
func (s *storing) add(k int) {
	st := &s.p.Steps[k]
	read := func(operand, v int) {
		b, _ := s.p.Root(v)
		s.reads[b] = append(s.reads[b], reading{k, operand, v})
	}
	made := func(v int) {
		b, _ := s.p.Root(v)
		s.makers[b] = append(s.makers[b], k)
	}
	for i, v := range st.In {
		read(i, v)
	}
	if st.Chain == nil {
		made(st.Out)
		if st.Split {
			made(st.Rest)
		}
		return
	}
	for i, a := range st.Chain.Args {
		read(i, a.Value)
	}
	for _, a := range st.Chain.Outs {
		made(a.Value)
	}
}

// split divides the readers of v into those that take bfloat16 and the rest.
func (s *storing) split(v int) (narrow, rest []reading) {
	for _, r := range s.reads[v] {
		if s.takes(r) {
			narrow = append(narrow, r)
		} else {
			rest = append(rest, r)
		}
	}
	return narrow, rest
}

// takes reports whether r takes bfloat16: its step rounds the operand, or sums its rows.
func (s *storing) takes(r reading) bool {
	st := &s.p.Steps[r.step]
	if st.Op.Kind == Sum {
		return st.Op.Outer == 1 && st.Op.Inner > 1
	}
	return s.rounds(r) && s.aligned(r)
}

// rounds reports whether the step of r multiplies the operand, rounded.
func (s *storing) rounds(r reading) bool {
	switch s.p.Steps[r.step].Op.Kind {
	case MatMul, Conv, ConvData, ConvFilter, AttentionGrad:
		return r.operand < 2 // the third is a bias
	case Attention:
		return true
	}
	return false
}

// aligned reports whether the rows of r's operand are whole runs of 16 bytes.
func (s *storing) aligned(r reading) bool {
	q := &s.p.Values[r.value]
	_, off := s.p.Root(r.value)
	row := q.Shape[len(q.Shape)-1]
	switch op := s.p.Steps[r.step].Op; op.Kind {
	case Attention, AttentionGrad:
		return off%halfRun == 0 && s.headsFit(r.step)
	}
	return row%halfRun == 0 && off%halfRun == 0
}

// headsFit reports whether the heads of step k, attention or its gradient, are whole runs
// of 16 bytes, and no wider than tensor cores take.
func (s *storing) headsFit(k int) bool {
	st := &s.p.Steps[k]
	qkv := s.p.Values[st.In[0]].Shape
	dim := qkv[2] / 3 / st.Op.Groups
	return dim%halfRun == 0 && dim <= maxHead
}

// worth reports whether a contraction is among the readers.
func (s *storing) worth(narrow []reading) bool { return slices.ContainsFunc(narrow, s.rounds) }

// storable reports whether every step that makes v can store it in bfloat16.
func (s *storing) storable(v int) bool {
	for _, k := range s.makers[v] {
		st := &s.p.Steps[k]
		if st.Chain != nil {
			continue
		}
		q := &s.p.Values[st.Out]
		_, off := s.p.Root(st.Out)
		if !s.storesHalf(k) || q.Shape[len(q.Shape)-1]%halfRun != 0 || off%halfRun != 0 {
			return false
		}
	}
	return true
}

// storesHalf reports whether step k, no chain, can store its result in bfloat16.
func (s *storing) storesHalf(k int) bool {
	switch st := &s.p.Steps[k]; st.Op.Kind {
	case MatMul, Conv, ConvData, Norm, Gather:
		return true
	case Attention, AttentionGrad:
		return s.headsFit(k)
	case NormGrad:
		return st.Split
	}
	return false
}

// setType stores v and its aliases in bfloat16.
func (s *storing) setType(v int) {
	s.p.Values[v].Storage = InBFloat16
	for _, a := range s.parts[v] {
		s.p.Values[a].Storage = InBFloat16
	}
}

// storeBoth has the chain that makes v store it in bfloat16 too, for the readers narrow,
// if a chain does and has the room.
func (s *storing) storeBoth(v int, narrow []reading) {
	if len(s.makers[v]) != 1 {
		return
	}
	st := &s.p.Steps[s.makers[v][0]]
	ch := st.Chain
	if ch == nil || st.Epilogue != NoEpilogue || len(ch.Outs) == MaxOuts || len(ch.Code) == MaxCode {
		return
	}
	out := slices.IndexFunc(ch.Outs, func(a Arg) bool { return a.Value == v && a.View.Plain() })
	at := slices.IndexFunc(ch.Code, func(in Instr) bool { return in.Kind == Store && in.A == out })
	if out < 0 || at < 0 {
		return
	}
	half := s.copyOf(v, v)
	ch.Code = slices.Insert(ch.Code, at+1, Instr{Kind: Store, A: len(ch.Outs), B: ch.Code[at].B})
	ch.Outs = append(ch.Outs, Arg{half, ch.Outs[out].View})
	halves := map[int]int{v: half}
	for _, r := range narrow {
		to, ok := halves[r.value]
		if !ok {
			to = s.copyOf(r.value, half)
			halves[r.value] = to
		}
		s.p.Steps[r.step].In[r.operand] = to
	}
}

// copyOf adds a value like v in bfloat16: of its own, or, where v is an alias, one of base.
func (s *storing) copyOf(v, base int) int {
	q := s.p.Values[v]
	q.Storage = InBFloat16
	if q.Class == Alias {
		q.Base = base
	}
	s.p.Values = append(s.p.Values, q)
	return len(s.p.Values) - 1
}
