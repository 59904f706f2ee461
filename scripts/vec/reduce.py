"""Reductions in 64 lanes."""
from functions import *
from loops import *


def lane_loop(g, accs, pointers, body):
    """accs: pointer registers of the lanes. body(h, u, off, tail, sums) adds one
    vector into its sums. Y does lanes 0–31 and then 32–63, 4 vectors at a time."""
    n = g.n
    halves = 64 // (4 * n)
    for half in range(halves):
        base = 16 * n * half
        for p in pointers:
            g("MOVQ", p, {"SI": "R8", "DX": "R9", "DI": "R10"}[p])
        g("MOVQ", "CX", "R11")
        if base:
            for p in pointers:
                g("ADDQ", "$%d" % base, {"SI": "R8", "DX": "R9", "DI": "R10"}[p])
            g("SUBQ", "$%d" % (base // 4), "R11")
        for i, acc in enumerate(accs):
            for u in range(4):
                g("VMOVUPS", "%d(%s)" % (base + 4 * n * u, acc), g.r(4 * i + u))
        g.label("main%d" % half)
        g("CMPQ", "R11", "$%d" % (4 * n))
        g("JLT", "tail%d" % half)
        for u in range(4):
            body(g, u, 4 * n * u, False, [g.r(4 * i + u) for i in range(len(accs))])
        for p in pointers:
            g("ADDQ", "$256", {"SI": "R8", "DX": "R9", "DI": "R10"}[p])
        g("SUBQ", "$64", "R11")
        g("JMP", "main%d" % half)
        g.label("tail%d" % half)
        for u in range(4):
            g("CMPQ", "R11", "$0")
            g("JLE", "save%d" % half)
            g.tailmask("R11")
            body(g, u, 4 * n * u, True, [g.r(4 * i + u) for i in range(len(accs))])
            g("SUBQ", "$%d" % n, "R11")
        g.label("save%d" % half)
        for i, acc in enumerate(accs):
            for u in range(4):
                g("VMOVUPS", g.r(4 * i + u), "%d(%s)" % (base + 4 * n * u, acc))
    finish(g)


def kept(h, r, tail):
    """Zeroes the lanes of r beyond the end."""
    if tail and h.z:
        h("VMOVAPS.Z", r, "K1", r)
    elif tail:
        h("VANDPS", "Y15", r, r)


def lanes(f, letter):
    sx = suffix(letter)
    t = [8, 9, 10, 11]

    def regs(h):
        return [h.r(i) for i in t]

    g = Asm(letter)
    args(g, acc=(0, "R12"), x=(8, "SI"), n=(16, "CX"))

    def add(h, u, off, tail, s):
        x = regs(h)[0]
        h.load("%d(R8)" % off, x, tail)
        h("VADDPS", x, s[0], s[0])
    lane_loop(g, ["R12"], ["SI"], add)
    f.function("laneSum" + sx, "acc *Lanes, x *float32, n int", 24, g)

    g = Asm(letter)
    args(g, acc=(0, "R12"), x=(8, "SI"), y=(16, "DX"), n=(24, "CX"))

    def dot(h, u, off, tail, s):
        x, y = regs(h)[:2]
        h.load("%d(R8)" % off, x, tail)
        h.load("%d(R9)" % off, y, tail)
        h("VFMADD231PS", y, x, s[0])
    lane_loop(g, ["R12"], ["SI", "DX"], dot)
    f.function("laneDot" + sx, "acc *Lanes, x, y *float32, n int", 32, g)

    g = Asm(letter)
    args(g, acc=(0, "R12"), x=(8, "SI"), n=(16, "CX"))

    def most(h, u, off, tail, s):
        x = regs(h)[0]
        h.load("%d(R8)" % off, x, tail)
        if tail and h.z:
            h("VMAXPS", s[0], x, "K1", s[0])
            return
        if tail:
            h("VBLENDVPS", "Y15", x, s[0], x)
        h("VMAXPS", s[0], x, s[0])
    lane_loop(g, ["R12"], ["SI"], most)
    f.function("laneMax" + sx, "acc *Lanes, x *float32, n int", 24, g)

    g = Asm(letter)
    args(g, acc=(0, "R12"), y=(8, "DI"), x=(16, "SI"), n=(32, "CX"))
    g("VBROADCASTSS", "top+24(FP)", g.r(12))

    def expsum(h, u, off, tail, s):
        x = regs(h)
        h.load("%d(R8)" % off, x[0], tail)
        h("VSUBPS", h.r(12), x[0], x[0])
        exp(h, *x)
        h.store(x[0], "%d(R10)" % off, tail)
        kept(h, x[0], tail)
        h("VADDPS", x[0], s[0], s[0])
    lane_loop(g, ["R12"], ["SI", "DI"], expsum)
    f.function("laneExp" + sx, "acc *Lanes, y, x *float32, top float32, n int", 40, g)

    g = Asm(letter)
    args(g, s1=(0, "R12"), s2=(8, "R13"), x=(16, "SI"), n=(32, "CX"))
    g("VBROADCASTSS", "k+24(FP)", g.r(12))

    def moments(h, u, off, tail, s):
        x = regs(h)[0]
        h.load("%d(R8)" % off, x, tail)
        h("VSUBPS", h.r(12), x, x)
        kept(h, x, tail)
        h("VADDPS", x, s[0], s[0])
        h("VFMADD231PS", x, x, s[1])
    lane_loop(g, ["R12", "R13"], ["SI"], moments)
    f.function("laneMoments" + sx, "s1, s2 *Lanes, x *float32, k float32, n int", 40, g)

    g = Asm(letter)
    args(g, s1=(0, "R12"), s2=(8, "R13"), dy=(16, "SI"), x=(24, "DX"), gamma=(32, "DI"), n=(40, "CX"))
    for i, name in enumerate(("k+48(FP)", "r+52(FP)", "d+56(FP)")):
        g("VBROADCASTSS", name, g.r(12 + i))

    def rowsums(h, u, off, tail, s):
        p, x, gamma = regs(h)[:3]
        h.load("%d(R8)" % off, p, tail)
        h.load("%d(R10)" % off, gamma, tail)
        h("VMULPS", gamma, p, p)
        h.load("%d(R9)" % off, x, tail)
        h("VSUBPS", h.r(12), x, x)
        h("VFMADD213PS", h.r(14), h.r(13), x)
        kept(h, x, tail)
        h("VADDPS", p, s[0], s[0])
        h("VFMADD231PS", x, p, s[1])
    lane_loop(g, ["R12", "R13"], ["SI", "DX", "DI"], rowsums)
    f.function("rowSums" + sx, "s1, s2 *Lanes, dy, x, gamma *float32, n int, k, r, d float32", 60, g)


def folds(f, letter):
    """The end of a reduction: 64 lanes to one number."""
    g = Asm(letter)
    args(g, acc=(0, "SI"))
    per = g.n // 2  # float64 in a vector
    count = 8 // per
    for i in range(0, 64, per):
        u = i // per % count
        half = "%s%d" % ("Y" if g.z else "X", 4 + u)
        g("VMOVUPS", "%d(SI)" % (4 * i), half)
        g("VCVTPS2PD", half, g.r(4 + u))
        g("VMOVAPD" if i < 8 else "VADDPD", *([g.r(4 + u), g.r(u)] if i < 8 else [g.r(4 + u), g.r(u), g.r(u)]))
    if g.z:
        g("VEXTRACTF64X4", "$1", "Z0", "Y1")
    g("VADDPD", "Y1", "Y0", "Y0")
    g("VEXTRACTF128", "$1", "Y0", "X1")
    g("VADDPD", "X1", "X0", "X0")
    g("VPERMILPD", "$1", "X0", "X1")
    g("VADDSD", "X1", "X0", "X0")
    g("VMOVSD", "X0", "sum+8(FP)")
    finish(g)
    f.function("laneFold" + suffix(letter), "acc *Lanes) (sum float64", 16, g)

    g = Asm(letter)
    args(g, acc=(0, "SI"))
    for u in range(4):
        g("VMOVUPS", "%d(SI)" % (4 * g.n * u), g.r(u))
    for i in range(4 * g.n, 64, g.n):
        g("VMAXPS", "%d(SI)" % (4 * i), g.r(i // g.n % 4), g.r(i // g.n % 4))
    for a, b in ((0, 1), (2, 3), (0, 2)):
        g("VMAXPS", g.r(b), g.r(a), g.r(a))
    if g.z:
        g("VEXTRACTF64X4", "$1", "Z0", "Y1")
        g("VMAXPS", "Y1", "Y0", "Y0")
    g("VEXTRACTF128", "$1", "Y0", "X1")
    g("VMAXPS", "X1", "X0", "X0")
    for imm in ("$0x0e", "$0x01"):
        g("VPERMILPS", imm, "X0", "X1")
        g("VMAXPS", "X1", "X0", "X0")
    g("VMOVSS", "X0", "top+8(FP)")
    finish(g)
    f.function("laneTop" + suffix(letter), "acc *Lanes) (top float32", 12, g)
