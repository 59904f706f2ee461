package emu

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// templates are operands that fit the forms of an opcode: t is a register of the
// last type, u one of the type before, w of twice the last, h, r, q registers of
// 16, 32 and 64 bits, p a predicate, pp a pair of them, m an address in the space of the form, v a
// vector of t where the form has one; all else stands for itself.
var templates = map[string]string{
	"add": "t t t", "sub": "t t t", "addc": "t t t", "subc": "t t t", "mul": "t t t", "mul wide": "w t t",
	"mad": "t t t t", "mad wide": "w t t w", "madc": "t t t t", "fma": "t t t t", "mul24": "t t " +
		"t", "mad24": "t t t t",
	"sad": "t t t t", "div": "t t t", "rem": "t t t", "abs": "t t", "neg": "t t", "min": "t t " +
		"t", "max": "t t t",
	"popc": "r t", "clz": "r t", "brev": "t t", "bfind": "r t", "fns": "r r r r", "bfe": "t t r " +
		"r", "bfi": "t t t r r",
	"szext": "t t r", "bmsk": "r r r", "dp4a": "r r r r", "dp2a": "r r r r", "and": "t t t", "or": "t t " +
		"t", "xor": "t t t",
	"not": "t t", "cnot": "t t", "lop3": "r r r r 0x96", "shf": "r r r r", "shl": "t t r", "shr": "t t " +
		"r", "prmt": "r r r r",
	"rcp": "t t", "sqrt": "t t", "rsqrt": "t t", "sin": "t t", "cos": "t t", "lg2": "t t", "ex2": "t " +
		"t", "tanh": "t t",
	"copysign": "t t t", "testp": "p t", "setp": "p t t", "set": "u t t", "selp": "t t t p", "slct": "u u " +
		"u t", "mov": "t t",
	"cvt": "u t", "cvta": "q q", "isspacep": "p q", "ld": "v m", "ldu": "v m", "st": "m v", "atom": "v m " +
		"v", "red": "m v",
	"atom cas": "t m t t", "prefetch": "m", "prefetchu": "[q1]", "discard": "m 128", "applypriority": "m 128",
	"createpolicy": "q", "mbarrier init": "[tile] r", "mbarrier inval": "[tile]",
	"mbarrier arrive": "q [tile]", "mbarrier arrive_drop": "q [tile]", "mbarrier arrive noComplete": "q " +
		"[tile] r",
	"mbarrier arrive_drop noComplete": "q [tile] r", "mbarrier test_wait": "p [tile] q", "mbarrier " +
		"try_wait": "p [tile] q",
	"mbarrier test_wait parity": "p [tile] r", "mbarrier try_wait parity": "p [tile] r", "mbarrier " +
		"pending_count": "r q",
	"membar": "", "fence": "", "bar sync": "0", "barrier sync": "0 64", "bar arrive": "0 64", "barrier " +
		"arrive": "0 64",
	"bar red": "x 0 p", "barrier red": "x 0 p", "bar warp": "r", "shfl": "r r r r r", "vote": "x p " +
		"r", "match": "r t r",
	"redux": "r r r", "activemask": "r", "elect": "r1|p1 " +
		"r", "ret": "", "exit": "", "trap": "", "brkpt": "", "nanosleep": "r",
	"pmevent": "3", "alloca": "t t", "stacksave": "t", "stackrestore": "t", "movmatrix": "r r",
	"bra": "there", "brx": "r targets", "call": "callee", ".branchtargets": "there", ".calltargets": "callee",
	"cp commit_group": "", "cp wait_all": "", "cp wait_group": "1", "cp arrive": "[tile]",
	"wgmma fence": "", "wgmma commit_group": "", "wgmma wait_group": "1", "setmaxnreg": "64",
	"cp bulk": "[tile] [q1] 16 [tile]", "mbarrier expect_tx": "[tile] r",
	"mbarrier arrive expect_tx": "q [tile] r",
	"cp ca":                     "[tile] [q1] 4", "cp cg": "[tile] [q1] 16",
}

// registersOf are the names of registers of a size.
var registersOf = map[int]string{1: "h", 2: "h", 4: "r", 8: "q"}

// operandsOf fills the template of a form.
func operandsOf(base string, mods []string) string {
	has := func(m string) bool { return slices.Contains(mods, m) }
	var types []ptx.Type
	for _, m := range mods {
		if t := ptx.Types[m]; t != ptx.NoType {
			types = append(types, t)
		}
	}
	last, before := ptx.B32, ptx.B32
	if n := len(types); n > 0 {
		last, before = types[n-1], types[max(n-2, 0)]
	}
	template := templateOf(base, mods)
	n := vectors[choose(has("v2"), "v2", choose(has("v4"), "v4", choose(has("v8"), "v8", "")))]
	where := placeOf(base, mods)
	x := choose(last == ptx.Pred, "p1", "r1")
	switch {
	case base == "cvt" && (before == ptx.F16x2 || before == ptx.BF16x2 || before == ptx.E4M3x2 ||
		before == ptx.E5M2x2) && last == ptx.F32, has("pack"):
		template = "u t t"
		if has("pack") {
			template = choose(has("b32"), "r r r r", "r r r")
		}
	case base == "setp" && (last == ptx.F16x2 || last == ptx.BF16x2):
		template = "p1|p2 t t"
	case base == "mma":
		return mmaOperands(mods)
	case base == "wgmma" && has("mma_async"):
		return wgmmaOperands(mods)
	case base == "wmma":
		return wmmaOperands(mods, types, where)
	case base == "ldmatrix":
		return matrices(has) + ", [tile]"
	case base == "stmatrix":
		return "[tile], " + matrices(has)
	}
	if slices.ContainsFunc(mods, func(m string) bool { return combines[m] != 0 }) &&
		(base == "setp" || base == "set") {
		template += " p"
	}
	if has("L2::cache_hint") {
		template += " q"
	}
	return fillTemplate(template, last, before, n, where, x)
}

