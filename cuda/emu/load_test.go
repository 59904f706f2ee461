package emu

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

const tinyHead = ".version 7.0\n.target sm_80\n.address_size 64\n"

func tinyKernel(body string) string {
	return tinyHead + ".visible .entry k(.param .u64 p)\n{\n.reg .b32 %r<8>;\n.reg .b64 %rd<8>;\n.reg " +
		".f32 %f<8>;\n.reg .pred %p<3>;\n" + body + "\nret;\n}\n"
}

// What does not run does not load, and the error names the line and its text.
func TestLoadErrors(t *testing.T) {
	for _, tt := range []struct{ name, ptx, want string }{
		{"no PTX", "", `line 1: got "", want ".version"`},
		{"binary", "\x7fELF\x02\x01", "not cubins"},
		{"opcode", tinyKernel("frobnicate.s32 %r1, %r2;"),
			`line 10: unknown opcode frobnicate: "frobnicate.s32 %r1, %r2;"`},
		{"modifier", tinyKernel("add.s32.odd %r1, %r2, %r3;"), `line 10: unknown modifier .odd of add`},
		{"type", tinyKernel("add.tf32 %r1, %r2, %r3;"), "unknown modifier .tf32 of add"},
		{"operands", tinyKernel("add.s32 %r1, %r2;"), "got 2 operands, want 3"},
		{"width", tinyKernel("add.s32 %r1, %rd2, %r3;"), "operand is a .b64 register, want .s32"},
		{"label", tinyKernel("bra nowhere;"), "no label nowhere"},
		{"function", tinyKernel("call absent;"), "no function absent"},
		{"variable", tinyKernel("mov.u64 %rd1, absent;"), "absent is not declared"},
		{"fragment", tinyKernel("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, " +
			"{%r1,%r2}, {%r1,%r2}, {%f1,%f2,%f3,%f4};"),
			"fragment of 2 registers, want 4"},
		{"shape", tinyKernel("mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, " +
			"{%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4};"),
			"line 10: mma has no such form: \"mma.sync.aligned.m16n8k16.row.col.f32.tf32"},
		{"cp.async", tinyKernel("cp.async.cg.shared.global [%rd1], [%rd2], 8;"), "cp.async.cg of 8 bytes"},
		{"bulk", tinyKernel("cp.async.bulk.commit_group;"), "cp has no such form"},
		{"vector", tinyKernel("ld.shared.v8.f32 {%f1,%f1,%f1,%f1,%f1,%f1,%f1,%f1}, [%rd1];"),
			"unknown modifier .v8 of ld"},
		{"shared", tinyHead + ".entry k() { .shared .b8 a[200000]; .shared .b8 b[200000]; }",
			"of shared and"},
		{"recursion", tinyHead + ".func f() { call f; ret; }\n.entry k() { call f; ret; }", "f calls itself"},
		{"extern", tinyHead + ".extern .global .u32 x;\n", "extern and nowhere defined"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newContext(New(Options{}).opt)
			_, err := c.Load([]byte(tt.ptx))
			var de *driver.Error
			if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &de) {
				t.Errorf("got %v, want a driver error with %q", err, tt.want)
			}
		})
	}
}

// Names with several readings, scopes, initialisers and addresses in them.
func TestNames(t *testing.T) {
	ptx := tinyHead + `
.global .align 8 .u64 table[2] = {generic(word)+4, word};
.global .align 4 .u32 word[2] = {0x11, 0x22};
.global .f32 half = 0.5;
.global .align 4 .b16 rest[4] = {1, -1};
.visible .entry k(.param .u64 p)
{
	.reg .b32 %r<8>, %r1<3>, other;
	.reg .b64 %rd<8>;
	ld.param.u64 %rd1, [p];
	mov.u32 %r7, 7;
	mov.u32 %r12, 12; // number 2 of %r1<3>
	{
		.reg .b32 %r7;
		mov.u32 %r7, 70;
	}
	ld.global.u64 %rd2, [table];
	ld.u32 other, [%rd2];
	ld.global.u64 %rd3, [table+8];
	ld.u32 %r1, [%rd3];
	st.global.u32 [%rd1], %r7;
	st.global.u32 [%rd1+4], %r12;
	st.global.u32 [%rd1+8], other;
	st.global.u32 [%rd1+12], %r1;
	ld.global.b32 %r2, [half];
	st.global.b32 [%rd1+16], %r2;
	ld.global.v2.b32 {%r3, %r4}, [rest];
	st.global.v2.b32 [%rd1+24], {%r3, %r4};
	ret;
}
`
	r := newRig(t, Options{})
	f := r.load(ptx, "k")
	p := put(r, make([]uint32, 8))
	r.launch(f, 1, 1, p)
	want := [8]uint32{7, 12, 0x22, 0x11, 0x3f000000, 0, 0xffff0001, 0}
	if got := [8]uint32(get[uint32](r, p, 8)); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	r.close()
}

