package ptx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parser turns tokens into a module. A fault unwinds as an *Error by panic, which Parse recovers.
type parser struct {
	toks  []token
	pos   int // of the next token
	mod   *Module
	names map[string]*Variable // of module scope
}

// Parse reads the text of a PTX module, versions 6.0 to 8.9.
func Parse(src string) (m *Module, err error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks, names: map[string]*Variable{}}
	p.mod = &Module{Files: map[int]string{}, ByName: map[string]*Function{}, Lines: strings.Split(src, "\n")}
	defer Recover(&err)
	p.header()
	for p.peek().kind != tokEOF {
		p.top()
	}
	return p.mod, nil
}

// peek returns the next token without taking it.
func (p *parser) peek() token { return p.toks[p.pos] }

// next takes a token; the end of the text it returns again and again.
func (p *parser) next() token {
	t := p.toks[p.pos]
	if t.kind != tokEOF {
		p.pos++
	}
	return t
}

// fail ends parsing with an error of the line of t.
func (p *parser) fail(t token, format string, args ...any) {
	panic(&Error{t.line, fmt.Sprintf(format, args...)})
}

// is says whether the next token is the name or the mark s.
func (p *parser) is(s string) bool {
	t := p.peek()
	return t.text == s && (t.kind == tokPunct || t.kind == tokIdent)
}

// accept takes the next token if it is s, and says whether it was.
func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.pos++
		return true
	}
	return false
}

// expect takes the next token, which must be s.
func (p *parser) expect(s string) {
	if t := p.peek(); !p.accept(s) {
		p.fail(t, "got %q, want %q", t.text, s)
	}
}

// ident takes a name: of an opcode, a register, a directive, whatever is not a number, a string or a mark.
func (p *parser) ident() token {
	t := p.next()
	if t.kind != tokIdent {
		p.fail(t, "got %q, want a name", t.text)
	}
	return t
}

// count reads a non-negative integer of at most limit.
func (p *parser) count(what string, limit int) int {
	t := p.next()
	n, err := strconv.ParseInt(strings.TrimRight(t.text, "U"), 0, 64)
	if t.kind != tokNumber || err != nil || n < 0 || n > int64(limit) {
		p.fail(t, "%s: got %q, want a number from 0 to %d", what, t.text, limit)
	}
	return int(n)
}

// header reads .version, .target and .address_size.
func (p *parser) header() {
	t := p.peek()
	p.expect(".version")
	v := p.next()
	if s := v.text; v.kind != tokNumber || len(s) != 3 || !digit(s[0]) || s[1] != '.' || !digit(s[2]) {
		p.fail(t, ".version: got %q, want a number such as 7.0", v.text)
	}
	p.mod.Version = int(v.text[0]-'0')*10 + int(v.text[2]-'0')
	if p.mod.Version < 60 || p.mod.Version > 89 {
		p.fail(v, ".version: got %s, want 6.0 to 8.9", v.text)
	}
	p.expect(".target")
	t = p.ident()
	n, err := strconv.Atoi(strings.TrimRight(strings.TrimPrefix(t.text, "sm_"), "af"))
	if err != nil || n < 50 || n > 999 {
		p.fail(t, ".target: got %q, want a name such as sm_80", t.text)
	}
	p.mod.Target, p.mod.Only = n, strings.HasSuffix(t.text, "a")
	for p.accept(",") {
		p.ident()
	}
	if p.accept(".address_size") {
		if t := p.peek(); p.count(".address_size", 64) != 64 {
			p.fail(t, ".address_size: got %s, want 64", t.text)
		}
	}
}

// top reads one declaration or directive of module scope.
func (p *parser) top() {
	extern := false
	t := p.ident()
	for ; slices.Contains([]string{".visible", ".weak", ".common", ".extern"}, t.text); t = p.ident() {
		extern = extern || t.text == ".extern"
	}
	switch t.text {
	case ".entry", ".func":
		p.function(t.text == ".entry")
	case ".global", ".const", ".shared":
		for _, v := range p.variables(t.text, extern) {
			if p.names[v.Name] != nil {
				p.fail(t, "%s: declared twice", v.Name)
			}
			p.names[v.Name] = v
			p.mod.Vars = append(p.mod.Vars, v)
		}
	case ".file":
		p.file(t)
	case ".section":
		p.section()
	case ".pragma":
		p.skipTo(";")
	default:
		p.fail(t, "unknown directive %q", t.text)
	}
}

// file reads .file number "name", whose timestamp and size are ignored.
func (p *parser) file(at token) {
	n := p.count(".file", 1<<20)
	t := p.next()
	if t.kind != tokString {
		p.fail(at, ".file: got %q, want a name in quotes", t.text)
	}
	p.mod.Files[n] = t.text
	for p.peek().kind != tokEOF && p.peek().line == at.line {
		p.next()
	}
}

// section skips .section name { … }, which holds debugging data.
func (p *parser) section() {
	p.ident()
	p.expect("{")
	for depth := 1; depth > 0; {
		switch t := p.next(); {
		case t.kind == tokEOF:
			p.fail(t, ".section without an end")
		case t.kind == tokPunct && t.text == "{":
			depth++
		case t.kind == tokPunct && t.text == "}":
			depth--
		}
	}
}

// skipTo takes everything up to s, and s.
func (p *parser) skipTo(s string) {
	for !p.accept(s) {
		if t := p.next(); t.kind == tokEOF {
			p.fail(t, "got the end of the text, want %q", s)
		}
	}
}

// loc reads .loc file line column and what may follow on its line. Line 0 is
// the compiler's "nowhere" and leaves the place as it was.
func (p *parser) loc(at token) {
	f := p.count(".loc", 1<<20)
	l := p.count(".loc", 1<<30)
	for p.peek().kind != tokEOF && p.peek().line == at.line {
		p.next()
	}
	if l > 0 {
		p.mod.Places = append(p.mod.Places, Place{int32(f), int32(l)})
	}
}