// fillTemplate writes operands for the words of a template: last and before are the last two types of
// the form, n the values of a vector, where an address, x a destination.
func fillTemplate(template string, last, before ptx.Type, n int, where, x string) string {
	counts := map[string]int{}
	register := func(t ptx.Type) string {
		c := registersOf[t.Size()]
		if t == ptx.Pred {
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
			word = register(map[int]ptx.Type{2: ptx.B32, 4: ptx.B64}[last.Size()])
		case "v":
			var list []string
			for range n {
				list = append(list, register(last))
			}
			if word = list[0]; n > 1 {
				word = "{" + strings.Join(list, ", ") + "}"
			}
		case "h", "r", "q":
			word = register(map[string]ptx.Type{"h": ptx.B16, "r": ptx.B32, "q": ptx.B64}[word])
		case "p":
			word = register(ptx.Pred)
		case "x":
			word = x
		case "m":
			word = where
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

// templateOf is the template of the most of the modifiers.
func templateOf(base string, mods []string) string {
	has := func(m string) bool { return slices.Contains(mods, m) }
	key := base
	for k := range templates {
		if words := strings.Fields(k); words[0] == base &&
			!slices.ContainsFunc(words[1:], func(m string) bool { return !has(m) }) && len(k) > len(key) {
			key = k
		}
	}
	return templates[key]
}

// placeOf is an address in the state space that the modifiers name.
func placeOf(base string, mods []string) string {
	where := "[q1]"
	for _, m := range mods {
		switch {
		case m == "shared" || m == "shared::cta":
			where = "[tile]"
		case m == "local":
			where = "[mine]"
		case m == "const":
			where = "[fixed]"
		case strings.HasPrefix(m, "param"):
			where = choose(base == "st" || m == "param::func", "[passed]", "[p]")
		}
	}
	return where
}

// matrices is a vector of as many registers as ldmatrix and stmatrix move matrices.
func matrices(has func(string) bool) string {
	n := choose(has("x4"), 4, choose(has("x2"), 2, 1))
	return "{" + strings.Join(strings.Fields("r1 r2 r3 r4")[:n], ", ") + "}"
}

// mmaOperands are fragments of as many registers as the shape needs.
func mmaOperands(mods []string) string {
	var m, n, k int
	for _, mod := range mods {
		if strings.HasPrefix(mod, "m") {
			fmt.Sscanf(mod, "m%dn%dk%d", &m, &n, &k)
		}
	}
	var types []ptx.Type
	for _, mod := range mods {
		if t := ptx.Types[mod]; t != ptx.NoType {
			types = append(types, t)
		}
	}
	bits := map[ptx.Type]int{ptx.F16: 16, ptx.BF16: 16, ptx.TF32: 32, ptx.F32: 32, ptx.S32: 32, ptx.F64: 64,
		ptx.S8: 8, ptx.U8: 8, ptx.E4M3: 8, ptx.E5M2: 8, ptx.S4: 4, ptx.U4: 4}
	list := func(t ptx.Type, elements int) string {
		c, size := "r", 32
		if t == ptx.F64 {
			c, size = "q", 64
		}
		var l []string
		for i := range elements * bits[t] / lanes / size {
			l = append(l, fmt.Sprintf("%s%d", c, i))
		}
		return "{" + strings.Join(l, ", ") + "}"
	}
	return strings.Join([]string{list(types[0], m*n), list(types[1], m*k), list(types[2], k*n),
		list(types[3], m*n)}, ", ")
}

// wgmmaOperands are the sums of a shape and two descriptors.
func wgmmaOperands(mods []string) string {
	var n int
	fmt.Sscanf(mods[3], "m64n%dk16", &n)
	sums := strings.TrimSuffix(strings.Repeat("r1, ", n/2), ", ")
	return "{" + sums + "}, q1, q2, p1, 1, 1, 0, 0"
}

// wmmaOperands are fragments as the ISA's table of registers has them.
func wmmaOperands(mods []string, types []ptx.Type, where string) string {
	shape := mods[slices.IndexFunc(mods, func(m string) bool {
		return strings.HasPrefix(m, "m") && strings.Contains(m, "n") && strings.Contains(m, "k")
	})]
	var m, n, k int
	fmt.Sscanf(shape, "m%dn%dk%d", &m, &n, &k)
	list := func(which string, t ptx.Type) string {
		elements := map[string]int{"a": m * k, "b": k * n, "c": m * n, "d": m * n}[which]
		count := elements / lanes * t.Size() / 4
		if t == ptx.F16 && (which == "a" || which == "b") {
			count = 8
		}
		c := "r"
		if t == ptx.F64 {
			c, count = "q", elements/lanes
		}
		var l []string
		for i := range count {
			l = append(l, fmt.Sprint(c, i))
		}
		return "{" + strings.Join(l, ", ") + "}"
	}
	switch mods[0] {
	case "load":
		return list(mods[1], types[0]) + ", " + where + ", r0"
	case "store":
		return where + ", " + list("d", types[0]) + ", r0"
	}
	a, b := ptx.F16, ptx.F16
	if len(types) == 4 {
		a, b = types[1], types[2]
	}
	return strings.Join([]string{list("d", types[0]), list("a", a), list("b", b),
		list("c", types[len(types)-1])}, ", ")
}
