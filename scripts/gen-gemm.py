#!/usr/bin/env python3
"""Writes cpu/kernels/gemm_amd64.s and gemm_amd64.go: the matrix micro-kernels.

    python3 scripts/gen-gemm.py           write both files
    python3 scripts/gen-gemm.py --check   exit 1 if they differ from what is committed

One micro-kernel computes one tile of C in registers:

    C[m,n] = init[m,n] + sum over segments s, sum over k of A[m; s,k] * B[s,k; n]

and every element is one chain of fused multiply-adds, k ascending within a
segment and segments ascending. A and B are both strided (a packed panel of B is
only a B whose row is as long as the panel), so one kernel serves every transpose
and, with a segment for each row of the filter, the direct convolution.

    form              rows   columns            registers
    tile512x32        12     32, masked         24 sums, 2 of B, 6 broadcast
    tile512x16        12     16, masked         12 sums, 1 of B, 6 broadcast
    tile256x16         6     16, full           12 sums, 2 of B, 2 broadcast
    tile256x16e        4     16, masked          8 sums, 2 of B, 2 broadcast, 2 masks
    tile256x8e         6      8, masked          6 sums, 1 of B, 2 broadcast, 1 mask
    tile512x128        2    128, full           16 sums, 8 of B, 2 broadcast
    tile256x32         2     32, full            8 sums, 4 of B, 2 broadcast

The last two are for one and two rows, where the others have too few sums to hide
the latency of an addition.

The 256-bit form keeps masked edges apart because 12 sums leave no register for
the masks. Packing kernels transpose 16 (8) rows into the columns of a panel.
"""
import os
import sys

DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cpu", "kernels")
UNROLL = 4


class Form:
    """One shape of micro-kernel: vector letter, vectors in a row, rows, register use."""

    def __init__(self, name, vec, lanes, width, rows, bcast, mask, note):
        self.name, self.vec, self.lanes, self.width = name, vec, lanes, width
        self.rows, self.bcast, self.mask, self.note = rows, bcast, mask, note
        self.nv = width // lanes


FORMS = [
    Form("tile512x32", "Z", 16, 32, 12, 6, "k", "AVX-512, up to 32 columns"),
    Form("tile512x16", "Z", 16, 16, 12, 6, "k", "AVX-512, up to 16 columns"),
    Form("tile512x128", "Z", 16, 128, 2, 2, None, "AVX-512, exactly 128 columns"),
    Form("tile256x16", "Y", 8, 16, 6, 2, None, "AVX2, exactly 16 columns"),
    Form("tile256x16e", "Y", 8, 16, 4, 2, "y", "AVX2, up to 16 columns"),
    Form("tile256x8e", "Y", 8, 8, 6, 2, "y", "AVX2, up to 8 columns"),
    Form("tile256x32", "Y", 8, 32, 2, 2, None, "AVX2, exactly 32 columns"),
]


class Asm:
    def __init__(self):
        self.lines = []

    def __call__(self, *instructions):
        self.lines += ["\t" + i for i in instructions]

    def label(self, name):
        self.lines.append(name + ":")

    def text(self, s=""):
        self.lines.append(s)


