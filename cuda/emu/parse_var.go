package emu

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

var spaceOf = map[string]space{
	".global": global, ".const": constant, ".shared": shared, ".local": local, ".param": param,
}

// variables reads what follows a state space: alignment, type, and one or more
// declarators, up to the semicolon.
func (p *parser) variables(where string, extern bool) []*variable {
	sp := spaceOf[where]
	align, t, vec := p.varType()
	var out []*variable
	for {
		v := p.declarator(sp, align, t, vec)
		v.extern = extern
		if p.accept("=") {
			p.initialiser(v, t)
		}
		if v.bytes == 0 && !extern {
			p.fail(p.peek(), "%s: an array without a size must be extern", v.name)
		}
		if sp == global || sp == constant {
			if p.mod.varBytes += int64(v.bytes); p.mod.varBytes > maxGlobals {
				p.fail(p.peek(), "%s: variables take %d bytes, want at most %d", v.name, p.mod.varBytes, maxGlobals)
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
func (p *parser) varType() (align int, t typ, vec int) {
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
		t = typeNames[strings.TrimPrefix(id.text, ".")]
		if t == tNone || t == pred || id.text[0] != '.' {
			p.fail(id, "got %q, want a type", id.text)
		}
		if align == 0 {
			align = t.size() * vec
		}
		return align, t, vec
	}
}

// declarator reads name[n][m]….
func (p *parser) declarator(sp space, align int, t typ, vec int) *variable {
	id := p.ident()
	v := &variable{name: id.text, space: sp, align: align, line: id.line, elem: t.size() * vec}
	limit := maxVariable
	switch sp {
	case shared:
		limit = maxShared
	case local:
		limit = maxLocal
	case param:
		limit = maxParams
	}
	n := int64(v.elem)
	for p.accept("[") {
		d := 0
		if !p.is("]") {
			d = p.count("array size", limit)
		}
		p.expect("]")
		if n *= int64(d); n > int64(limit) {
			p.fail(id, "%s: takes %d bytes, want at most %d", v.name, n, limit)
		}
	}
	v.bytes = int(n)
	return v
}

// initialiser reads what follows =; missing elements are zero.
func (p *parser) initialiser(v *variable, t typ) {
	if v.space != global && v.space != constant {
		p.fail(p.peek(), "%s: a %s variable cannot be initialised", v.name, v.space)
	}
	p.initValue(v, t, 0)
}

func (p *parser) initValue(v *variable, t typ, depth int) {
	if p.accept("{") {
		if depth == maxDepth {
			p.fail(p.peek(), "%s: braces deeper than %d", v.name, maxDepth)
		}
		for !p.accept("}") {
			p.initValue(v, t, depth+1)
			if !p.accept(",") && !p.is("}") {
				p.fail(p.peek(), "%s: got %q, want a comma or }", v.name, p.peek().text)
			}
		}
		return
	}
	at := p.peek()
	if len(v.init)+t.size() > v.bytes {
		p.fail(at, "%s: more initial values than its %d bytes hold", v.name, v.bytes)
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
			add = p.number().ival
		}
		if t.size() != 8 {
			p.fail(at, "%s: an address in an initialiser needs 8 bytes", v.name)
		}
		v.relocs = append(v.relocs, reloc{len(v.init), name, add, at.line})
	} else {
		binary.LittleEndian.PutUint64(word[:], p.number().bitsAs(t))
	}
	v.init = append(v.init, word[:t.size()]...)
}

// number reads a literal with an optional sign.
func (p *parser) number() operand {
	neg := p.accept("-")
	if !neg {
		p.accept("+")
	}
	t := p.next()
	if t.kind != tokNumber {
		p.fail(t, "got %q, want a number", t.text)
	}
	op, ok := parseNumber(t.text)
	if !ok {
		p.fail(t, "got %q, want a number", t.text)
	}
	if neg {
		op.ival = -op.ival
		switch {
		case op.kind == opFloat && op.single:
			op.fbits ^= 1 << 31
		case op.kind == opFloat:
			op.fbits ^= 1 << 63
		}
	}
	return op
}

// parseNumber reads a PTX literal: decimal, 0x, 0b or octal with an optional U,
// 0f and 0d for the bits of a float, or a decimal float.
func parseNumber(s string) (operand, bool) {
	if len(s) > 2 && s[0] == '0' && (s[1]|0x20 == 'f' || s[1]|0x20 == 'd') {
		single := s[1]|0x20 == 'f'
		u, err := strconv.ParseUint(s[2:], 16, 64)
		ok := err == nil && (single && len(s) == 10 || !single && len(s) == 18)
		return operand{kind: opFloat, fbits: u, single: single}, ok
	}
	if u, err := strconv.ParseUint(strings.TrimRight(s, "Uu"), 0, 64); err == nil {
		return operand{kind: opInt, ival: int64(u)}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return operand{kind: opFloat, fbits: math.Float64bits(f)}, err == nil
}

// float is the value of a literal.
func (o operand) float() float64 {
	switch {
	case o.kind == opInt:
		return float64(o.ival)
	case o.single:
		return float64(math.Float32frombits(uint32(o.fbits)))
	}
	return math.Float64frombits(o.fbits)
}

// bitsAs is the literal as the bits of a value of type t.
func (o operand) bitsAs(t typ) uint64 {
	if o.kind == opInt && t.float() {
		o = operand{kind: opFloat, fbits: math.Float64bits(float64(o.ival))}
	}
	if o.kind == opInt {
		if t.size() == 8 {
			return uint64(o.ival)
		}
		return uint64(o.ival) & (1<<t.bits() - 1)
	}
	switch t.size() {
	case 8:
		if o.single {
			return math.Float64bits(o.float())
		}
		return o.fbits
	case 4:
		if o.single {
			return o.fbits
		}
		return uint64(math.Float32bits(float32(o.float())))
	}
	switch t {
	case bf16:
		return uint64(toBF16(o.float(), roundNearest))
	case f16:
		return uint64(toF16(o.float(), roundNearest))
	}
	return o.fbits & 0xffff
}
