package emu

// typ is a PTX fundamental or packed type.
type typ uint8

const (
	tNone typ = iota
	b8
	b16
	b32
	b64
	u8
	u16
	u32
	u64
	s8
	s16
	s32
	s64
	f16
	f32
	f64
	bf16
	tf32
	f16x2
	bf16x2
	u16x2
	s16x2
	e4m3
	e5m2
	e4m3x2
	e5m2x2
	s4 // packed in words
	u4
	pred
)

var typeNames = map[string]typ{
	"b8": b8, "b16": b16, "b32": b32, "b64": b64,
	"u8": u8, "u16": u16, "u32": u32, "u64": u64,
	"s8": s8, "s16": s16, "s32": s32, "s64": s64,
	"f16": f16, "f32": f32, "f64": f64, "bf16": bf16, "tf32": tf32,
	"f16x2": f16x2, "bf16x2": bf16x2, "u16x2": u16x2, "s16x2": s16x2,
	"e4m3": e4m3, "e5m2": e5m2, "e4m3x2": e4m3x2, "e5m2x2": e5m2x2, "s4": s4, "u4": u4, "pred": pred,
}

var typeSizes = [...]int{
	b8: 1, b16: 2, b32: 4, b64: 8, u8: 1, u16: 2, u32: 4, u64: 8, s8: 1, s16: 2, s32: 4, s64: 8,
	f16: 2, f32: 4, f64: 8, bf16: 2, tf32: 4, f16x2: 4, bf16x2: 4,
	u16x2: 4, s16x2: 4, e4m3: 1, e5m2: 1, e4m3x2: 2, e5m2x2: 2, s4: 1, u4: 1, pred: 1,
}

// size is the number of bytes of a value in memory.
func (t typ) size() int { return typeSizes[t] }

func (t typ) bits() int { return 8 * t.size() }

func (t typ) signed() bool { return t >= s8 && t <= s64 }

func (t typ) integer() bool { return t >= u8 && t <= s64 }

func (t typ) float() bool { return t == f16 || t == f32 || t == f64 || t == bf16 }

func (t typ) String() string {
	for n, u := range typeNames {
		if u == t {
			return n
		}
	}
	return "untyped"
}

// space is a PTX state space.
type space uint8

const (
	generic space = iota
	global
	shared
	local
	constant
	param
)

var spaceNames = [...]string{"generic", "global", "shared", "local", "const", "param"}

func (s space) String() string { return spaceNames[s] }
