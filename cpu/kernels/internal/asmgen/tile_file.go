package main

import (
	"bytes"
	"fmt"
	"strings"
)

// tileFunctions are the kernels of gemm_amd64.s.
func tileFunctions() []*function {
	var all []*function
	for _, form := range tileForms {
		for m := 1; m <= form.rows; m++ {
			all = append(all, newTileKernel(form, m).write())
		}
	}
	return append(all, pack(avx512), pack(avx2))
}

// tileTables is the table of masks: 16 words of ones, then 16 of zeros.
func tileTables() []string {
	var lines []string
	for i := 0; i < 32; i += 2 {
		word := "0"
		if i < 16 {
			word = "0xffffffffffffffff"
		}
		lines = append(lines, fmt.Sprintf("DATA tileMask<>+%d(SB)/8, $%s", 4*i, word))
	}
	return append(lines, "GLOBL tileMask<>(SB), RODATA|NOPTR, $128")
}

// pack writes dst[k·ldd + row] = src[row·lds + k] for k < 4·k4 and 16 rows (8 with AVX2): it transposes
// rows to the columns of a panel. Strides are in bytes.
func pack(set isa) *function {
	f := begin(set, "pack", "dst unsafe.Pointer, ldd int, src unsafe.Pointer, lds, k4 int", "")
	f.arguments("dst DI", "ldd SI", "src R8", "lds BX", "k4 CX")
	f.op("LEAQ", "(BX)(BX*2)", "DX")
	bases := []string{"R8", "R9", "R10", "R11"}[:f.lanes/4] // of rows 0, 4, 8, 12
	for i := range bases[1:] {
		f.op("LEAQ", fmt.Sprintf("(%s)(BX*4)", bases[i]), bases[i+1])
	}
	insert := map[isa]string{avx512: "VINSERTF32X4", avx2: "VINSERTF128"}[set]
	f.label("loop")
	for r, row := range []string{"", "(BX*1)", "(BX*2)", "(DX*1)"} { // quarter i of vector r is row 4i+r
		f.op("VMOVUPS", "(R8)"+row, fmt.Sprintf("X%d", r))
		for i, b := range bases[1:] {
			f.op(insert, imm(i+1), "("+b+")"+row, f.v(r), f.v(r))
		}
	}
	v := f.vs(0, 8)
	f.op("VUNPCKLPS", v[1], v[0], v[4])
	f.op("VUNPCKHPS", v[1], v[0], v[5])
	f.op("VUNPCKLPS", v[3], v[2], v[6])
	f.op("VUNPCKHPS", v[3], v[2], v[7])
	f.op("VUNPCKLPD", v[6], v[4], v[0])
	f.op("VUNPCKHPD", v[6], v[4], v[1])
	f.op("VUNPCKLPD", v[7], v[5], v[2])
	f.op("VUNPCKHPD", v[7], v[5], v[3])
	for r := range 4 {
		f.op("VMOVUPS", v[r], "(DI)")
		f.op("ADDQ", "SI", "DI")
	}
	for _, b := range bases {
		f.op("ADDQ", "$16", b)
	}
	f.ops("DECQ CX", "JNZ loop")
	return f.finish()
}

// tileDeclarations is the Go side of gemm_amd64.s: declarations, and a table by the number of rows for each
// form.
func tileDeclarations() []byte {
	var b bytes.Buffer
	b.WriteString(header + "package kernels\n\nimport \"unsafe\"\n\n")
	for _, form := range tileForms {
		fmt.Fprintf(&b, "// %s; the number after r is the number of rows.\n//\n", form.note)
		for m := 1; m <= form.rows; m++ {
			fmt.Fprintf(&b, "//go:noescape\nfunc %sr%d(t *tile)\n\n", form.name, m)
		}
	}
	for _, set := range []isa{avx512, avx2} {
		f := pack(set)
		fmt.Fprintf(&b, "// %s transposes %d rows of 4·k4 floats, strides in bytes:\n//\n", f.name, f.lanes)
		b.WriteString("//\tdst[k·ldd + row] = src[row·lds + k]\n//\n")
		fmt.Fprintf(&b, "//go:noescape\nfunc %s%s\n\n", f.name, f.signature())
	}
	for _, form := range tileForms {
		names := []string{"nil"}
		for m := 1; m <= form.rows; m++ {
			names = append(names, fmt.Sprintf("%sr%d", form.name, m))
		}
		fmt.Fprintf(&b, "var %s = []func(t *tile){\n%s,\n}\n\n", form.name, strings.Join(names, ",\n"))
	}
	return b.Bytes()
}
