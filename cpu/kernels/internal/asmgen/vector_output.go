package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// vectorFunctions are the kernels of vec_amd64.s, those of AVX-512 first.
func vectorFunctions() []*function {
	var all []*function
	for _, set := range []isa{avx512, avx2} {
		for _, p := range primitives {
			all = append(all, p.function(set))
		}
		all = append(all, beyond(set),
			laneSum(set), laneDot(set), laneMax(set), laneExp(set), laneMoments(set), rowSums(set),
			laneFold(set), laneTop(set), rowApply(set), rowGrad(set))
		for _, c := range columnKernels(set) {
			all = append(all, c.function(set))
		}
		all = append(all, adam(set), average(set),
			runs(set, "gatherRuns"), runs(set, "scatterRuns"), runs(set, "spreadRuns"),
			softmaxRows(set), scoreRows(set), uniforms(set), normals(set))
	}
	return all
}

// byHand are kernels for which the package chooses the instruction set in its own code; the methods of Vec
// that choose for the others are written here.
func byHand(name string) bool {
	return slices.Contains([]string{"beyond", "normals", "uniforms"}, name) ||
		slices.ContainsFunc(primitives, func(p primitive) bool { return strings.ToLower(p.kind) == name })
}

// vectorDeclarations is the Go side of vec_amd64.s: tables of primitives, declarations, and for each kernel
// a method of Vec that calls its form for the level.
func vectorDeclarations(functions []*function) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package kernels\n\nimport \"github.com/stillfield/stillfield/plan\"\n\n")
	for _, set := range []struct {
		isa
		what string
	}{{avx512, "AVX-512"}, {avx2, "AVX2"}} {
		fmt.Fprintf(&b, "// blocks%s is the pointwise primitives with %s.\n", set.suffix, set.what)
		fmt.Fprintf(&b, "var blocks%s = [plan.Less + 1]Block{\n", set.suffix)
		for _, p := range primitives {
			name := strings.ToLower(p.kind)
			if p.kind == "Sin" || p.kind == "Cos" { // these reduce any argument, the kernels those up to 2¹⁴
				name = "any" + p.kind
			}
			fmt.Fprintf(&b, "plan.%s: %s%s,\n", p.kind, name, set.suffix)
		}
		b.WriteString("}\n\n")
	}
	for _, f := range functions {
		if f.doc != "" {
			fmt.Fprintf(&b, "// %s %s\n//\n", f.name, f.doc)
		}
		fmt.Fprintf(&b, "//go:noescape\nfunc %s%s\n\n", f.name, f.signature())
	}
	for _, f := range functions {
		if base := strings.TrimSuffix(f.name, f.suffix); f.isa == avx512 && !byHand(base) {
			writeDispatch(&b, f, base)
		}
	}
	return b.Bytes()
}

// writeDispatch writes the method of Vec that calls the form of a kernel for the level.
func writeDispatch(b *bytes.Buffer, f *function, base string) {
	var names []string
	for _, p := range f.places {
		if !strings.Contains(f.result, "("+p.name+" ") {
			names = append(names, p.name)
		}
	}
	call := func(suffix string) string { return base + suffix + "(" + strings.Join(names, ", ") + ")" }
	fmt.Fprintf(b, "func (v *Vec) %s%s {\nswitch v.Level {\n", base, f.signature())
	if f.result != "" {
		fmt.Fprintf(b, "case AVX512:\nreturn %s\ncase AVX2:\nreturn %s\n}\nreturn %s\n}\n\n",
			call("512"), call("256"), call("Go"))
		return
	}
	fmt.Fprintf(b, "case AVX512:\n%s\ncase AVX2:\n%s\ndefault:\n%s\n}\n}\n\n",
		call("512"), call("256"), call("Go"))
}
