package emu

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
)

// templates are operands that fit the forms of an opcode: t is a register of the
// last type, u one of the type before, w of twice the last, h, r, q registers of
// 16, 32 and 64 bits, p a predicate, pp a pair of them, m an address in the space of the form, v a
// vector of t where the form has one; all else stands for itself.
var templates = map[string]string{
	"add": "t t t", "sub": "t t t", "addc": "t t t", "subc": "t t t", "mul": "t t t", "mul wide": "w t t",
	"mad": "t t t t", "mad wide": "w t t w", "madc": "t t t t", "fma": "t t t t", "mul24": "t t t", "mad24": "t t t t",
	"sad": "t t t t", "div": "t t t", "rem": "t t t", "abs": "t t", "neg": "t t", "min": "t t t", "max": "t t t",
	"popc": "r t", "clz": "r t", "brev": "t t", "bfind": "r t", "fns": "r r r r", "bfe": "t t r r", "bfi": "t t t r r",
	"szext": "t t r", "bmsk": "r r r", "dp4a": "r r r r", "dp2a": "r r r r", "and": "t t t", "or": "t t t", "xor": "t t t",
	"not": "t t", "cnot": "t t", "lop3": "r r r r 0x96", "shf": "r r r r", "shl": "t t r", "shr": "t t r", "prmt": "r r r r",
	"rcp": "t t", "sqrt": "t t", "rsqrt": "t t", "sin": "t t", "cos": "t t", "lg2": "t t", "ex2": "t t", "tanh": "t t",
	"copysign": "t t t", "testp": "p t", "setp": "p t t", "set": "u t t", "selp": "t t t p", "slct": "u u u t", "mov": "t t",
	"cvt": "u t", "cvta": "q q", "isspacep": "p q", "ld": "v m", "ldu": "v m", "st": "m v", "atom": "v m v", "red": "m v",
	"atom cas": "t m t t", "prefetch": "m", "prefetchu": "[q1]", "discard": "m 128", "applypriority": "m 128",
	"createpolicy": "q", "mbarrier init": "[tile] r", "mbarrier inval": "[tile]",
	"mbarrier arrive": "q [tile]", "mbarrier arrive_drop": "q [tile]", "mbarrier arrive noComplete": "q [tile] r",
	"mbarrier arrive_drop noComplete": "q [tile] r", "mbarrier test_wait": "p [tile] q", "mbarrier try_wait": "p [tile] q",
	"mbarrier test_wait parity": "p [tile] r", "mbarrier try_wait parity": "p [tile] r", "mbarrier pending_count": "r q",
	"membar": "", "fence": "", "bar sync": "0", "barrier sync": "0 64", "bar arrive": "0 64", "barrier arrive": "0 64",
	"bar red": "x 0 p", "barrier red": "x 0 p", "bar warp": "r", "shfl": "r r r r r", "vote": "x p r", "match": "r t r",
	"redux": "r r r", "activemask": "r", "elect": "r1|p1 r", "ret": "", "exit": "", "trap": "", "brkpt": "", "nanosleep": "r",
	"pmevent": "3", "alloca": "t t", "stacksave": "t", "stackrestore": "t", "movmatrix": "r r",
	"bra": "there", "brx": "r targets", "call": "callee", ".branchtargets": "there", ".calltargets": "callee",
	"cp commit_group": "", "cp wait_all": "", "cp wait_group": "1", "cp arrive": "[tile]",
	"cp ca": "[tile] [q1] 4", "cp cg": "[tile] [q1] 16",
}

// registersOf are the names of registers of a size.
var registersOf = map[int]string{1: "h", 2: "h", 4: "r", 8: "q"}