// FuzzLoad: no text makes Load panic, hang or take memory without bound.
func FuzzLoad(f *testing.F) {
	f.Add(addPTX)
	f.Add(bugHead + bugs[0].body + "ret; }")
	f.Add(lanePTX("redux.sync.add.u32 %d, %a, -1; barrier.red.popc.u32 %d, 0, %p; elect.sync %d|%p, -1;"))
	f.Add(tinyKernel("mov.b64 {%r1, %r2}, %rd1; brx.idx %r1, t; t: .branchtargets t; cvt.rn.bf16x2.f32 " +
		"%r1, %f1, %f2;"))
	f.Add(tinyHead + ".func (.param .b32 o) f(.param .b32 i) { ret; } .entry k() { .reg .b32 %r; call " +
		"(%r), f, (%r); }")
	f.Fuzz(func(t *testing.T, ptx string) {
		c := newContext(New(Options{Memory: 1 << 20}).opt)
		m, err := c.Load([]byte(ptx))
		if err == nil && len(c.modules) != 1 || err != nil && len(c.modules) != 0 {
			t.Errorf("Load: %v, and %d modules", err, len(c.modules))
		}
		if err == nil {
			for name := range c.modules[m].programs {
				if _, err := c.Function(m, name); err != nil {
					t.Error(err)
				}
			}
			if err := c.Unload(m); err != nil {
				t.Error(err)
			}
		}
		if c.mem.used != 0 {
			t.Errorf("%d bytes are left", c.mem.used)
		}
	})
}

// Every form with operands it may not expect: an error, or a program that runs
// into findings, but never a panic.
func TestStrangeInstructions(t *testing.T) {
	ops := allForms()
	operands := []string{"r1", "q1", "h1", "p1", "!p1", "5", "-1", "0f3F800000", "1.5", "[q1]", "[r1+4]",
		"[p]", "[tile]",
		"{r1, r2}", "{q1, q2, q3, " +
			"q4}", "p1|p2", "r1|p1", "_", "%tid.x", "there", "tile", "p", "(r1)", "{}", "()", "[5]", "[p1]",
		"{_, r1}", "passed", "[passed+4]", "callee", "(callee)", "[mine]", "[fixed+60]"}
	rng := rand.New(rand.NewPCG(7, 7))
	loaded := 0
	open := func() (*Context, driver.Ptr) {
		c := newContext(New(Options{Memory: 1 << 20, Collect: true, MaxInstructions: 1000}).opt)
		p, err := c.Alloc(256)
		if err != nil {
			t.Fatal(err)
		}
		return c, p
	}
	c, p := open()
	for range 20000 {
		op := ops[rng.IntN(len(ops))]
		var args []string
		if words := strings.Split(op, "."); words[0] != "" {
			args = separate(operandsOf(words[0], words[1:]))
		}
		for k := range args {
			if rng.IntN(4) == 0 {
				args[k] = operands[rng.IntN(len(operands))]
			}
		}
		if rng.IntN(8) == 0 {
			args = append(args, operands[rng.IntN(len(operands))])
		}
		ptx := formHead + ".visible .entry k(.param .u64 p)" + formBody + "@p6 " + op + " " +
			strings.Join(args, ", ") +
			";\nret;\n}\n"
		m, err := c.Load([]byte(ptx))
		if err != nil {
			continue
		}
		loaded++
		f, err := c.Function(m, "k")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Launch(f, one, warp32, 0, 0, []uint64{uint64(p)}); err != nil {
			t.Fatal(err)
		}
		if c.Synchronize(0) != nil { // a launch without end leaves a dead context
			c, p = open()
		} else if err := c.Unload(m); err != nil {
			t.Fatal(err)
		}
	}
	if loaded < 1000 {
		t.Errorf("only %d of the instructions loaded: the test draws too wildly to say much", loaded)
	}
}

// separate splits operands at the commas between them.
func separate(s string) (out []string) {
	depth, start := 0, 0
	for i := range s {
		switch s[i] {
		case '{', '(':
			depth++
		case '}', ')':
			depth--
		case ',':
			if depth == 0 {
				out, start = append(out, strings.TrimSpace(s[start:i])), i+1
			}
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}
