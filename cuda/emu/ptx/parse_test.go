package ptx

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const head = ".version 7.0\n.target sm_80\n.address_size 64\n"

// kernel is a module of one kernel whose body begins on line 10.
func kernel(body string) string {
	return head + ".visible .entry k(.param .u64 p)\n{\n.reg .b32 %r<8>;\n.reg .b64 %rd<8>;\n" +
		".reg .f32 %f<8>;\n.reg .pred %p<3>;\n" + body + "\nret;\n}\n"
}

// What is no PTX is an error that names the line.
func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `line 1: got "", want ".version"`},
		{"byte", ".version 7.0\n\x01", "line 2: byte 0x01 is not PTX"},
		{"old version", ".version 4.2\n.target sm_80", "line 1: .version: got 4.2, want 6.0 to 8.9"},
		{"target", ".version 7.0\n.target gfx90a", `line 2: .target: got "gfx90a"`},
		{"32 bits", ".version 7.0\n.target sm_80\n.address_size 32",
			"line 3: .address_size: got 32, want 64"},
		{"directive", head + ".texref x;", `line 4: unknown directive ".texref"`},
		{"register", kernel("add.s32 %r1, %r2, %r8;"), "line 10: %r8: no such register"},
		{"guard", kernel("@%r1 add.s32 %r1, %r2, %r3;"), `line 10: got "%r1", want a predicate register`},
		{"label twice", kernel("x: x:"), "line 10: label x: defined twice"},
		{"function twice", head + ".func f() { ret; }\n.func f() { ret; }", "line 5: f: defined twice"},
		{"registers", head + ".entry k() { .reg .b32 %r<100000>; }", "want a number from 0 to 65536"},
		{"registers twice", head + ".entry k() { .reg .b32 %a<60000>; .reg .b32 %b<60000>; }",
			"more than 65536 registers"},
		{"array", head + ".global .b8 x[99999999999];", "line 4: array size"},
		{"arrays", head + ".global .b8 x[60000000][60000000];", "takes 3600000000000000 bytes"},
		{"variables", head + strings.Repeat(".global .b8 x[60000000];\n", 5), "line 5: x: declared twice"},
		{"braces", head + ".entry k() {" + strings.Repeat("{", 100), "braces deeper than 64"},
		{"initialiser", head + ".global .u8 x[2] = {1, 2, 3};", "line 4: x: more initial values"},
		{"comment", head + "/* open", "line 4: comment without an end"},
		{"string", head + ".file 1 \"open\n", "line 4: string without an end"},
		{"end", head + ".entry k() { ret;", "line 4: k: got the end of the text, want }"},
		{"displacement", kernel("ld.u32 %r1, [%rd1+1.5];"), "a displacement must be an integer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.text)
			var e *Error
			if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &e) {
				t.Errorf("got %v, want an *Error with %q", err, tt.want)
			}
		})
	}
}

// Operands are resolved by the braces they stand in; %r12 may be number 2 of %r1<3>.
func TestOperands(t *testing.T) {
	m, err := Parse(head + `
.global .align 8 .u64 table[2] = {generic(word)+4, word};
.global .align 4 .u32 word[2] = {0x11, -1};
.visible .entry k(.param .u64 p)
{
	.reg .b32 %r<8>, %r1<3>, other;
	.reg .pred q;
	ld.param.u32 %r7, [p+4];
@!q	mov.u32 %r12, other;
	{ .reg .b32 %r7; mov.u32 %r7, 0f3F800000; }
end:
	call (other), f, ({%r1, _}, %tid.x);
}
`)
	if err != nil {
		t.Fatal(err)
	}
	f := m.ByName["k"]
	reg := func(n int) Operand { return Operand{Kind: RegisterOperand, Register: n} }
	for i, want := range [][]Operand{
		{reg(7), {Kind: AddressOperand,
			List: []Operand{{Kind: VariableOperand, Variable: f.Params[0], Int: 4}}}},
		{reg(10), reg(11)},
		{reg(13), {Kind: FloatOperand, bits: 0x3f800000, single: true}},
		{{Kind: ListOperand, List: []Operand{reg(11)}}, {Kind: NameOperand, Name: "f"}, {Kind: ListOperand,
			List: []Operand{{Kind: VectorOperand, List: []Operand{reg(1), {Kind: SinkOperand}}},
				{Kind: SpecialOperand, Name: "%tid.x"}}}},
	} {
		if got := f.Body[i].Args; !reflect.DeepEqual(got, want) {
			t.Errorf("statement %d: got %+v, want %+v", i, got, want)
		}
	}
	if s := f.Body[1]; s.Guard != 12 || !s.Negated || s.Op != "mov.u32" || s.Line != 12 {
		t.Errorf("got %+v, want line 12, guarded by register 12, negated", s)
	}
	if at, ok := f.Label(0, "end"); !ok || at != 3 {
		t.Errorf("label end is at %d, %t, want 3", at, ok)
	}
	for r, want := range map[int]string{7: "%r7", 10: "%r12", 11: "other", 13: "%r7"} {
		if got := f.RegisterName(r); got != want {
			t.Errorf("register %d is %s, want %s", r, got, want)
		}
	}
	table, word := m.Vars[0], m.Vars[1]
	if want := []Relocation{{0, "word", 4, 5}, {8, "word", 0, 5}}; !slices.Equal(table.Relocations, want) {
		t.Errorf("relocations %v, want %v", table.Relocations, want)
	}
	if want := []byte{0x11, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}; !slices.Equal(word.Initial, want) {
		t.Errorf("initial value %x, want %x", word.Initial, want)
	}
}

