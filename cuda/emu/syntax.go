package emu

import (
	"slices"
	"strings"
)

// What may follow an opcode, as the PTX ISA (8.5) writes it: fields in order, the
// alternatives of a field between bars, a field that may be missing with a
// question mark. $x stands for a list of alternatives below. A modifier that no
// form of its opcode has in that place does not load, so that none is ignored.

var syntaxClasses = map[string]string{
	"rnd": "rn|rz|rm|rp", "irnd": "rni|rzi|rmi|rpi",
	"int": "u16|s16|u32|s32|u64|s64", "int32": "u32|s32", "word": "u32|s32|u64|s64", "pair16": "u16x2|s16x2",
	"half": "f16|f16x2", "bhalf": "bf16|bf16x2",
	"mem":  "b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64",
	"same": "eq|ne", "order": "eq|ne|lt|le|gt|ge", "unsigned": "eq|ne|lt|le|gt|ge|lo|ls|hi|hs",
	"float": "eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan", "truth": "u32|s32|f32|f16",
	"whole": "u8|s8|u16|s16|u32|s32|u64|s64",
	"mem4":  "b8|b16|b32|u8|u16|u32|s8|s16|s32|f32",
	"bool":  "and|or|xor", "sh": "shared|shared::cta", "scope": "cta|cluster|gpu|sys",
	"eviction": "L1::evict_normal|L1::evict_unchanged|L1::evict_first|L1::evict_last|L1::no_allocate",
	"sem":      "relaxed|acquire|release|acq_rel",
	"hint":     "L2::cache_hint", "prefetch": "L2::64B|L2::128B|L2::256B",
	"level": "L2::evict_last|L2::evict_normal|L2::evict_first|L2::evict_unchanged",
	"sub8":  "e4m3|e5m2", "i8": "s8|u8", "i4": "s4|u4",
}

