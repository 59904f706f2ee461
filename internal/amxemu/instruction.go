package amxemu

import "encoding/binary"

// An Op is a tile instruction.
type Op uint8

// The instructions that are known.
const (
	LoadConfig  Op = iota + 1 // LDTILECFG: the shapes of the tiles from 64 bytes of memory
	StoreConfig               // STTILECFG: the same to memory
	Release                   // TILERELEASE: no tile is configured any more
	Zero                      // TILEZERO
	Load                      // TILELOADD: rows that lie a stride apart
	LoadOnce                  // TILELOADDT1: the same; the processor need not keep them in its caches
	Store                     // TILESTORED
	DotBF16                   // TDPBF16PS: C += A·B of pairs of bfloat16
	ops         = int(DotBF16) + 1
)

var opNames = [ops]string{"", "LDTILECFG", "STTILECFG", "TILERELEASE", "TILEZERO", "TILELOADD", "TILELOADDT1",
	"TILESTORED", "TDPBF16PS"}

// String is the manual's name of the instruction.
func (o Op) String() string { return opNames[o] }

// UsesData says whether the instruction needs the system's permission to use tile data. LDTILECFG,
// STTILECFG and TILERELEASE do not.
func (o Op) UsesData() bool { return o >= Zero }

// An Instruction is one decoded tile instruction.
type Instruction struct {
	Op        Op
	Length    int // in bytes
	Tile      int // what it writes or, of a store, reads
	A, B      int // factors of DotBF16
	Base      int // number of the register that the address begins with, or none
	Index     int // number of the register whose value, Scale times, is the stride; or none
	Scale     uint64
	Offset    int64
	Following bool // the address counts from the next instruction
}

// none is no register.
const none = -1

// The fields of a VEX prefix of three bytes, 0xc4 first. R, X, B and the second source are stored inverted.
const (
	vexR, vexX, vexB = 0x80, 0x40, 0x20
	map0F38          = 0x02
	vexWL            = 0x84 // W and L, which are 0 in every tile instruction
	noSource         = 0x78 // the second source where there is none
)

// Decode reads the tile instruction that code begins with. It returns false where code is too short, is
// no tile instruction that is known, or is one that no processor accepts.
func Decode(code []byte) (Instruction, bool) {
	var none Instruction
	if len(code) < 5 || code[0] != 0xc4 || code[1]&0x1f != map0F38 || code[2]&vexWL != 0 {
		return none, false
	}
	opcode, modrm := code[3], code[4]
	prefix, register := code[2]&3, code[2]&noSource == noSource
	in := Instruction{Op: opOf(opcode, prefix, modrm), Length: 5, Tile: int(modrm >> 3 & 7)}
	switch in.Op {
	case DotBF16:
		// R, B and the fourth bit of the second source would name tiles beyond the eighth.
		in.A, in.B = int(modrm&7), int(^code[2]>>3&15)
		return in, code[1]&(vexR|vexB) == vexR|vexB && in.B < 8
	case Zero:
		return in, register && code[1]&vexR != 0
	case Release:
		return in, register
	case Load, LoadOnce, Store:
		if code[1]&vexR == 0 || modrm&7 != 4 {
			return none, false
		}
	case LoadConfig, StoreConfig:
		in.Tile = 0
	default:
		return none, false
	}
	return in, register && in.address(code)
}

// opOf tells which instruction an opcode with its implied prefix (0 none, 1 66, 2 F3, 3 F2) and its
// second byte is; 0 for none.
func opOf(opcode, prefix, modrm byte) Op {
	memory, extension := modrm < 0xc0, modrm>>3&7
	switch {
	case opcode == 0x49 && memory && extension == 0 && prefix == 0:
		return LoadConfig
	case opcode == 0x49 && memory && extension == 0 && prefix == 1:
		return StoreConfig
	case opcode == 0x49 && modrm == 0xc0 && prefix == 0:
		return Release
	case opcode == 0x49 && !memory && modrm&7 == 0 && prefix == 3:
		return Zero
	case opcode == 0x4b && memory && prefix != 0:
		return [...]Op{1: LoadOnce, 2: Store, 3: Load}[prefix]
	case opcode == 0x5c && !memory && prefix == 2:
		return DotBF16
	}
	return 0
}

// address decodes an operand in memory: the second byte of the instruction, a byte for base and index
// where there is one, and an offset of 0, 8 or 32 bits. It returns false where code is too short.
func (in *Instruction) address(code []byte) bool {
	mod, rm := code[4]>>6, int(code[4]&7)
	in.Base, in.Index = rm, none
	if rm == 4 {
		if len(code) < 6 {
			return false
		}
		in.Length = 6
		in.Base, in.Index, in.Scale = int(code[5]&7), int(code[5]>>3&7), 1<<(code[5]>>6)
		if code[1]&vexX == 0 {
			in.Index += 8
		}
		if in.Index == 4 { // the stack pointer is no index
			in.Index = none
		}
	}
	size := [...]int{0, 1, 4}[mod]
	if mod == 0 && in.Base == 5 {
		size, in.Following, in.Base = 4, rm == 5, none
	} else if code[1]&vexB == 0 {
		in.Base += 8
	}
	at := code[in.Length:]
	in.Length += size
	switch {
	case len(at) < size:
		return false
	case size == 1:
		in.Offset = int64(int8(at[0]))
	case size == 4:
		in.Offset = int64(int32(binary.LittleEndian.Uint32(at)))
	}
	return true
}
