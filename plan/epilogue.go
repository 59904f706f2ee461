package plan

import "slices"

// Epilogue says that a chain finishes the contraction in the step before: it is
// one operator, and the result of that contraction is an operand of it. A device
// may run both as one kernel. What the chain makes therefore lies apart from all
// that the contraction reads.
type Epilogue uint8

// The epilogues, with s the result of the contraction, bias included.
const (
	NoEpilogue Epilogue = iota
	SiLUOf              // silu(s)
	AddTo               // s + r, r another value of as many elements, lying apart: see Addend
)

func (e Epilogue) String() string { return [...]string{"none", "silu", "add"}[e] }

// markEpilogues marks the chains that are epilogues.
func (c *compiler) markEpilogues() {
	steps := c.plan.Steps
	for s := 1; s < len(steps); s++ {
		switch of := &steps[s-1]; of.Op.Kind {
		case MatMul, Conv, ConvData:
			steps[s].Epilogue = c.plan.epilogueOf(steps[s].Chain, of.Out)
		}
	}
}

// epilogueOf returns which epilogue ch is of the contraction that makes value v.
func (p *Plan) epilogueOf(ch *Chain, v int) Epilogue {
	reads := func(a Arg) bool { return a.Value == v }
	if ch == nil || len(ch.Outs) != 1 || !slices.ContainsFunc(ch.Args, reads) {
		return NoEpilogue
	}
	for _, list := range [][]Arg{ch.Args, ch.Outs} {
		for _, a := range list {
			if !a.View.Plain() || p.Values[a.Value].Size != ch.Len {
				return NoEpilogue
			}
		}
	}
	var kinds []Kind
	for _, in := range ch.Code {
		if in.Kind != Load && in.Kind != Store {
			kinds = append(kinds, in.Kind)
		}
	}
	switch {
	case slices.Equal(kinds, []Kind{SiLU}):
		return SiLUOf
	case slices.Equal(kinds, []Kind{Add}) && len(ch.Args) == 2:
		// If both lie in one storage, another block may still be computing the addend.
		a, _ := p.Root(ch.Args[0].Value)
		if b, _ := p.Root(ch.Args[1].Value); a != b {
			return AddTo
		}
	}
	return NoEpilogue
}

// Addend is what step s, an AddTo, adds to the result of the step before.
func (p *Plan) Addend(s int) int {
	args := p.Steps[s].Chain.Args
	if args[0].Value == p.Steps[s-1].Out {
		return args[1].Value
	}
	return args[0].Value
}

// Ended reports whether the step after s is its epilogue.
func (p *Plan) Ended(s int) bool {
	return s+1 < len(p.Steps) && p.Steps[s+1].Epilogue != NoEpilogue
}

// Stored reports whether the result of step s, no chain, must be in memory: a
// device that runs the step's epilogue with it may keep to itself what nobody
// reads later.
func (p *Plan) Stored(s int) bool {
	if !p.Ended(s) {
		return true
	}
	b, _ := p.Root(p.Steps[s].Out)
	return p.Values[b].life.Last > s+1
}
