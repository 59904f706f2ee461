package plan

import (
	"context"
	"math"
)

// Storage is how a value lies in memory.
type Storage uint8

// The storage types. Inputs, states and outputs are always float32; which temporaries are
// not, the plan decides: see the package's comment.
const (
	InFloat32  Storage = iota
	InBFloat16         // rounded to nearest even by the step that makes it; a denormal may be 0
)

// String is the name of s: "float32" or "bf16".
func (s Storage) String() string { return [...]string{"float32", "bf16"}[s] }

// Bytes is what an element takes.
func (s Storage) Bytes() int {
	if s == InBFloat16 {
		return 2
	}
	return 4
}

// Bytes is what v takes in memory.
func (v *Value) Bytes() int { return v.Size * v.Storage.Bytes() }

// Words is what v takes of the arena, in its unit.
func (v *Value) Words() int { return (v.Bytes() + 3) / 4 }

// CompileFloat32 is Compile with every value in float32, whatever the precision: contractions
// then round their operands at each use. It is what storage types are held to.
func CompileFloat32(ctx context.Context, roots []Root, precision Precision) (*Plan, error) {
	c := newCompiler(ctx, precision)
	c.stored = false
	return c.compile(roots)
}

// RoundBFloat16 is the bits of the number of 7 bits of mantissa that is nearest to x, the
// even one of two. A NaN stays one.
func RoundBFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// WidenBFloat16 is the number whose bits b are.
func WidenBFloat16(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// HalfBytes is how many bytes of memory the temporaries save by their storage types, were
// each to have a place of its own.
func (p *Plan) HalfBytes() (saved int) {
	for v := range p.Values {
		if q := &p.Values[v]; q.Class == Temporary {
			saved += 4*q.Size - q.Bytes()
		}
	}
	return saved
}
