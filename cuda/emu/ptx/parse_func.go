package ptx

import (
	"strconv"
	"strings"
)

// body is the state of one function being parsed.
type body struct {
	f      *Function
	scopes []scope // the braces that are open, the outermost first
	loc    int32   // index into Module.Places of what follows, −1 before the first .loc
}

// scope holds the names of one pair of braces.
type scope struct {
	id     int
	regs   map[string]int      // by name
	ranges map[string]regRange // %r<n>: by prefix
	vars   map[string]*Variable
}

// regRange is n registers from number first on.
type regRange struct{ first, n int }

// function reads an .entry or .func: a declaration or a definition.
func (p *parser) function(entry bool) {
	f := &Function{Entry: entry, Line: p.peek().line, labels: map[labelKey]int{}}
	if !entry && p.is("(") {
		f.Results = p.formals(false)
	}
	id := p.ident()
	f.Name = id.text
	if p.is("(") {
		f.Params = p.formals(entry)
	}
	p.performance(f)
	if !p.accept(";") {
		f.Defined = true
		p.body(f)
	}
	old := p.mod.ByName[f.Name]
	switch {
	case old == nil:
		p.mod.Funcs = append(p.mod.Funcs, f)
	case old.Defined && f.Defined:
		p.fail(id, "%s: defined twice", f.Name)
	case f.Defined:
		*old = *f
		return
	default:
		return
	}
	p.mod.ByName[f.Name] = f
}

// formals reads a parenthesised list of parameters.
func (p *parser) formals(entry bool) []*Variable {
	p.expect("(")
	var out []*Variable
	total := 0
	for !p.accept(")") {
		if id := p.ident(); id.text != ".param" {
			p.fail(id, "got %q, want .param", id.text)
		}
		align, t, vec := 0, NoType, 1
		if entry {
			align, t, vec = p.entryParamType()
		} else {
			align, t, vec = p.varType()
		}
		v := p.declarator(Param, align, t, vec)
		if total += v.Bytes; total > maxParams {
			p.fail(p.peek(), "%s: parameters take more than %d bytes", v.Name, maxParams)
		}
		out = append(out, v)
		if !p.accept(",") && !p.is(")") {
			p.fail(p.peek(), "got %q, want a comma or )", p.peek().text)
		}
	}
	return out
}

// entryParamType is varType with the .ptr attribute some compilers add:
// .u64 .ptr .global .align 4.
func (p *parser) entryParamType() (align int, t Type, vec int) {
	align, t, vec = p.varType()
	if p.accept(".ptr") {
		for p.accept(".global") || p.accept(".shared") || p.accept(".const") || p.accept(".local") {
		}
		if p.accept(".align") {
			p.count(".align", 1<<20)
		}
	}
	return align, t, vec
}

// performance reads the directives between a function's head and its body.
func (p *parser) performance(f *Function) {
	for {
		switch {
		case p.is(".maxntid") || p.is(".reqntid"):
			p.next()
			f.MaxThreads = [3]int{1, 1, 1}
			for i := 0; i < 3; i++ {
				f.MaxThreads[i] = p.count(".maxntid", 1024)
				if !p.accept(",") {
					break
				}
			}
		case p.is(".minnctapersm") || p.is(".maxnreg") || p.is(".maxnctapersm"):
			p.next()
			p.count("directive", 1<<20)
		case p.accept(".noreturn"):
		case p.accept(".pragma"):
			p.skipTo(";")
		default:
			return
		}
	}
}

// body reads what stands between the braces of a function, and them.
func (p *parser) body(f *Function) {
	p.expect("{")
	b := &body{f: f, loc: -1}
	b.open(-1)
	for len(b.scopes) > 0 {
		p.statement(b)
	}
}

// open begins the names of another pair of braces inside those with number parent.
func (b *body) open(parent int) {
	b.scopes = append(b.scopes, scope{
		id: len(b.f.scopes), regs: map[string]int{}, ranges: map[string]regRange{},
		vars: map[string]*Variable{},
	})
	b.f.scopes = append(b.f.scopes, parent)
}

func (b *body) top() *scope { return &b.scopes[len(b.scopes)-1] }

