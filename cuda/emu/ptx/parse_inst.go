package ptx

import "slices"

// instruction reads [@[!]p] opcode operands ;
func (p *parser) instruction(b *body) {
	s := Statement{Guard: -1, Line: p.peek().line, Place: b.loc, Scope: b.top().id}
	if p.accept("@") {
		s.Negated = p.accept("!")
		t := p.ident()
		r, ok := b.register(t.text)
		if !ok || b.f.Registers[r] != Pred {
			p.fail(t, "got %q, want a predicate register", t.text)
		}
		s.Guard = r
	}
	s.Op = p.ident().text
	for !p.accept(";") {
		if t := p.peek(); t.kind == tokEOF {
			p.fail(t, "%s: got the end of the text, want ;", s.Op)
		}
		s.Args = append(s.Args, p.operand(b, 0))
		if !p.accept(",") && !p.is(";") {
			p.fail(p.peek(), "%s: got %q, want a comma or ;", s.Op, p.peek().text)
		}
	}
	b.f.Body = append(b.f.Body, s)
}

// operand reads one operand; depth counts the lists it stands in.
func (p *parser) operand(b *body, depth int) Operand {
	t := p.peek()
	if depth > 2 {
		p.fail(t, "operand nested too deeply")
	}
	switch {
	case p.accept("{"):
		return Operand{Kind: VectorOperand, List: p.operands(b, "}", depth)}
	case p.accept("("):
		return Operand{Kind: ListOperand, List: p.operands(b, ")", depth)}
	case p.accept("["):
		m := Operand{Kind: AddressOperand, List: []Operand{p.simple(b)}}
		p.expect("]")
		return m
	case p.accept("!"):
		o := p.simple(b)
		if o.Kind != RegisterOperand {
			p.fail(t, "got %q after !, want a register", t.text)
		}
		o.Kind = NotRegisterOperand
		return o
	}
	o := p.simple(b)
	if p.accept("|") {
		o = Operand{Kind: PairOperand, List: []Operand{o, p.simple(b)}}
	}
	return o
}

// operands reads a list up to its end.
func (p *parser) operands(b *body, end string, depth int) []Operand {
	var out []Operand
	for !p.accept(end) {
		out = append(out, p.operand(b, depth+1))
		if !p.accept(",") && !p.is(end) {
			p.fail(p.peek(), "got %q, want a comma or %s", p.peek().text, end)
		}
	}
	return out
}

// simple reads a literal, a register, or a name, the latter two with an
// optional displacement.
func (p *parser) simple(b *body) Operand {
	t := p.peek()
	if t.kind != tokIdent {
		return p.number()
	}
	p.next()
	var o Operand
	switch {
	case t.text == "_":
		return Operand{Kind: SinkOperand}
	case t.text == "WARP_SZ":
		return Operand{Kind: IntOperand, Int: 32}
	default:
		r, ok := b.register(t.text)
		v := b.variable(t.text)
		switch {
		case ok:
			o = Operand{Kind: RegisterOperand, Register: r}
		case v != nil:
			o = Operand{Kind: VariableOperand, Variable: v}
		case slices.Contains(specialNames, t.text):
			return Operand{Kind: SpecialOperand, Name: t.text}
		case t.text[0] == '%':
			p.fail(t, "%s: no such register", t.text)
		default:
			o = Operand{Kind: NameOperand, Name: t.text}
		}
	}
	for p.is("+") || p.is("-") {
		minus := p.accept("-")
		if !minus {
			p.expect("+")
		}
		n := p.number()
		if n.Kind != IntOperand {
			p.fail(t, "%s: a displacement must be an integer", t.text)
		}
		if minus {
			n.Int = -n.Int
		}
		o.Int += n.Int
	}
	return o
}

// specialNames are the special registers a module may read.
var specialNames = []string{
	"%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z",
	"%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
	"%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%gridid",
	"%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
	"%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi",
	"%dynamic_smem_size", "%total_smem_size",
}
