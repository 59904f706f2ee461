//go:build linux && amd64

package bf16

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu"
	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// The numbers of registers in instructions.
const regDX, regBX, regSI, regR8, regR9, regR10, regR11 = 2, 3, 6, 8, 9, 10, 11

// moves is a TILELOADD or TILESTORED as amx_amd64.h writes it.
func moves(op amxemu.Op, offset uint32, base, index, tile int) []byte {
	prefix := byte(0x7b)
	if op == amxemu.Store {
		prefix = 0x7a
	}
	b := []byte{0xc4, byte(0xe2 ^ index>>3<<6 ^ base>>3<<5), prefix, 0x4b, byte(0x84 | tile<<3),
		byte(index&7<<3 | base&7)}
	return binary.LittleEndian.AppendUint32(b, offset)
}

// dots is a TDPBF16PS.
func dots(b, a, c int) []byte {
	return []byte{0xc4, 0xe2, byte(0x02 | (15-b)<<3), 0x5c, byte(0xc0 | c<<3 | a)}
}

// amxMutants are kernels with one mistake each: an instruction left out everywhere, or bytes of one function
// changed; and what tells of it.
var amxMutants = []struct {
	name, function string
	omit           amxemu.Op
	old, new       []byte
	told           string
}{
	{name: "no LDTILECFG", omit: amxemu.LoadConfig, told: "no tile is configured"},
	{name: "no TILERELEASE", omit: amxemu.Release, told: "tiles are configured at the return"},
	{name: "no TILEZERO", omit: amxemu.Zero, told: wrongC},
	{name: "no TDPBF16PS", omit: amxemu.DotBF16, told: wrongC},
	{name: "no TILESTORED", omit: amxemu.Store, told: wrongC},
	{"A from row to row as B", "bf16.amx2x2", 0,
		moves(amxemu.Load, 0, regSI, regR8, 4), moves(amxemu.Load, 0, regSI, regR11, 4), wrongC},
	{"B from row to row as A", "bf16.amx1x1", 0,
		moves(amxemu.Load, 0, regR10, regR11, 6), moves(amxemu.Load, 0, regR10, regR8, 6), wrongC},
	{"the second rows of A are the first", "bf16.amx2x1", 0,
		moves(amxemu.Load, 0, regR9, regR8, 5), moves(amxemu.Load, 0, regSI, regR8, 5), wrongC},
	{"the right half of B is the left", "bf16.amx1x2", 0,
		moves(amxemu.Load, 64, regR10, regR11, 7), moves(amxemu.Load, 0, regR10, regR11, 7), wrongC},
	{"the right half of C over the left", "bf16.amx2x2", 0,
		moves(amxemu.Store, 64, regDX, regBX, 1), moves(amxemu.Store, 0, regDX, regBX, 1), wrongC},
	{"a product twice, another not", "bf16.amx2x2", 0, dots(7, 5, 3), dots(6, 5, 3), "TDPBF16PS in"},
	{"a product to another tile", "bf16.amx1x2", 0, dots(7, 4, 1), dots(7, 4, 0), "TDPBF16PS in"},
	{"the second panel is the first", "bf16.amx1x4", 0,
		moves(amxemu.Load, 0, regR9, regR11, 7), moves(amxemu.Load, 0, regR10, regR11, 7), wrongC},
	{"B half a step on", "bf16.amx2x2", 0,
		[]byte{0x49, 0x81, 0xc2, 0, 8, 0, 0}, []byte{0x49, 0x81, 0xc2, 0, 4, 0, 0}, wrongC},
	{"A three quarters of a step on", "bf16.amx1x4", 0,
		[]byte{0x48, 0x83, 0xc6, 64}, []byte{0x48, 0x83, 0xc6, 48}, wrongC},
}

// wrongC is what TestAMX says of an element of C that is not what it should be.
const wrongC = ": C["

// TestAMXMutants: TestAMX fails for every mutant, and says what the table expects.
func TestAMXMutants(t *testing.T) {
	if trace.Hardware() {
		t.Skip("this machine has AMX: the emulator would not see what the mutants do")
	}
	for _, m := range amxMutants {
		t.Run(m.name, func(t *testing.T) {
			o := trace.Options{Omit: 1 << m.omit &^ 1}
			if m.function != "" {
				o.Mutants = []trace.Mutant{{Function: m.function, Old: m.old, New: m.new}}
			}
			r := trace.Rerun(t, o, "^TestAMX$")
			if r.Err == nil || !strings.Contains(r.Output, m.told) {
				t.Errorf("want a failure with %q, got %v and\n%s", m.told, r.Err, r.Output)
			}
		})
	}
}

