package plan

import "slices"

// place gives every temporary its offset in the arena: the first gap that is free
// from the step that makes it to the last step that reads it. The result of a chain
// takes the place of a plain argument that no later step reads, where the chain's
// code allows it: see Chain.
func (c *compiler) place() error {
	p := c.plan
	for v, life := range p.Lifetimes() {
		p.Values[v].life = life
	}
	born, dead := make([][]int, len(p.Steps)+1), make([][]int, len(p.Steps)+2)
	for v := range p.Values {
		if q := &p.Values[v]; q.Class == Temporary && q.life.First >= 0 {
			born[q.life.First] = append(born[q.life.First], v)
			dead[q.life.Last+1] = append(dead[q.life.Last+1], v)
		}
	}
	a := arena{moved: make([]bool, len(p.Values))}
	for s := range p.Steps {
		if err := c.ended(); err != nil {
			return err
		}
		for _, v := range dead[s] {
			if !a.moved[v] {
				a.release(p.Values[v].Offset, roundUp(p.Values[v].Words()))
			}
		}
		for _, v := range born[s] {
			if from := p.reuse(s, v, a.moved); from >= 0 {
				p.Values[v].Offset, a.moved[from] = p.Values[from].Offset, true
				continue
			}
			p.Values[v].Offset = a.take(roundUp(p.Values[v].Words()))
		}
	}
	p.Arena, c.looks = a.size, c.looks+a.looks
	return nil
}

// each calls f for every value the step reads or makes.
func (s *Step) each(f func(v int)) {
	for _, v := range s.In {
		f(v)
	}
	if s.Chain == nil {
		f(s.Out)
		if s.Split {
			f(s.Rest)
		}
		return
	}
	for _, a := range s.Chain.Args {
		f(a.Value)
	}
	for _, a := range s.Chain.Outs {
		f(a.Value)
	}
}

// roundUp keeps every value on a boundary of 256 bytes, which copies and vector
// loads of every device want. It is of words.
func roundUp(n int) int { return (n + rowAlign - 1) / rowAlign * rowAlign }

// reuse returns an argument of step s whose place output v may take, or −1. One
// that has moved has given its place away.
func (p *Plan) reuse(s, v int, moved []bool) int {
	ch := p.Steps[s].Chain
	if ch == nil {
		return -1
	}
	made := ch.made(v)
	if made < 0 {
		return -1
	}
	for k, a := range ch.Args {
		q := p.Values[a.Value]
		if q.Class != Temporary || q.life.Last != s || q.Size != p.Values[v].Size || !a.View.Plain() ||
			q.Storage != p.Values[v].Storage || moved[a.Value] {
			continue
		}
		if ch.lastRead(k) <= made && !p.readTwice(ch, k) && !p.readBefore(s, a.Value) {
			return a.Value
		}
	}
	return -1
}

// made returns the number of the instruction that computes what is stored to v, or
// −1 where v is not stored in order.
func (ch *Chain) made(v int) int {
	for k, in := range ch.Code {
		if in.Kind != Store || ch.Outs[in.A].Value != v || !ch.Outs[in.A].View.Plain() {
			continue
		}
		for k--; ch.Code[k].Kind == Store || ch.Code[k].Dst != in.B; k-- {
		}
		return k
	}
	return -1
}

// lastRead is the last instruction that reads argument k or a register that it is
// loaded into, −1 for none. One that draws reads its argument as long as the chain runs.
func (ch *Chain) lastRead(k int) int {
	at := -1
	last := LastReads(ch.Code, ch.Regs)
	for i, in := range ch.Code {
		switch {
		case in.Kind == Load && in.A == k:
			at = max(at, last[i])
		case in.Kind.Random() && in.A == k:
			return len(ch.Code)
		}
	}
	return at
}

// readTwice reports whether another argument of ch reads the storage of
// argument k: then its elements are not read in step with the stores.
func (p *Plan) readTwice(ch *Chain, k int) bool {
	for j, a := range ch.Args {
		if b, _ := p.Root(a.Value); j != k && b == ch.Args[k].Value {
			return true
		}
	}
	return false
}

// readBefore reports whether the contraction that step s finishes reads v.
func (p *Plan) readBefore(s, v int) bool {
	return p.Steps[s].Epilogue != NoEpilogue && slices.ContainsFunc(p.Steps[s-1].In, func(x int) bool {
		b, _ := p.Root(x)
		return b == v
	})
}
