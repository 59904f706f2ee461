package main

import "fmt"

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
