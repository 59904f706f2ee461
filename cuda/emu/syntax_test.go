package emu

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

const formHead = `.version 8.5
.target sm_90a
.address_size 64
.const .align 16 .b8 fixed[64];
.func callee() { ret; }
`

const formBody = `
{
	.reg .b16 h<8>;
	.reg .b32 r<8>;
	.reg .b64 q<8>;
	.reg .pred p<8>;
	.shared .align 32 .b8 tile[64];
	.local .align 32 .b8 mine[64];
	.param .align 16 .b8 passed[64];
there:
targets: .branchtargets there;
`

// expand lists every choice of modifiers that a form allows.
func expand(form ptx.Form) [][]string {
	if len(form) == 0 {
		return [][]string{nil}
	}
	rest := expand(form[1:])
	var all [][]string
	if form[0].Optional {
		all = append(all, rest...)
	}
	for _, n := range form[0].Names {
		for _, r := range rest {
			if n == "" {
				all = append(all, r)
			} else {
				all = append(all, append([]string{n}, r...))
			}
		}
	}
	return all
}

// allForms lists every opcode the syntax has, with its modifiers; of the many of
// memory accesses, that differ in hints, one in several.
func allForms() (ops []string) {
	for base, fs := range ptx.Forms {
		for _, form := range fs {
			choices := expand(form)
			for i, mods := range choices {
				if len(choices) < 400 || i%(len(choices)/150) == 0 {
					ops = append(ops, strings.Join(append([]string{base}, mods...), "."))
				}
			}
		}
	}
	sort.Strings(ops)
	return slices.Compact(ops)
}

// formKernel is a kernel of one instruction.
func formKernel(i int, op string) string {
	words := strings.Split(op, ".")
	if words[0] == "" {
		words = []string{op}
	}
	if slices.Contains([]string{".branchtargets", ".calltargets", ".callprototype"}, op) {
		return fmt.Sprintf(".visible .entry k%d(.param .align 32 .b8 p[64])%slabel: %s %s;\n ret; }\n", i,
			formBody, op,
			choose(op == ".callprototype", "()_()", choose(op == ".calltargets", "callee", "there")))
	}
	return fmt.Sprintf(".visible .entry k%d(.param .align 32 .b8 p[64])%s%s %s;\nret;\n}\n", i, formBody, op,
		operandsOf(words[0], words[1:]))
}

func load1(ptx string) error {
	c := newContext(New(Options{}).opt)
	_, err := c.Load([]byte(ptx))
	return err
}