// statement reads one statement, label, declaration or brace of a body.
func (p *parser) statement(b *body) {
	t := p.peek()
	switch {
	case t.kind == tokEOF:
		p.fail(t, "%s: got the end of the text, want }", b.f.Name)
	case p.accept("{"):
		if len(b.scopes) == maxDepth {
			p.fail(t, "%s: braces deeper than %d", b.f.Name, maxDepth)
		}
		b.open(b.top().id)
	case p.accept("}"):
		b.scopes = b.scopes[:len(b.scopes)-1]
	case p.accept(";"):
	case p.is("@"):
		p.instruction(b)
	case t.kind != tokIdent:
		p.fail(t, "got %q, want an instruction", t.text)
	case t.text == ".reg":
		p.next()
		p.registers(b)
	case spaceOf[t.text] != Generic:
		p.next()
		for _, v := range p.variables(t.text, false) {
			b.top().vars[v.Name] = v
			if v.Space == Global || v.Space == Constant {
				p.mod.Vars = append(p.mod.Vars, v)
			} else {
				b.f.Vars = append(b.f.Vars, v)
			}
		}
	case t.text == ".loc":
		p.next()
		p.loc(t)
		b.loc = int32(len(p.mod.Places)) - 1
	case t.text == ".pragma":
		p.skipTo(";")
	case t.text == ".branchtargets" || t.text == ".calltargets":
		p.instruction(b)
	case t.text == ".callprototype": // what it says the operands of the call say too
		p.skipTo(";")
		s := Statement{Guard: -1, Op: t.text, Line: t.line, Place: b.loc, Scope: b.top().id}
		b.f.Body = append(b.f.Body, s)
	case t.text[0] == '.':
		p.fail(t, "unknown directive %q", t.text)
	case p.toks[p.pos+1].kind == tokPunct && p.toks[p.pos+1].text == ":":
		p.pos += 2
		k := labelKey{b.top().id, t.text}
		if _, dup := b.f.labels[k]; dup {
			p.fail(t, "label %s: defined twice", t.text)
		}
		b.f.labels[k] = len(b.f.Body)
	default:
		p.instruction(b)
	}
}

// registers reads .reg .type name, name<n>, …;
func (p *parser) registers(b *body) {
	at := p.peek()
	id := p.ident()
	t := Types[strings.TrimPrefix(id.text, ".")]
	if t == NoType || id.text[0] != '.' {
		p.fail(at, ".reg: unknown type %q", id.text)
	}
	for {
		name := p.ident().text
		n := 1
		ranged := p.accept("<")
		if ranged {
			n = p.count("number of registers", maxRegisters)
			p.expect(">")
		}
		if len(b.f.Registers)+n > maxRegisters {
			p.fail(at, "%s: more than %d registers", b.f.Name, maxRegisters)
		}
		b.f.names = append(b.f.names, registerName{len(b.f.Registers), name, ranged})
		if ranged {
			b.top().ranges[name] = regRange{len(b.f.Registers), n}
		} else {
			b.top().regs[name] = len(b.f.Registers)
		}
		for range n {
			b.f.Registers = append(b.f.Registers, t)
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(";")
}

// register finds a declared register by name, innermost scope first. %r12 may
// be a name of its own, number 12 of %r<n> or number 2 of %r1<n>.
func (b *body) register(name string) (int, bool) {
	digits := len(name)
	for digits > 0 && digit(name[digits-1]) {
		digits--
	}
	for i := len(b.scopes) - 1; i >= 0; i-- {
		s := &b.scopes[i]
		if r, ok := s.regs[name]; ok {
			return r, true
		}
		for k := digits; k < len(name); k++ {
			r, ok := s.ranges[name[:k]]
			if !ok || name[k] == '0' && k+1 < len(name) {
				continue
			}
			if num, err := strconv.Atoi(name[k:]); err == nil && num < r.n {
				return r.first + num, true
			}
		}
	}
	return 0, false
}

// variable finds a declared variable by name, innermost scope first, then parameters and results.
func (b *body) variable(name string) *Variable {
	for i := len(b.scopes) - 1; i >= 0; i-- {
		if v := b.scopes[i].vars[name]; v != nil {
			return v
		}
	}
	for _, v := range b.f.Params {
		if v.Name == name {
			return v
		}
	}
	for _, v := range b.f.Results {
		if v.Name == name {
			return v
		}
	}
	return nil
}