var syntax = map[string][]string{
	"add": {"$rnd? ftz? sat? f32", "$rnd? f64", "rn? ftz? sat? $half", "rn? $bhalf", "$int", "sat s32",
		"cc $word", "$pair16"},
	"sub": {"$rnd? ftz? sat? f32", "$rnd? f64", "rn? ftz? sat? $half", "rn? $bhalf", "$int", "sat s32",
		"cc $word"},
	"addc": {"cc? $word"}, "subc": {"cc? $word"},
	"mul": {"$rnd? ftz? sat? f32", "$rnd? f64", "rn? ftz? sat? $half", "rn? $bhalf", "lo|hi $int",
		"wide u16|s16|u32|s32"},
	"mad": {"$rnd ftz? sat? f32", "$rnd f64", "lo|hi $int", "hi sat s32", "wide u16|s16|u32|s32",
		"lo|hi cc $word"},
	"madc": {"lo|hi cc? $word"},
	"fma": {"$rnd ftz? sat? f32", "$rnd f64", "rn ftz? sat? $half", "rn ftz? relu $half",
		"rn relu? $bhalf"},
	"mul24": {"lo|hi $int32"}, "mad24": {"lo|hi $int32"}, "sad": {"$int"},
	"div": {"approx|full ftz? f32", "$rnd ftz? f32", "$rnd f64", "$int"}, "rem": {"$int"},
	"abs": {"s16|s32|s64", "ftz? f32", "f64", "ftz? $half", "$bhalf"},
	"neg": {"s16|s32|s64", "ftz? f32", "f64", "ftz? $half", "$bhalf"},
	"min": {"$int", "relu? s16x2|s32", "u16x2", "ftz? NaN? f32", "ftz? NaN? xorsign abs f32", "f64",
		"ftz? NaN? $half", "ftz? NaN? xorsign abs $half", "NaN? $bhalf", "NaN? xorsign abs $bhalf"},
	"max": {"$int", "relu? s16x2|s32", "u16x2", "ftz? NaN? f32", "ftz? NaN? xorsign abs f32", "f64",
		"ftz? NaN? $half", "ftz? NaN? xorsign abs $half", "NaN? $bhalf", "NaN? xorsign abs $bhalf"},
	"popc": {"b32|b64"}, "clz": {"b32|b64"}, "brev": {"b32|b64"}, "bfind": {"shiftamt? $word"},
	"fns": {"b32"}, "bfe": {"$word"}, "bfi": {"b32|b64"}, "szext": {"clamp|wrap u32|s32"},
	"bmsk": {"clamp|wrap b32"}, "dp4a": {"$int32 $int32"}, "dp2a": {"lo|hi $int32 $int32"},
	"and": {"b16|b32|b64|pred"}, "or": {"b16|b32|b64|pred"}, "xor": {"b16|b32|b64|pred"},
	"not": {"b16|b32|b64|pred"}, "cnot": {"b16|b32|b64"}, "lop3": {"b32"}, "shf": {"l|r wrap|clamp b32"},
	"shl": {"b16|b32|b64"}, "shr": {"b16|b32|b64|$int"}, "prmt": {"b32", "b32 f4e|b4e|rc8|ecl|ecr|rc16"},
	"rcp":   {"approx ftz? f32", "$rnd ftz? f32", "$rnd f64", "approx ftz f64"},
	"sqrt":  {"approx ftz? f32", "$rnd ftz? f32", "$rnd f64"},
	"rsqrt": {"approx ftz? f32", "approx ftz? f64"}, "sin": {"approx ftz? f32"},
	"cos": {"approx ftz? f32"}, "lg2": {"approx ftz? f32"},
	"ex2": {"approx ftz? f32", "approx $half", "approx ftz $bhalf"}, "tanh": {"approx f32|$half|$bhalf"},
	"copysign": {"f32|f64"}, "testp": {"finite|infinite|number|notanumber|normal|subnormal f32|f64"},
	"setp": {"$same $bool? b16|b32|b64", "$order $bool? s16|s32|s64", "$unsigned $bool? u16|u32|u64",
		"$float $bool? f64|$bhalf", "$float $bool? ftz? f32|$half"},
	"set": {"$same $bool? $truth b16|b32|b64", "$order $bool? $truth s16|s32|s64",
		"$unsigned $bool? $truth u16|u32|u64", "$float $bool? $truth f64",
		"$float $bool? ftz? $truth f32", "$float $bool? ftz? f16|u16|s16|u32|s32 f16",
		"$same $bool? bf16 b16|b32|b64", "$order $bool? bf16 s16|s32|s64",
		"$unsigned $bool? bf16 u16|u32|u64", "$float $bool? bf16 f16|f32|f64",
		"$float $bool? bf16|u16|s16|u32|s32 bf16", "$float $bool? ftz? f16x2|u32|s32 f16x2",
		"$float $bool? bf16x2|u32|s32 bf16x2"},
	"selp": {"b16|b32|b64|$int|f32|f64"},
	"slct": {"b16|b32|b64|$int|f32|f64 s32", "ftz? b16|b32|b64|$int|f32|f64 f32"},
	"mov":  {"b16|b32|b64|$int|f32|f64|pred"},
	"cvt": {"$whole $whole", "sat u8 s8|$int", "sat s8 u8|$int", "sat u16 s8|s16|$word",
		"sat s16 u16|$word", "sat u32 s8|s16|s32|u64|s64", "sat s32 u32|u64|s64",
		"sat u64 s8|s16|s32|s64", "sat s64 u64", "$irnd ftz? sat? $whole f32",
		"$irnd sat? $whole f16|f64", "$irnd $int bf16", "$irnd ftz? sat? f32 f32", "$irnd sat? f16 f16",
		"$irnd sat? f64 f64", "$irnd bf16 bf16", "$rnd sat? f16|f32|f64 $whole", "$rnd bf16 $int",
		"$rnd ftz? sat? f32 f64", "ftz? sat? f32 f32|f16", "ftz? sat? f64 f32", "sat? f64 f64|f16",
		"sat? f16 f16", "f32|f64 bf16", "bf16 bf16", "$rnd ftz? sat? f16 f32", "$rnd sat? f16 f64",
		"$rnd bf16 f16|f64", "rn f16 bf16", "rn|rz relu? satfinite? f16|bf16|f16x2|bf16x2 f32",
		"rn|rz satfinite relu f16|bf16|f16x2|bf16x2 f32", "rna satfinite? tf32 f32",
		"rn|rz relu? tf32 f32", "rn satfinite relu? e4m3x2|e5m2x2 f32|f16x2",
		"rn relu? f16x2 e4m3x2|e5m2x2", "pack sat u16|s16 s32", "pack sat u8|s8 s32 b32"},
	"cvta": {"to? global|$sh|local|const u64"}, "isspacep": {"global|$sh|local|const"},
	"ld": {"weak? global? ca|cg|cs|lu|cv? $hint? $prefetch? $data",
		"weak? global? $eviction $hint? $prefetch? $data",
		"weak? $sh|local|const|param|param::entry|param::func ca|cg|cs|lu|cv? $data",
		"global ca|cg|cs? nc $hint? $prefetch? $data", "global nc $eviction $hint? $prefetch? $data",
		"volatile global? $prefetch? $data", "volatile $sh $data",
		"relaxed|acquire $scope global? $eviction? $hint? $prefetch? $data",
		"relaxed|acquire $scope $sh $data", "mmio relaxed sys global? $mem"},
	"ldu": {"global? $data"},
	"st": {"weak? global? wb|cg|cs|wt? $hint? $data", "weak? global? $eviction $hint? $data",
		"weak? $sh|local|param|param::func wb|cg|cs|wt? $data", "volatile global|$sh? $data",
		"relaxed|release $scope global? $eviction? $hint? $data", "relaxed|release $scope $sh $data",
		"mmio relaxed sys global? $mem"},
	"atom": {"$sem? $scope? $sh $change", "$sem? $scope? $sh exch b32|b64",
		"$sem? $scope? $sh cas b16|b32|b64", "$sem? $scope? global? $hinted",
		"$sem? $scope? global? exch $hint? b32|b64", "$sem? $scope? global? cas b16|b32|b64",
		"$sem? $scope? global? add $hint? v2|v4 f32",
		"$sem? $scope? global? add|min|max noftz $hint? v2|v4|v8 f16|bf16",
		"$sem? $scope? global? add|min|max noftz $hint? v2|v4 f16x2|bf16x2"},
	"red": {"relaxed|release? $scope? $sh $change", "relaxed|release? $scope? global? $hinted",
		"relaxed|release? $scope? global? add $hint? v2|v4 f32",
		"relaxed|release? $scope? global? add|min|max noftz $hint? v2|v4|v8 f16|bf16",
		"relaxed|release? $scope? global? add|min|max noftz $hint? v2|v4 f16x2|bf16x2"},
	"prefetch": {"global|local? L1|L2", "global L2::evict_last|L2::evict_normal"}, "prefetchu": {"L1"},
	"discard": {"global? L2"}, "applypriority": {"global? L2::evict_normal"},
	"createpolicy": {"fractional $level L2::evict_unchanged? b64"},
	"cp": {"async ca|cg shared|shared::cta global $hint? $prefetch?", "async commit_group",
		"async wait_group", "async wait_all", "async mbarrier arrive noinc? $sh? b64"},
	"mbarrier": {"init $sh? b64", "inval $sh? b64", "arrive|arrive_drop noComplete? $sh? b64",
		"arrive|arrive_drop $sh? b64", "arrive|arrive_drop release cta $sh? b64",
		"test_wait|try_wait parity? $sh? b64", "test_wait|try_wait parity? acquire cta $sh? b64",
		"pending_count b64"},
	"membar": {"cta|gl|sys"},
	"fence":  {"sc|acq_rel? $scope", "proxy alias", "proxy async global|shared::cta?"},
	"bar": {"sync", "arrive", "red popc u32", "red and|or pred", "warp sync", "cta sync|arrive",
		"cta red popc u32", "cta red and|or pred"},
	"barrier": {"cta? sync|arrive aligned?", "cta? red popc aligned? u32",
		"cta? red and|or aligned? pred"},
	"shfl": {"sync up|down|bfly|idx b32"}, "vote": {"sync all|any|uni pred", "sync ballot b32"},
	"match": {"any|all sync b32|b64"}, "redux": {"sync add|min|max u32|s32", "sync and|or|xor b32"},
	"activemask": {"b32"}, "elect": {"sync"}, "bra": {"uni?"}, "brx": {"idx uni?"}, "call": {"uni?"},
	"ret": {"uni?"}, "exit": {""}, "trap": {""}, "brkpt": {""}, "nanosleep": {"u32"},
	"pmevent": {"mask?"}, ".branchtargets": {""}, ".callprototype": {""}, ".calltargets": {""},
	"alloca": {"u32|u64"}, "stacksave": {"u32|u64"}, "stackrestore": {"u32|u64"},
	"mma": {"sync aligned m16n8k8|m16n8k16 row col f16 f16 f16 f16",
		"sync aligned m16n8k8|m16n8k16 row col f32 f16 f16 f32",
		"sync aligned m16n8k8|m16n8k16 row col f32 bf16 bf16 f32",
		"sync aligned m16n8k4|m16n8k8 row col f32 tf32 tf32 f32",
		"sync aligned m8n8k4|m16n8k4|m16n8k8|m16n8k16 row col f64 f64 f64 f64",
		"sync aligned m16n8k32 row col f32 $sub8 $sub8 f32",
		"sync aligned m8n8k16|m16n8k16|m16n8k32 row col satfinite? s32 $i8 $i8 s32",
		"sync aligned m8n8k32|m16n8k32|m16n8k64 row col satfinite? s32 $i4 $i4 s32"},
	"ldmatrix":  {"sync aligned m8n8 x1|x2|x4 trans? $sh? b16"},
	"stmatrix":  {"sync aligned m8n8 x1|x2|x4 trans? $sh? b16"},
	"movmatrix": {"sync aligned m8n8 trans b16"},
	"wmma": {"load a|b sync aligned row|col m16n16k16|m8n32k16|m32n8k16 global|$sh? f16|bf16|$i8",
		"load a|b sync aligned row|col m16n16k8 global|$sh? tf32",
		"load a|b|c sync aligned row|col m8n8k4 global|$sh? f64",
		"load c sync aligned row|col m16n16k16|m8n32k16|m32n8k16 global|$sh? f16|f32|s32",
		"load c sync aligned row|col m16n16k8 global|$sh? f32",
		"store d sync aligned row|col m16n16k16|m8n32k16|m32n8k16 global|$sh? f16|f32|s32",
		"store d sync aligned row|col m16n16k8 global|$sh? f32",
		"store d sync aligned row|col m8n8k4 global|$sh? f64",
		"mma sync aligned row|col row|col m16n16k16|m8n32k16|m32n8k16 f16|f32 f16|f32",
		"mma sync aligned row|col row|col m16n16k16|m8n32k16|m32n8k16 f32 bf16 bf16 f32",
		"mma sync aligned row|col row|col m16n16k8 f32 tf32 tf32 f32",
		"mma sync aligned row|col row|col m16n16k16|m8n32k16|m32n8k16 s32 s8 s8 s32 satfinite?",
		"mma sync aligned row|col row|col m16n16k16|m8n32k16|m32n8k16 s32 u8 u8 s32 satfinite?",
		"mma sync aligned row|col row|col m8n8k4 rn? f64 f64 f64 f64"},
}