// operandsOf fills the template of a form.
func operandsOf(base string, mods []string) string {
	has := func(m string) bool { return slices.Contains(mods, m) }
	key := base
	for k := range templates {
		if words := strings.Fields(k); words[0] == base && !slices.ContainsFunc(words[1:], func(m string) bool { return !has(m) }) && len(k) > len(key) {
			key = k
		}
	}
	var types []typ
	for _, m := range mods {
		if t := typeNames[m]; t != tNone {
			types = append(types, t)
		}
	}
	last, before := b32, b32
	if n := len(types); n > 0 {
		last, before = types[n-1], types[max(n-2, 0)]
	}
	template := templates[key]
	n := vectors[choose(has("v2"), "v2", choose(has("v4"), "v4", choose(has("v8"), "v8", "")))]
	where := "[q1]"
	for _, m := range mods {
		where = choose(m == "shared" || m == "shared::cta", "[tile]", choose(m == "local", "[mine]", where))
		where = choose(m == "const", "[fixed]", where)
		where = choose(strings.HasPrefix(m, "param"), choose(base == "st" || m == "param::func", "[passed]", "[p]"), where)
	}
	x := choose(last == pred, "p1", "r1")
	switch {
	case base == "cvt" && (before == f16x2 || before == bf16x2 || before == e4m3x2 || before == e5m2x2) && last == f32, has("pack"):
		template = "u t t"
		if has("pack") {
			template = choose(has("b32"), "r r r r", "r r r")
		}
	case base == "setp" && (last == f16x2 || last == bf16x2):
		template = "p1|p2 t t"
	case base == "mma":
		return mmaOperands(mods)
	case base == "ldmatrix":
		return "{" + strings.Join(strings.Fields("r1 r2 r3 r4")[:choose(has("x4"), 4, choose(has("x2"), 2, 1))], ", ") + "}, [tile]"
	case base == "stmatrix":
		return "[tile], {" + strings.Join(strings.Fields("r1 r2 r3 r4")[:choose(has("x4"), 4, choose(has("x2"), 2, 1))], ", ") + "}"
	}
	if slices.ContainsFunc(mods, func(m string) bool { return combines[m] != 0 }) && (base == "setp" || base == "set") {
		template += " p"
	}
	if has("L2::cache_hint") {
		template += " q"
	}
	counts := map[string]int{}
	register := func(t typ) string {
		c := registersOf[t.size()]
		if t == pred {
			c = "p"
		}
		counts[c]++
		return fmt.Sprintf("%s%d", c, counts[c]%6)
	}
	var out []string
	for _, word := range strings.Fields(template) {
		switch word {
		case "t":
			word = register(last)
		case "u":
			word = register(before)
		case "w":
			word = register(map[int]typ{2: b32, 4: b64}[last.size()])
		case "v":
			var list []string
			for range n {
				list = append(list, register(last))
			}
			if word = list[0]; n > 1 {
				word = "{" + strings.Join(list, ", ") + "}"
			}
		case "h", "r", "q":
			word = register(map[string]typ{"h": b16, "r": b32, "q": b64}[word])
		case "p":
			word = register(pred)
		case "x":
			word = x
		case "m":
			word = where
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

// mmaOperands are fragments of as many registers as the shape needs.
func mmaOperands(mods []string) string {
	var m, n, k int
	for _, mod := range mods {
		if strings.HasPrefix(mod, "m") {
			fmt.Sscanf(mod, "m%dn%dk%d", &m, &n, &k)
		}
	}
	var types []typ
	for _, mod := range mods {
		if t := typeNames[mod]; t != tNone {
			types = append(types, t)
		}
	}
	bits := map[typ]int{f16: 16, bf16: 16, tf32: 32, f32: 32, s32: 32, f64: 64, s8: 8, u8: 8, e4m3: 8, e5m2: 8, s4: 4, u4: 4}
	list := func(t typ, elements int) string {
		c, size := "r", 32
		if t == f64 {
			c, size = "q", 64
		}
		var l []string
		for i := range elements * bits[t] / lanes / size {
			l = append(l, fmt.Sprintf("%s%d", c, i))
		}
		return "{" + strings.Join(l, ", ") + "}"
	}
	return strings.Join([]string{list(types[0], m*n), list(types[1], m*k), list(types[2], k*n), list(types[3], m*n)}, ", ")
}

const formHead = `.version 8.5
.target sm_90
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
func expand(form []field) [][]string {
	if len(form) == 0 {
		return [][]string{nil}
	}
	rest := expand(form[1:])
	var all [][]string
	if form[0].optional {
		all = append(all, rest...)
	}
	for _, n := range form[0].names {
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
	for base, fs := range forms {
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
		return fmt.Sprintf(".visible .entry k%d(.param .align 32 .b8 p[64])%slabel: %s %s;\n ret; }\n", i, formBody, op,
			choose(op == ".callprototype", "()_()", choose(op == ".calltargets", "callee", "there")))
	}
	return fmt.Sprintf(".visible .entry k%d(.param .align 32 .b8 p[64])%s%s %s;\nret;\n}\n", i, formBody, op, operandsOf(words[0], words[1:]))
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
			if i%500 == 0 {
				fmt.Fprintf(&s, "%s.visible .entry k%d(.param .align 32 .b8 p[64])%s", choose(i > 0, "}\n", ""), i, formBody)
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
		if slices.ContainsFunc(forms[words[0]], func(f []field) bool { return fits(f, changed[1:]) }) {
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
		"wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {r1,r2,r3,r4}, q1, q2, 1, 1, 1, 0, 0;", "wgmma.fence.sync.aligned;",
		"tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [tile], 32;", "tex.1d.v4.f32.f32 {r1,r2,r3,r4}, [tile, {r1}];",
		"suld.b.1d.b32.trap r1, [tile, {r2}];", "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [q1], 16, [tile];",
		"cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [q1], [tile], 16;", "barrier.cluster.arrive;", "mapa.u64 q1, q2, r1;",
		"multimem.ld_reduce.global.add.f32 r1, [q1];", "fence.mbarrier_init.release.cluster;", "fence.proxy.tensormap::generic.release.gpu;",
		"ld.shared::cluster.u32 r1, [tile];", "mbarrier.arrive.expect_tx.shared.b64 q1, [tile], 16;", "setmaxnreg.inc.sync.aligned.u32 64;",
		"griddepcontrol.wait;", "prefetch.tensormap [q1];", "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f16 {r1,r2,r3,r4}, {r1,r2}, {r1,r2}, {r1,r2,r3,r4};",
		"mma.sp.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {r1,r2,r3,r4}, {r1,r2,r3,r4}, {r1,r2,r3,r4}, {r1,r2,r3,r4}, r1, 0;",
		"mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.xor.popc {r1,r2,r3,r4}, {r1,r2,r3,r4}, {r1,r2}, {r1,r2,r3,r4};",
		"redux.sync.min.f32 r1, r2, r3;", "add.rn.f32x2 q1, q2, q3;", "vadd4.s32.s32.s32 r1, r2, r3, r4;", "shfl.bfly.b32 r1, r2, r3, r4;",
		"vote.all.pred p1, p2;", "ld.global.b128 q1, [q1];", "atom.global.exch.b128 q1, [q1], q2;", "lop3.or.b32 r1|p1, r1, r2, r3, 0x80, p2;",
	} {
		ptx := formHead + ".visible .entry k(.param .align 32 .b8 p[64])" + formBody + inst + "\nret;\n}\n"
		if err := load1(ptx); err == nil || !strings.Contains(err.Error(), "line 17: ") {
			t.Errorf("%s: got %v, want an error of line 17", inst, err)
		}
	}
}
