package plan

import (
	"context"
	"math"
)

// Storage is how a value lies in memory.
type Storage uint8

// The storage types. Inputs, states and outputs are always float32; which temporaries are
// not, the plan decides: see CompileStored.
const (
	InFloat32  Storage = iota
	InBFloat16         // rounded to nearest, ties to even, by the step that makes the value
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

// CompileStored is Compile with storage types: at BFloat16, what contractions read is
// rounded once, by the step that makes it, and lies in memory in two bytes a number. The
// rules, for every device alike:
//
//   - A temporary is bfloat16 where a contraction (MatMul, Conv, ConvData, ConvFilter,
//     Attention, AttentionGrad) rounds it as an operand, and no other step reads it but a
//     Sum over rows, which is the gradient of a bias, and AttentionGrad's own use of its
//     gradient: these two see the rounded numbers. Everything else is the same to the bit,
//     for a number that is rounded already is rounded to itself.
//   - What a chain makes for two such readers or more, and for others besides, it stores in
//     both types: residual streams stay float32, and contractions read 2 bytes of them. It
//     is not done for fewer readers, where no traffic is saved, nor for an epilogue.
//   - Chains, MatMul, Conv, ConvData, Norm, Attention, AttentionGrad and Gather store bfloat16,
//     and NormGrad its dx; what others make stays float32.
//   - The rows of every such operand, and the heads of attention, which are no wider than
//     128, are whole runs of 16 bytes: vectors, asynchronous copies and tensor maps need
//     no other path.
//
// Inputs, states, outputs, statistics, sums, losses and gradients of weights are float32.
func CompileStored(ctx context.Context, roots []Root, precision Precision) (*Plan, error) {
	c := newCompiler(ctx, precision)
	c.stored = precision == BFloat16
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