// amxArguments are calls of amx2x2 with one wrong argument, for a block of 2 lines of 32 rows and 20 columns,
// and what tells of it.
var amxArguments = []struct {
	name   string
	change func(t *amxCall)
	told   string
}{
	{"none", func(t *amxCall) {}, "--- PASS"},
	{"a column of C too many", func(t *amxCall) { t.config.shape(1, 16, 5) }, "TDPBF16PS in"},
	{"a column of B and of C too many", func(t *amxCall) {
		t.config.shape(1, 16, 5)
		t.config.shape(3, 16, 5)
		t.config.shape(7, 16, 5)
	}, "column 20 of row 0 is written"},
	{"a row of A too few", func(t *amxCall) { t.config.shape(4, 15, 16) }, "TDPBF16PS in"},
	{"half of k", func(t *amxCall) {
		t.config.shape(4, 16, 8)
		t.config.shape(5, 16, 8)
		t.config.shape(6, 8, 16)
		t.config.shape(7, 8, 4)
	}, wrongC},
	{"a row of 65 bytes", func(t *amxCall) { t.config[16] = 65 }, "LDTILECFG in"},
	{"palette 0", func(t *amxCall) { t.config = tileConfig{} }, "no tile is configured"},
	{"the stride of A", func(t *amxCall) { t.rowA -= 2 }, wrongC},
	{"the stride of C", func(t *amxCall) { t.rowC -= 4 }, "of row 0 is written"},
	{"a step too few", func(t *amxCall) { t.steps-- }, wrongC},
	{"a segment too few", func(t *amxCall) { t.segments-- }, wrongC},
	{"the gap of A", func(t *amxCall) { t.gapA, t.gapNext = 0, 0 }, wrongC},
	{"the second rows", func(t *amxCall) { t.next -= t.rowA }, wrongC},
	{"the line of A", func(t *amxCall) { t.lineA = 0 }, wrongC},
	{"the line of B", func(t *amxCall) { t.lineB = 0 }, wrongC},
	{"the line of C", func(t *amxCall) { t.lineC -= t.rowC }, wrongC},
	{"the line of a bias", func(t *amxCall) { t.lineInit += 4 }, wrongC},
	{"a line too few", func(t *amxCall) { t.lines = 1 }, wrongC},
	{"the stride of a bias", func(t *amxCall) { t.rowInit = 4 }, wrongC},
}

const argumentVariable = "AMX_ARGUMENT"

// TestAMXArgument is the process of TestAMXArguments that makes one of the calls.
func TestAMXArgument(t *testing.T) {
	for _, a := range amxArguments {
		if a.name != os.Getenv(argumentVariable) {
			continue
		}
		c := blockCase{lines: 2, m: 32, n: 20, segments: 3, steps: 2, bias: true}
		o := c.make(rand.New(rand.NewPCG(1, 2)), false)
		before := append([]float32(nil), o.c...)
		if amx() != nil {
			t.Fatal(amx())
		}
		amxBlock(&o.block)
		copy(o.c, before)
		call := &o.block.amx // as the block has left it
		o.block.amxColumns(amxLines{0, c.lines, 1}, 0, 1, 1)
		a.change(call)
		amx2x2(call)
		o.check(t, a.name, c, EvenOdd, before, false)
		return
	}
	t.Skip("TestAMXArguments runs it")
}

// TestAMXArguments: every wrong argument is told of.
func TestAMXArguments(t *testing.T) {
	if trace.Hardware() {
		t.Skip("this machine has AMX: the emulator would not see what the calls do")
	}
	for _, a := range amxArguments {
		t.Run(a.name, func(t *testing.T) {
			r := trace.Rerun(t, trace.Options{}, "^TestAMXArgument$", argumentVariable+"="+a.name)
			if !strings.Contains(r.Output, a.told) {
				t.Errorf("want %q, got %v and\n%s", a.told, r.Err, r.Output)
			}
		})
	}
}
