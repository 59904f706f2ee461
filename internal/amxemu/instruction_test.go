package amxemu

import (
	"encoding/hex"
	"strings"
	"testing"
)

// encodings are bytes that the GNU assembler 2.40 makes, and what they say.
var encodings = []struct {
	hex, text string
	want      Instruction
}{
	{"c4e2784900", "ldtilecfg (%rax)", Instruction{Op: LoadConfig, Base: 0, Index: none}},
	{"c4c278494508", "ldtilecfg 8(%r13)", Instruction{Op: LoadConfig, Base: 13, Index: none, Offset: 8}},
	{"c4a278490420", "ldtilecfg (%rax,%r12,1)", Instruction{Op: LoadConfig, Index: 12, Scale: 1}},
	{"c4e278490500000080", "ldtilecfg -0x80000000(%rip)",
		Instruction{Op: LoadConfig, Base: none, Index: none, Offset: -1 << 31, Following: true}},
	{"c4e27849842400010000", "ldtilecfg 256(%rsp)",
		Instruction{Op: LoadConfig, Base: 4, Index: none, Scale: 1, Offset: 256}},
	{"c4e2794903", "sttilecfg (%rbx)", Instruction{Op: StoreConfig, Base: 3, Index: none}},
	{"c4e27849c0", "tilerelease", Instruction{Op: Release}},
	{"c4e27b49e8", "tilezero %tmm5", Instruction{Op: Zero, Tile: 5}},
	{"c4827b4b74d110", "tileloadd 16(%r9,%r10,8),%tmm6",
		Instruction{Op: Load, Tile: 6, Base: 9, Index: 10, Scale: 8, Offset: 16}},
	{"c4e27b4b1420", "tileloadd (%rax),%tmm2", Instruction{Op: Load, Tile: 2, Index: none, Scale: 1}},
	{"c4e27b4b3c1d40000000", "tileloadd 64(,%rbx,1),%tmm7",
		Instruction{Op: Load, Tile: 7, Base: none, Index: 3, Scale: 1, Offset: 64}},
	{"c4e2794b0c0e", "tileloaddt1 (%rsi,%rcx,1),%tmm1",
		Instruction{Op: LoadOnce, Tile: 1, Base: 6, Index: 1, Scale: 1}},
	{"c4e27a4b5c5efc", "tilestored %tmm3,-4(%rsi,%rbx,2)",
		Instruction{Op: Store, Tile: 3, Base: 6, Index: 3, Scale: 2, Offset: -4}},
	{"c4e2425cf5", "tdpbf16ps %tmm7,%tmm5,%tmm6", Instruction{Op: DotBF16, Tile: 6, A: 5, B: 7}},
}

// TestDecode holds Decode to the assembler. No instruction is read from fewer bytes than it has.
func TestDecode(t *testing.T) {
	for _, e := range encodings {
		code, err := hex.DecodeString(e.hex)
		if err != nil {
			t.Fatal(err)
		}
		e.want.Length = len(code)
		got, ok := Decode(append(code, 0x90))
		if !ok || got != e.want {
			t.Errorf("%s: got %+v, %v, want %+v", e.text, got, ok, e.want)
		}
		for n := range code {
			if got, ok := Decode(code[:n]); ok {
				t.Errorf("%s: %d of %d bytes are %+v", e.text, n, len(code), got)
			}
		}
		if name := strings.Fields(e.text)[0]; !strings.EqualFold(name, got.Op.String()) {
			t.Errorf("%s is called %v", e.text, got.Op)
		}
	}
}

// TestNotDecoded: bytes near those of tile instructions that a processor refuses, or that are another
// instruction.
func TestNotDecoded(t *testing.T) {
	for code, what := range map[string]string{
		"c4e1784900":   "map 0F",
		"c4e2f84900":   "W set",
		"c4e27c4900":   "L set",
		"c4e2704900":   "a second source where there is none",
		"c4e2784908":   "opcode extension 1",
		"c4e27849c8":   "TILERELEASE with a register",
		"c4e27b49e9":   "TILEZERO with a second register",
		"c4627b49e8":   "TILEZERO of tile 13",
		"c4e27b4b10":   "TILELOADD without an index byte",
		"c4e2784b1420": "opcode 4B without a prefix",
		"c4627b4b1420": "TILELOADD of tile 10",
		"c4627a5cf5":   "TDPBF16PS of tile 14",
		"c4c2425cf5":   "TDPBF16PS by tile 13",
		"c4e2025cf5":   "TDPBF16PS by tile 15",
		"c4e2435cf5":   "TDPFP16PS",
		"c4e2435ef5":   "TDPBSSD",
		"0f0b909090":   "UD2",
		"62f27e4852c0": "VDPBF16PS",
	} {
		b, err := hex.DecodeString(code)
		if err != nil {
			t.Fatal(err)
		}
		if in, ok := Decode(append(b, make([]byte, 8)...)); ok {
			t.Errorf("%s is decoded as %+v", what, in)
		}
	}
}

// FuzzDecode: whatever the bytes, Decode returns, names tiles and registers that exist and a length that
// the bytes have.
func FuzzDecode(f *testing.F) {
	for _, e := range encodings {
		code, _ := hex.DecodeString(e.hex)
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		in, ok := Decode(code)
		if !ok {
			return
		}
		if in.Length > len(code) || in.Op == 0 || max(in.Tile, in.A, in.B) >= tiles ||
			max(in.Base, in.Index) > 15 {
			t.Errorf("% x is %+v", code, in)
		}
	})
}
