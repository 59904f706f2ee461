package ptx

import (
	"encoding/binary"
	"strings"
)

// spaceOf is the state space that a directive declares variables in.
var spaceOf = map[string]Space{
	".global": Global, ".const": Constant, ".shared": Shared, ".local": Local, ".param": Param,
}

// variables reads what follows a state space: alignment, type, and one or more
// declarators, up to the semicolon.
func (p *parser) variables(where string, extern bool) []*Variable {
	sp := spaceOf[where]
	align, t, vec := p.varType()
	var out []*Variable
	for {
		v := p.declarator(sp, align, t, vec)
		v.Extern = extern
		if p.accept("=") {
			p.initialiser(v, t)
		}
		if v.Bytes == 0 && !extern {
			p.fail(p.peek(), "%s: an array without a size must be extern", v.Name)
		}
		if sp == Global || sp == Constant {
			if p.mod.varBytes += int64(v.Bytes); p.mod.varBytes > maxVariables {
				p.fail(p.peek(), "%s: variables take %d bytes, want at most %d",
					v.Name, p.mod.varBytes, maxVariables)
			}
		}
		out = append(out, v)
		if !p.accept(",") {
			break
		}
	}
	p.expect(";")
	return out
}

// varType reads [.align n] [.v2|.v4] .type; a declared alignment wins over the natural one.
func (p *parser) varType() (align int, t Type, vec int) {
	vec = 1
	for {
		id := p.ident()
		switch id.text {
		case ".align":
			align = p.count(".align", 1024)
			if align == 0 || align&(align-1) != 0 {
				p.fail(id, ".align: got %d, want a power of two", align)
			}
			continue
		case ".v2":
			vec = 2
			continue
		case ".v4":
			vec = 4
			continue
		case ".ptr", ".attribute", ".managed", ".volatile":
			p.fail(id, "%s: not supported in a declaration", id.text)
		}
		t = Types[strings.TrimPrefix(id.text, ".")]
		if t == NoType || t == Pred || id.text[0] != '.' {
			p.fail(id, "got %q, want a type", id.text)
		}
		if align == 0 {
			align = t.Size() * vec
		}
		return align, t, vec
	}
}

// declarator reads name[n][m]….
func (p *parser) declarator(sp Space, align int, t Type, vec int) *Variable {
	id := p.ident()
	v := &Variable{Name: id.text, Space: sp, Align: align, Line: id.line}
	limit := maxVariable
	switch sp {
	case Shared:
		limit = MaxShared
	case Local:
		limit = MaxLocal
	case Param:
		limit = maxParams
	}
	n := int64(t.Size() * vec)
	for p.accept("[") {
		d := 0
		if !p.is("]") {
			d = p.count("array size", limit)
		}
		p.expect("]")
		if n *= int64(d); n > int64(limit) {
			p.fail(id, "%s: takes %d bytes, want at most %d", v.Name, n, limit)
		}
	}
	v.Bytes = int(n)
	return v
}

// initialiser reads what follows =; missing elements are zero.
func (p *parser) initialiser(v *Variable, t Type) {
	if v.Space != Global && v.Space != Constant {
		p.fail(p.peek(), "%s: a %s variable cannot be initialised", v.Name, v.Space)
	}
	p.initValue(v, t, 0)
}

// initValue reads one value of type t, or a list of values in braces, which depth counts.
func (p *parser) initValue(v *Variable, t Type, depth int) {
	if p.accept("{") {
		if depth == maxDepth {
			p.fail(p.peek(), "%s: braces deeper than %d", v.Name, maxDepth)
		}
		for !p.accept("}") {
			p.initValue(v, t, depth+1)
			if !p.accept(",") && !p.is("}") {
				p.fail(p.peek(), "%s: got %q, want a comma or }", v.Name, p.peek().text)
			}
		}
		return
	}
	at := p.peek()
	if len(v.Initial)+t.Size() > v.Bytes {
		p.fail(at, "%s: more initial values than its %d bytes hold", v.Name, v.Bytes)
	}
	var word [8]byte
	if at.kind == tokIdent {
		name := p.ident().text
		if name == "generic" && p.accept("(") {
			name = p.ident().text
			p.expect(")")
		}
		var add int64
		if p.accept("+") {
			add = p.number().Int
		}
		if t.Size() != 8 {
			p.fail(at, "%s: an address in an initialiser needs 8 bytes", v.Name)
		}
		v.Relocations = append(v.Relocations, Relocation{len(v.Initial), name, add, at.line})
	} else {
		binary.LittleEndian.PutUint64(word[:], p.number().Bits(t))
	}
	v.Initial = append(v.Initial, word[:t.Size()]...)
}