// field is one modifier of a form.
type field struct {
	names    []string
	optional bool
}

// macros are ends of rows that many rows have: a value or a vector of up to 16
// bytes, and what an atomic may do to one.
var macros = map[string][]string{
	"$data": {"$mem", "v2 $mem", "v4 $mem4"},
	"$change": {"and|or|xor b32|b64", "add u32|s32|u64|f32|f64", "inc|dec u32", "min|max $word",
		"add noftz $half|$bhalf"},
	"$hinted": {"and|or|xor $hint? b32|b64", "add $hint? u32|s32|u64|f32|f64", "inc|dec $hint? u32",
		"min|max $hint? $word", "add noftz $hint? $half|$bhalf"},
}

// written lists rows with their macros written out.
func written(rows []string) (all []string) {
	for _, row := range rows {
		head, end := row[:strings.LastIndex(row, " ")+1], row[strings.LastIndex(row, " ")+1:]
		if macros[end] == nil {
			all = append(all, row)
		}
		for _, m := range macros[end] {
			all = append(all, head+m)
		}
	}
	return all
}

// forms is syntax, taken apart.
var forms = func() map[string][][]field {
	all := map[string][][]field{}
	for base, rows := range syntax {
		for _, row := range written(rows) {
			var form []field
			for _, word := range strings.Fields(row) {
				f := field{}
				word, f.optional = strings.CutSuffix(word, "?")
				for _, n := range strings.Split(word, "|") {
					if class, ok := strings.CutPrefix(n, "$"); ok {
						if syntaxClasses[class] == "" {
							panic("emu: the syntax names " + n + ", which is no class")
						}
						f.names = append(f.names, strings.Split(syntaxClasses[class], "|")...)
					} else {
						f.names = append(f.names, n)
					}
				}
				form = append(form, f)
			}
			all[base] = append(all[base], form)
		}
	}
	return all
}()

// fits says whether modifiers are those of a form.
func fits(form []field, mods []string) bool {
	if len(form) == 0 {
		return len(mods) == 0
	}
	if len(mods) > 0 && slices.Contains(form[0].names, mods[0]) && fits(form[1:], mods[1:]) {
		return true
	}
	return form[0].optional && fits(form[1:], mods)
}

// checkForm holds the modifiers of the instruction against the syntax.
func (d *decoder) checkForm() {
	known := map[string]bool{}
	for _, form := range forms[d.base] {
		if fits(form, d.mods) {
			return
		}
		for _, f := range form {
			for _, n := range f.names {
				known[n] = true
			}
		}
	}
	for _, m := range d.mods {
		if !known[m] {
			d.fail("unknown modifier .%s of %s", m, d.base)
		}
	}
	d.fail("%s has no such form", d.base)
}
