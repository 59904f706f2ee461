"""Rows and columns of a normalisation, and AdamW."""
from loops import *


def rows(f, letter):
    sx = suffix(letter)
    g = Asm(letter)
    args(g, y=(0, "DI"), x=(8, "SI"), gamma=(16, "DX"), beta=(24, "R8"), n=(32, "CX"))
    c = [g.r(i) for i in (10, 11, 12, 13, 14)]
    for name, r in zip(("k+40(FP)", "r+44(FP)", "d+48(FP)"), c):
        g("VBROADCASTSS", name, r)

    def apply(h, off, tail, u):
        x, w, b = [h.r((u if h.z else 0) * 3 + i + (15 if h.z else 0)) for i in range(3)]
        h.load("%d(SI)" % off, x, tail)
        h.load("%d(DX)" % off, w, tail)
        h.load("%d(R8)" % off, b, tail)
        h("VSUBPS", c[0], x, x)
        h("VFMADD213PS", c[2], c[1], x)
        h("VFMADD213PS", b, w, x)
        h.store(x, "%d(DI)" % off, tail)
    stream(letter, "CX", ["DI", "SI", "DX", "R8"], apply, g, 4)
    finish(g)
    f.function("rowApply" + sx, "y, x, gamma, beta *float32, n int, k, r, d float32", 52, g)

    g = Asm(letter)
    args(g, dx=(0, "DI"), dgamma=(8, "R8"), dbeta=(16, "R9"), dy=(24, "R10"), x=(32, "SI"),
         gamma=(40, "DX"), n=(48, "CX"))
    for name, r in zip(("k+56(FP)", "r+60(FP)", "d+64(FP)", "p+68(FP)", "q+72(FP)"), c):
        g("VBROADCASTSS", name, r)

    def grad(h, off, tail, u):
        x, gy, w, t = [h.r((u if h.z else 0) * 4 + i + (15 if h.z else 0)) for i in range(4)]
        h.load("%d(SI)" % off, x, tail)
        h.load("%d(R10)" % off, gy, tail)
        h("VSUBPS", c[0], x, x)
        h("VFMADD213PS", c[2], c[1], x)
        h.load("%d(R9)" % off, t, tail)
        h("VADDPS", gy, t, t)
        h.store(t, "%d(R9)" % off, tail)
        h.load("%d(R8)" % off, t, tail)
        h("VFMADD231PS", x, gy, t)
        h.store(t, "%d(R8)" % off, tail)
        h.load("%d(DX)" % off, w, tail)
        h("VFMSUB213PS", c[3], w, gy)
        h("VMULPS", c[4], x, x)
        h("VSUBPS", x, gy, gy)
        h("VMULPS", c[1], gy, gy)
        h.store(gy, "%d(DI)" % off, tail)
    stream(letter, "CX", ["DI", "R8", "R9", "R10", "SI", "DX"], grad, g, 4)
    finish(g)
    f.function("rowGrad" + sx, "dx, dgamma, dbeta, dy, x, gamma *float32, n int, k, r, d, p, q float32", 76, g)


def columns(f, name, letter, wide, params, ptrs, per_row, kept_cols, sums, row):
    """A kernel over a matrix: ptrs are (name, register); those of per_row move down
    the rows by the stride, kept_cols are read once for each column, sums read and
    written once. row(h, tail, mem, k, s, t) does one vector of one row."""
    g = Asm(letter)
    size = 8 * len(ptrs) + 24
    for i, (p, reg) in enumerate(ptrs):
        g("MOVQ", "%s+%d(FP)" % (p, 8 * i), reg)
    base = 8 * len(ptrs)
    args(g, rows=(base, "R14"), cols=(base + 8, "CX"), stride=(base + 16, "AX"))
    reg = dict(ptrs)
    g("SHLQ", "$2", "AX")
    n = g.n

    def group(w, tail):
        nk, ns = len(kept_cols), len(sums)
        for i, p in enumerate(kept_cols):
            for u in range(w):
                g.load("%d(%s)" % (4 * n * u, reg[p]), g.r(i * w + u), tail)
        for i, p in enumerate(sums):
            for u in range(w):
                g.load("%d(%s)" % (4 * n * u, reg[p]), g.r((nk + i) * w + u), tail)
        g("XORQ", "R15", "R15")
        g("MOVQ", "R14", "BX")
        g.label("rows%d%s" % (w, "t" if tail else ""))
        for u in range(w):
            row(g, tail, lambda p: "%d(%s)(R15*1)" % (4 * n * u, reg[p]), [g.r(i * w + u) for i in range(nk)],
                [g.r((nk + i) * w + u) for i in range(ns)],
                [g.r(min(29, (nk + ns) * w + 3 * u) + i if g.z else 12 + i) for i in range(3)])
        g("ADDQ", "AX", "R15")
        g("DECQ", "BX")
        g("JNZ", "rows%d%s" % (w, "t" if tail else ""))
        for i, p in enumerate(sums):
            for u in range(w):
                g.store(g.r((nk + i) * w + u), "%d(%s)" % (4 * n * u, reg[p]), tail)
        for p in reg.values():
            g("ADDQ", "$%d" % (4 * n * w), p)

    g.label("wide")
    g("CMPQ", "CX", "$%d" % (n * wide))
    g("JLT", "narrow")
    group(wide, False)
    g("SUBQ", "$%d" % (n * wide), "CX")
    g("JMP", "wide")
    g.label("narrow")
    g("CMPQ", "CX", "$%d" % n)
    g("JLT", "tail")
    group(1, False)
    g("SUBQ", "$%d" % n, "CX")
    g("JMP", "narrow")
    g.label("tail")
    g("TESTQ", "CX", "CX")
    g("JLE", "done")
    if g.z:
        g.tailmask("CX", "BX")
    else:
        g.tailmask("CX", "R15", "BX")
    group(1, True)
    g.label("done")
    finish(g)
    f.function(name + suffix(letter), params + ", rows, cols, stride int", size, g)


