package ptx

import (
	"math"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// number reads a literal with an optional sign.
func (p *parser) number() Operand {
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
		op.Int = -op.Int
		switch {
		case op.Kind == FloatOperand && op.single:
			op.bits ^= 1 << 31
		case op.Kind == FloatOperand:
			op.bits ^= 1 << 63
		}
	}
	return op
}

// parseNumber reads a PTX literal: decimal, 0x, 0b or octal with an optional U,
// 0f and 0d for the bits of a float, or a decimal float.
func parseNumber(s string) (Operand, bool) {
	if len(s) > 2 && s[0] == '0' && (s[1]|0x20 == 'f' || s[1]|0x20 == 'd') {
		single := s[1]|0x20 == 'f'
		u, err := strconv.ParseUint(s[2:], 16, 64)
		ok := err == nil && (single && len(s) == 10 || !single && len(s) == 18)
		return Operand{Kind: FloatOperand, bits: u, single: single}, ok
	}
	if u, err := strconv.ParseUint(strings.TrimRight(s, "Uu"), 0, 64); err == nil {
		return Operand{Kind: IntOperand, Int: int64(u)}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return Operand{Kind: FloatOperand, bits: math.Float64bits(f)}, err == nil
}

// float is the value of a literal.
func (o Operand) float() float64 {
	switch {
	case o.Kind == IntOperand:
		return float64(o.Int)
	case o.single:
		return float64(math.Float32frombits(uint32(o.bits)))
	}
	return math.Float64frombits(o.bits)
}

// Bits is a literal as the bits of a value of type t, rounded to the nearest, ties to even, where t is
// narrower.
func (o Operand) Bits(t Type) uint64 {
	if o.Kind == IntOperand && t.Float() {
		o = Operand{Kind: FloatOperand, bits: math.Float64bits(float64(o.Int))}
	}
	if o.Kind == IntOperand {
		if t.Size() == 8 {
			return uint64(o.Int)
		}
		return uint64(o.Int) & (1<<t.Bits() - 1)
	}
	switch t.Size() {
	case 8:
		if o.single {
			return math.Float64bits(o.float())
		}
		return o.bits
	case 4:
		if o.single {
			return o.bits
		}
		return uint64(math.Float32bits(float32(o.float())))
	}
	switch t {
	case BF16:
		return uint64(round.ToBF16(o.float(), round.NearestEven))
	case F16:
		return uint64(round.ToF16(o.float(), round.NearestEven))
	}
	return o.bits & 0xffff
}