// Every form of the syntax loads: what the table allows a decoder takes.
func TestForms(t *testing.T) {
	ops := allForms()
	for i, op := range ops {
		if err := load1(formHead + formKernel(i, op)); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
	if name := os.Getenv("STILLFIELD_FORMS"); name != "" { // for an assembler to judge
		var s strings.Builder
		s.WriteString(formHead)
		for i, op := range ops {
			if i%500 == 0 || strings.HasPrefix(op, "wgmma") { // which ptxas takes alone, or crashes
				fmt.Fprintf(&s, "%s.visible .entry k%d(.param .align 32 .b8 p[64])%s",
					choose(i > 0, "}\n", ""), i, formBody)
			}
			words := strings.Split(op, ".")
			// ptxas crashes on reading a parameter that no call has returned.
			if words[0] != "" && !(words[0] == "ld" && strings.Contains(op, ".param::func")) {
				fmt.Fprintf(&s, "%s %s;\n", op, operandsOf(words[0], words[1:]))
			}
		}
		s.WriteString("}\n")
		if err := os.WriteFile(name, []byte(s.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if len(ops) < 10000 {
		t.Errorf("%d forms, want all there are", len(ops))
	}
}

// A modifier more, one less or another than a form has is an error of its line,
// unless that is a form too.
func TestNoForms(t *testing.T) {
	ops := allForms()
	known := map[string]bool{}
	var names []string
	for _, op := range ops {
		known[op] = true
		names = append(names, strings.Split(op, ".")[1:]...)
	}
	sort.Strings(names)
	names = append(slices.Compact(names), "odd", "shared::cluster", "rs", "multicast", "s64x2")
	rng := rand.New(rand.NewPCG(1, 1))
	refused := 0
	for range 20000 {
		op := ops[rng.IntN(len(ops))]
		words := strings.Split(op, ".")
		if words[0] == "" {
			continue
		}
		at := 1 + rng.IntN(len(words))
		changed := slices.Clone(words[:at])
		switch how := rng.IntN(3); {
		case how == 0 || at == len(words):
			changed = append(append(changed, names[rng.IntN(len(names))]), words[at:]...)
		case how == 1:
			changed = append(append(changed, names[rng.IntN(len(names))]), words[at+1:]...)
		default:
			changed = append(changed, words[at+1:]...)
		}
		wrong := strings.Join(changed, ".")
		if slices.ContainsFunc(ptx.Forms[words[0]], func(f ptx.Form) bool { return f.Fits(changed[1:]) }) {
			continue
		}
		err := load1(formHead + strings.Replace(formKernel(0, op), op+" ", wrong+" ", 1))
		if err == nil || !strings.Contains(err.Error(), "line 17: ") {
			t.Fatalf("%s: got %v, want an error of line 17", wrong, err)
		}
		refused++
	}
	if refused < 10000 {
		t.Errorf("only %d wrong forms were drawn", refused)
	}
}

// What this emulator leaves to others fails with its line, and is not taken for
// something else.
func TestLeftOut(t *testing.T) {
	for _, inst := range []string{
		"wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {r1,r2,r3,r4}, q1, q2, 1, 1, 1, 0, 0;",
		"wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e4m3 {r1,r2,r3,r4}, q1, q2, 1, 1, 1;",
		"tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [tile], 32;", "tex.1d.v4.f32.f32 " +
			"{r1,r2,r3,r4}, [tile, {r1}];",
		"suld.b.1d.b32.trap r1, [tile, " +
			"{r2}];", "cp.async.bulk.global.shared::cta.bulk_group [q1], [tile], 16;",
		"cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [q1], [tile], " +
			"16;", "barrier.cluster.arrive;", "mapa.u64 q1, q2, r1;",
		"multimem.ld_reduce.global.add.f32 r1, " +
			"[q1];", "fence.mbarrier_init.release.cluster;", "fence.proxy.tensormap::generic.release.gpu;",
		"ld.shared::cluster.u32 r1, [tile];",
		"griddepcontrol.wait;", "prefetch.tensormap " +
			"[q1];", "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f16 {r1,r2,r3,r4}, {r1,r2}, {r1,r2}, " +
			"{r1,r2,r3,r4};",
		"mma.sp.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {r1,r2,r3,r4}, {r1,r2,r3,r4}, " +
			"{r1,r2,r3,r4}, {r1,r2,r3,r4}, r1, 0;",
		"mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.xor.popc {r1,r2,r3,r4}, {r1,r2,r3,r4}, {r1,r2}, " +
			"{r1,r2,r3,r4};",
		"redux.sync.min.f32 r1, r2, r3;", "add.rn.f32x2 q1, q2, q3;", "vadd4.s32.s32.s32 r1, r2, r3, " +
			"r4;", "shfl.bfly.b32 r1, r2, r3, r4;",
		"vote.all.pred p1, p2;", "ld.global.b128 q1, [q1];", "atom.global.exch.b128 q1, [q1], " +
			"q2;", "lop3.or.b32 r1|p1, r1, r2, r3, 0x80, p2;",
	} {
		ptx := formHead + ".visible .entry k(.param .align 32 .b8 p[64])" + formBody + inst + "\nret;\n}\n"
		if err := load1(ptx); err == nil || !strings.Contains(err.Error(), "line 17: ") {
			t.Errorf("%s: got %v, want an error of line 17", inst, err)
		}
	}
}
