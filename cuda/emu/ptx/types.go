package ptx

// A Type is a fundamental or packed type of PTX.
type Type uint8

// The types, by their names in PTX: bits, unsigned, signed and floating-point numbers, pairs of them in one
// register, the 8-bit floats and the 4-bit integers of tensor cores, predicates.
const (
	NoType Type = iota
	B8
	B16
	B32
	B64
	U8
	U16
	U32
	U64
	S8
	S16
	S32
	S64
	F16
	F32
	F64
	BF16
	TF32
	F16x2
	BF16x2
	U16x2
	S16x2
	E4M3
	E5M2
	E4M3x2
	E5M2x2
	S4 // eight in a word
	U4
	Pred
)

// Types are the types by their names, without the dot.
var Types = map[string]Type{
	"b8": B8, "b16": B16, "b32": B32, "b64": B64,
	"u8": U8, "u16": U16, "u32": U32, "u64": U64,
	"s8": S8, "s16": S16, "s32": S32, "s64": S64,
	"f16": F16, "f32": F32, "f64": F64, "bf16": BF16, "tf32": TF32,
	"f16x2": F16x2, "bf16x2": BF16x2, "u16x2": U16x2, "s16x2": S16x2,
	"e4m3": E4M3, "e5m2": E5M2, "e4m3x2": E4M3x2, "e5m2x2": E5M2x2, "s4": S4, "u4": U4, "pred": Pred,
}

var typeSizes = [...]int{
	B8: 1, B16: 2, B32: 4, B64: 8, U8: 1, U16: 2, U32: 4, U64: 8, S8: 1, S16: 2, S32: 4, S64: 8,
	F16: 2, F32: 4, F64: 8, BF16: 2, TF32: 4, F16x2: 4, BF16x2: 4,
	U16x2: 4, S16x2: 4, E4M3: 1, E5M2: 1, E4M3x2: 2, E5M2x2: 2, S4: 1, U4: 1, Pred: 1,
}

// Size is the number of bytes of a value in memory, 1 for a predicate.
func (t Type) Size() int { return typeSizes[t] }

// Bits is the number of bits of a value in memory.
func (t Type) Bits() int { return 8 * t.Size() }

// Signed says whether t is one of the signed integers.
func (t Type) Signed() bool { return t >= S8 && t <= S64 }

// Integer says whether t is an integer, with a sign or without.
func (t Type) Integer() bool { return t >= U8 && t <= S64 }

// Float says whether t is a floating-point number of 16, 32 or 64 bits.
func (t Type) Float() bool { return t == F16 || t == F32 || t == F64 || t == BF16 }

// String is the name of the type, without the dot.
func (t Type) String() string {
	for n, u := range Types {
		if u == t {
			return n
		}
	}
	return "untyped"
}
