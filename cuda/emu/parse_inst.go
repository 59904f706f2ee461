package emu

import "slices"

// instruction reads [@[!]p] opcode operands ;
func (p *parser) instruction(b *body) {
	s := stmt{guard: -1, line: p.peek().line, loc: b.loc, scope: b.top().id}
	if p.accept("@") {
		s.neg = p.accept("!")
		t := p.ident()
		r, ok := b.register(t.text)
		if !ok || b.f.regs[r] != pred {
			p.fail(t, "got %q, want a predicate register", t.text)
		}
		s.guard = r
	}
	s.op = p.ident().text
	for !p.accept(";") {
		if t := p.peek(); t.kind == tokEOF {
			p.fail(t, "%s: got the end of the text, want ;", s.op)
		}
		s.args = append(s.args, p.operand(b, 0))
		if !p.accept(",") && !p.is(";") {
			p.fail(p.peek(), "%s: got %q, want a comma or ;", s.op, p.peek().text)
		}
	}
	b.f.body = append(b.f.body, s)
}

func (p *parser) operand(b *body, depth int) operand {
	t := p.peek()
	if depth > 2 {
		p.fail(t, "operand nested too deeply")
	}
	switch {
	case p.accept("{"):
		return operand{kind: opVector, list: p.operands(b, "}", depth)}
	case p.accept("("):
		return operand{kind: opList, list: p.operands(b, ")", depth)}
	case p.accept("["):
		m := operand{kind: opMem, list: []operand{p.simple(b)}}
		p.expect("]")
		return m
	case p.accept("!"):
		o := p.simple(b)
		if o.kind != opReg {
			p.fail(t, "got %q after !, want a register", t.text)
		}
		o.kind = opNotReg
		return o
	}
	o := p.simple(b)
	if p.accept("|") {
		o = operand{kind: opPair, list: []operand{o, p.simple(b)}}
	}
	return o
}

func (p *parser) operands(b *body, end string, depth int) []operand {
	var out []operand
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
func (p *parser) simple(b *body) operand {
	t := p.peek()
	if t.kind != tokIdent {
		return p.number()
	}
	p.next()
	var o operand
	switch {
	case t.text == "_":
		return operand{kind: opSink}
	case t.text == "WARP_SZ":
		return operand{kind: opInt, ival: 32}
	default:
		r, ok := b.register(t.text)
		v := b.variable(t.text)
		switch {
		case ok:
			o = operand{kind: opReg, reg: r}
		case v != nil:
			o = operand{kind: opVar, v: v}
		case slices.Contains(specialNames, t.text):
			return operand{kind: opSpec, name: t.text}
		case t.text[0] == '%':
			p.fail(t, "%s: no such register", t.text)
		default:
			o = operand{kind: opName, name: t.text}
		}
	}
	for p.is("+") || p.is("-") {
		minus := p.accept("-")
		if !minus {
			p.expect("+")
		}
		n := p.number()
		if n.kind != opInt {
			p.fail(t, "%s: a displacement must be an integer", t.text)
		}
		if minus {
			n.ival = -n.ival
		}
		o.ival += n.ival
	}
	return o
}

// specialNames are the special registers the interpreter knows.
var specialNames = []string{
	"%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z",
	"%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
	"%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%gridid",
	"%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
	"%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi",
	"%dynamic_smem_size", "%total_smem_size",
}
