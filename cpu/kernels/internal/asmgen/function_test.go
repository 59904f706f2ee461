package main

import (
	"strings"
	"testing"
)

// TestRefused holds the generator to naming what is wrong with an instruction.
func TestRefused(t *testing.T) {
	both, wide, narrow := []isa{avx512, avx2}, []isa{avx512}, []isa{avx2}
	for _, c := range []struct {
		sets        []isa
		instruction string
		want        string // "" for none
	}{
		{both, "ADDQ $4, SI", ""},
		{both, "VMOVUPS 64(SI)(R15*1), X15", ""},
		{wide, "VADDPS Z31, Z0, K2, Z1", ""},
		{narrow, "VMASKMOVPS (SI), Y15, Y0", ""},
		{both, "VADDQS X0, X1, X2", "an unknown instruction"},
		{both, "ADDQ SI", "got 1 operands, want 2"},
		{both, "ADDQ $1, SI, DI", "got 3 operands, want 2"},
		{wide, "VADDPS Z1, K1, Z0, Z1", ""}, // the assembler refuses the place of the mask
		{wide, "VADDPS Z0, Z1, Z2, Z3", "got 4 operands, want 3"},
		{wide, "VADDPS Z32, Z0, Z1", "no register Z32 with vectors Z0 to Z31"},
		{narrow, "VADDPS Y16, Y0, Y1", "no register Y16 with vectors Y0 to Y15"},
		{narrow, "VADDPS X16, X0, X1", "no register X16"},
		{narrow, "VADDPS Z0, Z0, Z1", "no register Z0"},
		{narrow, "VADDPS Y0, Y0, K1, Y1", "a mask register, K1, without AVX-512"},
		{wide, "VADDPS K0, Z0, Z1", `an unknown operand, "K0"`}, // K0 is no mask
		{narrow, "VPXORD Y0, Y0, Y0", "an instruction of avx512 in a kernel of avx2"},
		{wide, "VPXOR Z0, Z0, Z0", "an instruction of avx2 in a kernel of avx512"},
		{narrow, "VMOVUPS.Z (SI), Y0", "the suffix Z in a kernel of avx2"},
		{wide, "VMOVUPS.Z (SI), Z0", "zeroing without a mask"},
		{wide, "VADDPS.SAE Z0, Z0, Z0", "the suffix SAE"},
		{both, "ADDQ $1, SP", `an unknown operand, "SP"`},
		{both, "ADDQ $1, BP", `an unknown operand, "BP"`},
		{both, "MOVQ (BP), AX", "no address (BP)"},
		{both, "MOVQ (SI)(SP*8), AX", "no address (SI)(SP*8)"},
		{both, "MOVQ (SI)(DI*3), AX", "an unknown operand"},
		{both, "VADDPS vec_two<>(SB), X0, X0", `no constant "two"`},
		{both, "JMP nowhere", "a jump to nowhere, which is no label"},
		{both, "JLE 2(PC)", ""},
	} {
		for _, set := range c.sets {
			f := begin(set, "f", "", "")
			f.ops(c.instruction)
			got := ""
			if err := f.finish().check(); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%s, %s: %q, want %q", set.suffix, c.instruction, got, c.want)
			}
		}
	}
}

// TestRefusedPieces: what is wrong with a function as a whole, or with what the pieces are asked for.
func TestRefusedPieces(t *testing.T) {
	for _, c := range []struct {
		write func(f *function)
		want  string
	}{
		{func(f *function) { f.load("(SI)", f.v(16), false) }, "no register Y16"},
		{func(f *function) { f.polynomial("Y0", "Y1", []string{"one", "three"}) }, `no constant "three"`},
		{func(f *function) { f.compare("about", "Y0", "Y1", "Y2") }, `no predicate "about"`},
		{func(f *function) { f.arguments("y DI") }, `no parameter "y"`},
		{func(f *function) { f.label("loop"); f.label("loop") }, "label loop is defined twice"},
		{func(f *function) {
			f.stream([]string{"SI"}, 1, func(f *function, _ int, _ bool, _ int) { f.op("VNONE") })
		}, "VNONE []: an unknown instruction"},
	} {
		f := begin(avx2, "f", "x *float32, n int", "")
		c.write(f)
		if err := f.finish().check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if err := begin(avx2, "f", "x complex128", "").finish().check(); err == nil ||
		!strings.Contains(err.Error(), "parameter x of the unknown type complex128") {
		t.Errorf("a parameter of complex128: %v", err)
	}
	f := begin(avx2, "f", "", "")
	if err := f.check(); err == nil || !strings.Contains(err.Error(), "does not end in RET") {
		t.Errorf("an empty function: %v", err)
	}
}

// TestLayout: offsets and sizes of frames as cmd/vet reads them in assembly.
func TestLayout(t *testing.T) {
	f := begin(avx2, "f", "x *float32, k, r float32, n int, limit float32", "(lanes uint32)")
	for name, want := range map[string]string{
		"x": "x+0(FP)", "k": "k+8(FP)", "r": "r+12(FP)", "n": "n+16(FP)", "limit": "limit+24(FP)",
		"lanes": "lanes+32(FP)"} {
		if got := f.param(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if f.size != 36 {
		t.Errorf("the frame has %d bytes, want 36", f.size)
	}
}

// TestTables: no instruction and no constant is declared for nothing.
func TestTables(t *testing.T) {
	usedNames, text := map[string]bool{}, ""
	for _, f := range append(tileFunctions(), vectorFunctions()...) {
		for _, c := range decode(f) {
			base, _, _ := strings.Cut(c.name, ".")
			usedNames[base] = true
		}
		text += strings.Join(f.lines, "\n")
	}
	for name := range instructions {
		if !usedNames[name] {
			t.Errorf("no kernel uses %s", name)
		}
	}
	for _, c := range constants {
		if !strings.Contains(text, value(c.name)) {
			t.Errorf("no kernel uses %s", value(c.name))
		}
	}
}

// TestInterleaved: with AVX-512 an instruction of each vector in turn, with AVX2 one vector after the
// other.
func TestInterleaved(t *testing.T) {
	for set, want := range map[isa]string{avx512: "a0 a1 b0 b1", avx2: "a0 b0 a1 b1"} {
		f := begin(set, "f", "", "")
		f.together(2, false, func(f *function, _ int, _ bool, u int) {
			f.lines = append(f.lines, []string{"a0", "a1"}[u], []string{"b0", "b1"}[u])
		})
		if got := strings.Join(f.lines, " "); got != want {
			t.Errorf("%s: %s, want %s", set.suffix, got, want)
		}
	}
}
