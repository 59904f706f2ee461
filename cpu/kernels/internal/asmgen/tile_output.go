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