def row_address(i):
    """Address of row i of A: three bases four rows apart, strides 1, 2 and 3 in registers."""
    base = ("R8", "R9", "R10")[i // 4]
    return (f"({base})", f"({base})(R11*1)", f"({base})(R11*2)", f"({base})(R13*1)")[i % 4]


def tile(o, f, m):
    V, nv, size = f.vec, f.nv, f.lanes * 4
    acc = lambda i, v: f"{V}{nv * i + v}"
    nacc = 24 if f.mask == "k" else nv * m
    bvec = [f"{V}{nacc + v}" for v in range(nv)]
    bc = [f"{V}{nacc + nv + q}" for q in range(min(f.bcast, max(2, m)))]
    if f.mask == "y":
        masks = [f"Y{nacc + nv + len(bc) + v}" for v in range(nv)]
    bases = ["R8", "R9", "R10"][: (m + 3) // 4]

    def load(v, addr, reg):
        if f.mask == "k":
            o(f"VMOVUPS.Z {addr}, K{v + 1}, {reg}")
        elif f.mask == "y":
            o(f"VMASKMOVPS {addr}, {masks[v]}, {reg}")
        else:
            o(f"VMOVUPS {addr}, {reg}")

    def at(reg, v):
        return f"({reg})" if v == 0 else f"{size * v}({reg})"

    def step(stream=False):
        if stream:
            for v in range(0, nv, 64 // size):
                o(f"PREFETCHT0 {size * v or ''}(BX)(SI*1)")
            o("PREFETCHT0 (R8)(DI*1)")
        for v in range(nv):
            load(v, at("BX", v), bvec[v])
        o("ADDQ R14, BX")
        for i in range(m):
            t = bc[i % len(bc)]
            o(f"VBROADCASTSS {row_address(i)}, {t}")
            for v in range(nv):
                o(f"VFMADD231PS {bvec[v]}, {t}, {acc(i, v)}")
        for b in bases:
            o(f"ADDQ R12, {b}")

    o.text(f"// func {f.name}r{m}(t *tile)")
    o.text(f"TEXT ·{f.name}r{m}(SB), NOSPLIT, $0-8")
    o("MOVQ t+0(FP), DX")
    if f.mask == "k":
        o("MOVQ tile_n(DX), CX", "MOVQ $-1, AX", "SHLQ CX, AX", "NOTQ AX", "KMOVW AX, K1")
        if nv == 2:
            o("SHRQ $16, AX", "KMOVW AX, K2")
    elif f.mask == "y":
        o("MOVQ tile_n(DX), CX", "NEGQ CX", "LEAQ tileMask<>(SB), AX", "LEAQ 64(AX)(CX*4), AX")
        # The table holds 16 ones, then 16 zeros: 16-n words in, n ones are left.
        for v in range(nv):
            o(f"VMOVUPS {at('AX', v)}, {masks[v]}")
    o("MOVQ tile_a(DX), R8", "MOVQ tile_rs(DX), R11", "MOVQ tile_cs(DX), R12")
    o("MOVQ tile_b(DX), BX", "MOVQ tile_ldb(DX), R14", "LEAQ (R11)(R11*2), R13")
    if m > 4:
        o("LEAQ (R8)(R11*4), R9")
    if m > 8:
        o("LEAQ (R9)(R11*4), R10")
    o("MOVQ tile_init(DX), SI", "TESTQ SI, SI", "JZ zero", "MOVQ tile_ldi(DX), DI")
    for i in range(m):
        for v in range(nv):
            load(v, at("SI", v), acc(i, v))
        if i < m - 1:
            o("ADDQ DI, SI")
    o("JMP ready")
    o.label("zero")
    for i in range(m):
        for v in range(nv):
            r = acc(i, v)
            o(f"VPXORD {r}, {r}, {r}" if V == "Z" else f"VXORPS {r}, {r}, {r}")
    o.label("ready")
    # The rows below are the next tile's: have them here when it starts.
    if f.rows > 2:
        o("MOVQ tile_c(DX), DI", "MOVQ tile_ldc(DX), SI", f"IMUL3Q ${m}, SI, R15", "ADDQ DI, R15")
    for i in range(m if f.rows > 2 else 0):
        o("PREFETCHT0 (R15)")
        for line in range(1, f.width * 4 // 64):
            o(f"PREFETCHT0 {64 * line}(R15)")
        if i < m - 1:
            o("ADDQ SI, R15")
    # How far ahead A and B are fetched, in bytes; 0 leaves it to the machine.
    o("MOVQ tile_ahead(DX), DI", "MOVQ DI, SI", "IMULQ R14, SI", "IMULQ R12, DI")
    o("MOVQ tile_nseg(DX), AX")
    o.label("segment")
    o("MOVQ tile_kc(DX), CX", "MOVQ CX, R15", "ANDQ $3, CX", "SHRQ $2, R15", "JZ tail")
    o("TESTQ SI, SI", "JNZ stream4", "PCALIGN $64")
    o.label("loop4")
    for _ in range(UNROLL):
        step()
    o("DECQ R15", "JNZ loop4", "JMP tail", "PCALIGN $64")
    o.label("stream4")
    for _ in range(UNROLL):
        step(stream=True)
    o("DECQ R15", "JNZ stream4")
    o.label("tail")
    o("TESTQ CX, CX", "JZ next")
    o.label("loop1")
    step()
    o("DECQ CX", "JNZ loop1")
    o.label("next")
    o("DECQ AX", "JZ done", "MOVQ tile_agap(DX), R15")
    for b in bases:
        o(f"ADDQ R15, {b}")
    o("ADDQ tile_bgap(DX), BX", "JMP segment")
    o.label("done")
    o("MOVQ tile_c(DX), DI", "MOVQ tile_ldc(DX), SI")

    def store(masked):
        for i in range(m):
            for v in range(nv):
                if not masked:
                    o(f"VMOVUPS {acc(i, v)}, {at('DI', v)}")
                elif f.mask == "k":
                    o(f"VMOVUPS {acc(i, v)}, K{v + 1}, {at('DI', v)}")
                else:
                    o(f"VMASKMOVPS {acc(i, v)}, {masks[v]}, {at('DI', v)}")
            if i < m - 1:
                o("ADDQ SI, DI")
        o("VZEROUPPER", "RET")

    if f.mask == "k":
        o(f"CMPQ tile_n(DX), ${f.width}", "JNE masked")
        store(False)
        o.label("masked")
    store(f.mask is not None)
    o.text()


def pack(o, vec):
    """dst[k*ldd + row] = src[row*lds + k] for 16 (8) rows and 4*k4 columns."""
    lanes = 4 if vec == "Z" else 2
    name = f"pack{512 if vec == 'Z' else 256}"
    o.text(f"// func {name}(dst unsafe.Pointer, ldd int, src unsafe.Pointer, lds, k4 int)")
    o.text(f"TEXT ·{name}(SB), NOSPLIT, $0-40")
    o("MOVQ dst+0(FP), DI", "MOVQ ldd+8(FP), SI", "MOVQ src+16(FP), R8")
    o("MOVQ lds+24(FP), BX", "MOVQ k4+32(FP), CX")
    o("LEAQ (BX)(BX*2), DX")
    bases = ["R8", "R9", "R10", "R11"][:lanes]
    for p, q in zip(bases, bases[1:]):
        o(f"LEAQ ({p})(BX*4), {q}")
    o.label("loop")
    for r in range(4):
        address = lambda b: (f"({b})", f"({b})(BX*1)", f"({b})(BX*2)", f"({b})(DX*1)")[r]
        o(f"VMOVUPS {address('R8')}, X{r}")
        for lane, b in enumerate(bases[1:], 1):
            op = "VINSERTF32X4" if vec == "Z" else "VINSERTF128"
            o(f"{op} ${lane}, {address(b)}, {vec}{r}, {vec}{r}")
    v = lambda i: f"{vec}{i}"
    o(f"VUNPCKLPS {v(1)}, {v(0)}, {v(4)}", f"VUNPCKHPS {v(1)}, {v(0)}, {v(5)}")
    o(f"VUNPCKLPS {v(3)}, {v(2)}, {v(6)}", f"VUNPCKHPS {v(3)}, {v(2)}, {v(7)}")
    o(f"VUNPCKLPD {v(6)}, {v(4)}, {v(0)}", f"VUNPCKHPD {v(6)}, {v(4)}, {v(1)}")
    o(f"VUNPCKLPD {v(7)}, {v(5)}, {v(2)}", f"VUNPCKHPD {v(7)}, {v(5)}, {v(3)}")
    for r in range(4):
        o(f"VMOVUPS {v(r)}, (DI)", "ADDQ SI, DI")
    for b in bases:
        o(f"ADDQ $16, {b}")
    o("DECQ CX", "JNZ loop", "VZEROUPPER", "RET")
    o.text()


def assembly():
    o = Asm()
    o.text("// Code generated by scripts/gen-gemm.py; DO NOT EDIT.")
    o.text()
    o.text('#include "go_asm.h"')
    o.text('#include "textflag.h"')
    o.text()
    for i in range(0, 32, 2):
        o.text(f"DATA tileMask<>+{4 * i}(SB)/8, ${'0xffffffffffffffff' if i < 16 else '0'}")
    o.text("GLOBL tileMask<>(SB), RODATA|NOPTR, $128")
    o.text()
    for f in FORMS:
        for m in range(1, f.rows + 1):
            tile(o, f, m)
    pack(o, "Z")
    pack(o, "Y")
    return "\n".join(o.lines).rstrip() + "\n"


def declarations():
    s = ["// Code generated by scripts/gen-gemm.py; DO NOT EDIT.", ""]
    s += ["package kernels", "", 'import "unsafe"', ""]
    for f in FORMS:
        s.append(f"// {f.note}; the number after r is the number of rows.")
        for m in range(1, f.rows + 1):
            s += ["//", "//go:noescape"] if m == 1 else ["//go:noescape"]
            s += [f"func {f.name}r{m}(t *tile)", ""]
    for name, rows in (("pack512", 16), ("pack256", 8)):
        s.append(f"// {name} transposes {rows} rows of 4·k4 floats, strides in bytes:")
        s += ["//", "//\tdst[k·ldd + row] = src[row·lds + k]"]
        s += ["//", "//go:noescape", f"func {name}(dst unsafe.Pointer, ldd int, src unsafe.Pointer, lds, k4 int)", ""]
    for f in FORMS:
        fns = ", ".join(["nil"] + [f"{f.name}r{m}" for m in range(1, f.rows + 1)])
        s += [f"var {f.name} = []func(t *tile){{", *[f"\t{fn}," for fn in fns.split(', ')], "}", ""]
    return "\n".join(s).rstrip() + "\n"


def main():
    stale = []
    for name, text in (("gemm_amd64.s", assembly()), ("gemm_amd64.go", declarations())):
        path = os.path.join(DIR, name)
        if "--check" in sys.argv[1:]:
            with open(path, encoding="utf-8") as file:
                if file.read() != text:
                    stale.append(name)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    if stale:
        sys.exit("gen-gemm: differ from the generator: " + ", ".join(stale))


if __name__ == "__main__":
    main()
