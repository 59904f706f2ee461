package emu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parser turns tokens into a module. A fault unwinds as a *syntaxError by
// panic, which parse alone recovers.
type parser struct {
	toks  []token
	pos   int
	mod   *module
	names map[string]*variable // of module scope
}

// parse reads the text of a PTX module, versions 6.0 to 8.9.
func parse(src string) (m *module, err error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks, names: map[string]*variable{}}
	p.mod = &module{files: map[int]string{}, byName: map[string]*function{}, lines: strings.Split(src, "\n")}
	defer func() {
		if e := caught(recover()); e != nil {
			m, err = nil, e
		}
	}()
	p.header()
	for p.peek().kind != tokEOF {
		p.top()
	}
	return p.mod, nil
}

func (p *parser) peek() token { return p.toks[p.pos] }

func (p *parser) next() token {
	t := p.toks[p.pos]
	if t.kind != tokEOF {
		p.pos++
	}
	return t
}

func (p *parser) fail(t token, format string, args ...any) {
	panic(&syntaxError{t.line, fmt.Sprintf(format, args...)})
}

func (p *parser) is(s string) bool {
	t := p.peek()
	return t.text == s && (t.kind == tokPunct || t.kind == tokIdent)
}

func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(s string) {
	if t := p.peek(); !p.accept(s) {
		p.fail(t, "got %q, want %q", t.text, s)
	}
}

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

func (p *parser) header() {
	t := p.peek()
	p.expect(".version")
	v := p.next()
	if s := v.text; v.kind != tokNumber || len(s) != 3 || !digit(s[0]) || s[1] != '.' || !digit(s[2]) {
		p.fail(t, ".version: got %q, want a number such as 7.0", v.text)
	}
	p.mod.version = int(v.text[0]-'0')*10 + int(v.text[2]-'0')
	if p.mod.version < 60 || p.mod.version > 89 {
		p.fail(v, ".version: got %s, want 6.0 to 8.9", v.text)
	}
	p.expect(".target")
	t = p.ident()
	n, err := strconv.Atoi(strings.TrimRight(strings.TrimPrefix(t.text, "sm_"), "af"))
	if err != nil || n < 50 || n > 999 {
		p.fail(t, ".target: got %q, want a name such as sm_80", t.text)
	}
	p.mod.target = n
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
			if p.names[v.name] != nil {
				p.fail(t, "%s: declared twice", v.name)
			}
			p.names[v.name] = v
			p.mod.vars = append(p.mod.vars, v)
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
	p.mod.files[n] = t.text
	for p.peek().kind != tokEOF && p.peek().line == at.line {
		p.next()
	}
}

// section skips debugging data.
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
		p.mod.locs = append(p.mod.locs, sourceLoc{int32(f), int32(l)})
	}
}