def norms(f, letter):
    wide, narrow = 4, (4 if letter == "Z" else 2)

    def total(h, tail, mem, k, s, t):
        h.load(mem("x"), t[0], tail)
        h("VADDPS", t[0], s[0], s[0])
    columns(f, "colSum", letter, wide, "s, x *float32", [("s", "DI"), ("x", "SI")], ["x"], [], ["s"], total)

    def moments(h, tail, mem, k, s, t):
        h.load(mem("x"), t[0], tail)
        h("VSUBPS", k[0], t[0], t[0])
        h("VADDPS", t[0], s[0], s[0])
        h("VFMADD231PS", t[0], t[0], s[1])
    columns(f, "colMoments", letter, narrow, "s1, s2, x, k *float32",
            [("s1", "DI"), ("s2", "R8"), ("x", "SI"), ("k", "DX")], ["x"], ["k"], ["s1", "s2"], moments)

    def cross(h, tail, mem, k, s, t):
        h.load(mem("dy"), t[1], tail)
        h.load(mem("x"), t[0], tail)
        h("VSUBPS", k[0], t[0], t[0])
        h("VADDPS", t[1], s[0], s[0])
        h("VFMADD231PS", t[0], t[1], s[1])
    columns(f, "colCross", letter, narrow, "s1, s2, dy, x, k *float32",
            [("s1", "DI"), ("s2", "R8"), ("dy", "R9"), ("x", "SI"), ("k", "DX")],
            ["dy", "x"], ["k"], ["s1", "s2"], cross)

    def apply(h, tail, mem, k, s, t):
        h.load(mem("x"), t[0], tail)
        h("VSUBPS", k[0], t[0], t[0])
        h("VFMADD213PS", k[2], k[1], t[0])
        h.store(t[0], mem("y"), tail)
    columns(f, "colApply", letter, narrow, "y, x, k, a, b *float32",
            [("y", "DI"), ("x", "SI"), ("k", "DX"), ("a", "R8"), ("b", "R9")], ["y", "x"], ["k", "a", "b"], [], apply)

    def grad(h, tail, mem, k, s, t):
        h.load(mem("x"), t[0], tail)
        h.load(mem("dy"), t[1], tail)
        h("VSUBPS", k[0], t[0], t[0])
        h("VFMADD213PS", k[3], k[2], t[0])
        h("VFMADD213PS", t[0], k[1], t[1])
        h.store(t[1], mem("dx"), tail)
    columns(f, "colGrad", letter, narrow, "dx, dy, x, k, a, b, c *float32",
            [("dx", "DI"), ("dy", "R9"), ("x", "SI"), ("k", "DX"), ("a", "R8"), ("b", "R10"), ("c", "R11")],
            ["dx", "dy", "x"], ["k", "a", "b", "c"], [], grad)


def adam(f, letter):
    g = Asm(letter)
    g("MOVQ", "a+0(FP)", "R13")
    for field, reg in (("w", "DI"), ("m", "SI"), ("v", "DX"), ("avg", "R8"), ("grad", "R9"), ("n", "CX")):
        g("MOVQ", "adamArgs_%s(R13)" % field, reg)
    names = ("scale", "rest1", "beta1", "rest2", "beta2", "c2", "eps", "c1", "negDecay", "negLR", "ema")
    k = {name: g.r(4 + i) for i, name in enumerate(names)}
    for name in names:
        g("VBROADCASTSS", "adamArgs_%s(R13)" % name, k[name])

    def body(h, off, tail, u):
        a, m, b, v = [h.r(i + (15 + 4 * u if h.z else 0)) for i in range(4)]
        h.load("%d(R9)" % off, a, tail)
        h("VMULPS", k["scale"], a, a)
        h.load("%d(SI)" % off, m, tail)
        h("VMULPS", k["rest1"], a, b)
        h("VFMADD213PS", b, k["beta1"], m)
        h.store(m, "%d(SI)" % off, tail)
        h("VMULPS", k["rest2"], a, b)
        h("VMULPS", a, b, b)
        h.load("%d(DX)" % off, v, tail)
        h("VFMADD213PS", b, k["beta2"], v)
        h.store(v, "%d(DX)" % off, tail)
        h("VMULPS", k["c2"], v, v)
        h("VSQRTPS", v, v)
        h("VADDPS", k["eps"], v, v)
        h("VMULPS", k["c1"], m, m)
        h("VDIVPS", v, m, m)
        h.load("%d(DI)" % off, a, tail)
        h("VMOVAPS", a, b)
        h("VFMADD231PS", a, k["negDecay"], b)
        h("VFMADD231PS", m, k["negLR"], b)
        h.store(b, "%d(DI)" % off, tail)
        h.load("%d(R8)" % off, a, tail)
        h("VSUBPS", a, b, b)
        h("VFMADD231PS", b, k["ema"], a)
        h.store(a, "%d(R8)" % off, tail)
    stream(letter, "CX", ["DI", "SI", "DX", "R8", "R9"], body, g, 4 if letter == "Z" else 1)
    finish(g)
    f.function("adam" + suffix(letter), "a *adamArgs", 8, g)