// What a statement writes and reads, by the register numbers of its kernel.
func TestEffects(t *testing.T) {
	for _, tt := range []struct {
		text          string
		writes, reads []int
	}{
		{"add.s32 %r1, %r2, %r3;", []int{1}, []int{2, 3}},
		{"@%p1 st.u32 [%rd1], %r2;", nil, []int{8, 2, 25}},
		{"setp.eq.s32 %p1|%p2, %r1, %r2;", []int{25, 26}, []int{1, 2}},
		{"bar.red.popc.u32 %r1, 0, !%p1;", []int{1}, []int{25}},
		{"bar.sync %r1;", nil, []int{1}},
		{"call f, (%r1);", nil, []int{1}},
		{"call (%r2), f, (%r1);", []int{2}, []int{1}},
	} {
		m, err := Parse(strings.ReplaceAll(kernel(tt.text), "%rd1", "%rd0"))
		if err != nil {
			t.Fatal(err)
		}
		writes, reads := m.ByName["k"].Body[0].Effects()
		if !slices.Equal(writes, tt.writes) || !slices.Equal(reads, tt.reads) {
			t.Errorf("%s writes %v and reads %v, want %v and %v", tt.text, writes, reads, tt.writes, tt.reads)
		}
	}
}

// An address is taken where a function's name stands, but not where it is called.
func TestAddressTaken(t *testing.T) {
	m, err := Parse(head + `
.func a() { ret; } .func b() { ret; } .func c() { ret; }
.global .u64 table[1] = {b};
.entry k() { .reg .b64 q; mov.u64 q, a; call c; ret; }
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.AddressTaken(); len(got) != 2 || got[0].Name != "b" || got[1].Name != "a" {
		t.Errorf("got %v, want b and a", got)
	}
}

// Literals by the types they may be read as.
func TestBits(t *testing.T) {
	for _, tt := range []struct {
		text string
		as   Type
		want uint64
	}{
		{"-1", S32, 0xffffffff}, {"-1", B64, 1<<64 - 1}, {"0x10U", U32, 16}, {"017", B32, 15},
		{"0b101", B16, 5},
		{"1", F32, 0x3f800000}, {"1.5", F16, 0x3e00}, {"1.5", BF16, 0x3fc0}, {"0f3F800000", F32, 0x3f800000},
		{"0f3F800000", F64, 0x3ff0000000000000}, {"0d3FF0000000000000", F32, 0x3f800000},
		{"-0.0", F32, 1 << 31},
	} {
		m, err := Parse(head + ".entry k() { mov.b32 _, " + tt.text + "; }")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.ByName["k"].Body[0].Args[1].Bits(tt.as); got != tt.want {
			t.Errorf("%s as %s: got %#x, want %#x", tt.text, tt.as, got, tt.want)
		}
	}
}

// The modules that ship parse, and every opcode in them has a form.
func TestShippedModules(t *testing.T) {
	files, err := filepath.Glob("../../kernels/*.ptx")
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range m.Funcs {
			for _, s := range f.Body {
				if s.Op[0] == '.' {
					continue
				}
				words := strings.Split(s.Op, ".")
				if err := CheckForm(words[0], words[1:]); err != nil {
					t.Errorf("%s: line %d: %v", name, s.Line, err)
				}
			}
		}
	}
}

// A modifier that no form has, and one in a place where none has it.
func TestCheckForm(t *testing.T) {
	for op, want := range map[string]string{
		"add.s32": "", "bra": "", "bra.uni": "", "add.s32.odd": "unknown modifier .odd of add",
		"add.s32.rn": "add has no such form", "frobnicate": "frobnicate has no such form",
	} {
		words, got := strings.Split(op, "."), ""
		if err := CheckForm(words[0], words[1:]); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", op, got, want)
		}
	}
}

// FuzzParse: no text makes Parse panic, and what it accepts names only what is there.
func FuzzParse(f *testing.F) {
	f.Add(kernel("mov.b64 {%r1, %r2}, %rd1; " +
		"brx.idx %r1, t; t: .branchtargets t; @!%p1 add.f32 %f1, %f2, 0f3F800000;"))
	f.Add(head + ".func (.param .b32 o) f(.param .b32 i) { ret; } " +
		".entry k() { .reg .b32 %r; call (%r), f, (%r); }")
	f.Add(head + ".global .align 8 .u64 x[2] = {generic(y)+4, y}; " +
		".const .f32 y = 0.5; /* c */ .section .s { }")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		for _, f := range m.Funcs {
			if m.ByName[f.Name] == nil {
				t.Errorf("function %q is not in ByName", f.Name)
			}
			for i := range f.Body {
				writes, reads := f.Body[i].Effects()
				for _, r := range append(writes, reads...) {
					if r < 0 || r >= len(f.Registers) || f.RegisterName(r) == "" {
						t.Errorf("%s: register %d of %d", f.Body[i].Op, r, len(f.Registers))
					}
				}
			}
		}
	})
}
