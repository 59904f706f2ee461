"""Philox4x32-10 and Box–Muller."""
from functions import *
from loops import *


def multiply(g, x, m, hi, lo, t):
    """hi, lo = the halves of the products x·m of 32-bit lanes; x is clobbered."""
    g("VPMULUDQ", m, x, lo)
    g("VPSRLQ", "$32", x, x)
    g("VPMULUDQ", m, x, x)
    if g.z:
        g("VMOVAPS", x, hi)
        g("VMOVSHDUP", lo, "K6", hi)
        g("VMOVSLDUP", x, "K5", lo)
        return
    g("VMOVSHDUP", lo, t)
    g("VBLENDPS", "$0xaa", x, t, hi)
    g("VMOVSLDUP", x, t)
    g("VBLENDPS", "$0xaa", t, lo, lo)


def philox(g):
    """Registers 0–3 = the words of one block for each lane; 4–9 are clobbered. R8 is
    the args, register 10 the lanes' block numbers, 11 and 12 the multipliers."""
    c = [g.r(i) for i in range(4)]
    hi0, lo0, hi1, lo1, t = [g.r(i) for i in range(4, 9)]
    g("VMOVAPS", g.r(10), c[0])
    for i, field in ((1, "low"), (2, "high"), (3, "purpose")):
        g("VPBROADCASTD", "drawArgs_%s(R8)" % field, c[i])
    for r in range(10):
        multiply(g, c[0], g.r(11), hi0, lo0, t)
        multiply(g, c[2], g.r(12), hi1, lo1, t)
        for hi, other, key in ((hi1, c[1], 2 * r), (hi0, c[3], 2 * r + 1)):
            mem = "drawArgs_keys+%d(R8)" % (4 * key)
            if g.z:
                g("VPTERNLOGD.BCST", "$0x96", mem, other, hi)
            else:
                g("VPBROADCASTD", mem, t)
                g("VPXOR", t, hi, hi)
                g("VPXOR", other, hi, hi)
        c, (hi0, lo0, hi1, lo1) = [hi1, lo1, hi0, lo0], (c[0], c[1], c[2], c[3])
    return c, (hi0, lo0, hi1, lo1)


def radius(g, a, e, p, z, t, f):
    """a = √(−2 ln((a+½)·2⁻³²)) of unsigned a."""
    if g.z:
        k = "K%d" % g.k
        g("VPCMPUD", "$5", NEARONE, a, k)
        g("VPXORD", ONES, a, k, a)
        g("VCVTUDQ2PS", a, a)
    else:
        g("VPXOR", SIGN, a, t)
        g("VPCMPGTD", NEARSIGNED, t, t)
        g("VPXOR", t, a, a)
        g("VPSRLD", "$16", a, z)
        g("VPAND", LOW16, a, a)
        g("VCVTDQ2PS", z, z)
        g("VCVTDQ2PS", a, a)
        g("VFMADD231PS", UP16, z, a)
    g("VADDPS", HALF, a, a)
    g("VMULPS", D32, a, a)
    if g.z:
        mantissa(g, a, e, f, z)
        g("VPXORD", SIGN, a, k, f)
        g("VPXORD", e, e, k, e)
    else:
        mantissa(g, a, e, f, z)
        g("VPXOR", SIGN, a, a)
        g.choose(t, a, f, f)
        g("VPANDN", e, t, e)
    logparts(g, f, e, p, z)
    g("VMULPS", NTWO, f, f)
    g("VSQRTPS", f, a)


def circle(g, b, r, s, c, z, j, x):
    """(r, b) = r·(cos, sin) of b·2π·2⁻³²."""
    g("VPADDD", EIGHTH, b, j)
    g("VPSRLD", "$30", j, j)
    g("VPSLLD", "$30", j, z)
    g("VPSUBD", z, b, x)
    g("VCVTDQ2PS", x, x)
    g("VMULPS", CIRCLE, x, x)
    quarters(g, x, s, c, z)
    quadrant(g, s, c, j, x, z)
    g("VMULPS", x, r, b)
    g("VPADDD", IONE, j, j)
    quadrant(g, s, c, j, x, z)
    g("VMULPS", x, r, r)


def draw(f, letter, normal):
    g = Asm(letter)
    args(g, dst=(0, "DI"), groups=(8, "CX"), d=(16, "R8"))
    n = g.n
    block = g.r(10)
    if g.z:
        g("MOVL", "$0xaaaa", "AX")
        g("KMOVW", "AX", "K5")
        g("MOVL", "$0x5555", "AX")
        g("KMOVW", "AX", "K6")
    else:
        g("ADDQ", "CX", "CX")
    g("VPBROADCASTD", "drawArgs_block(R8)", block)
    g("VPADDD", "vecLanes%s<>(SB)" % suffix(letter), block, block)
    g.set(M0, g.r(11))
    g.set(M1, g.r(12))
    g.label("loop")
    c, spare = philox(g)
    if normal:
        for a, b in ((c[0], c[1]), (c[2], c[3])):
            t = list(spare) + [g.r(8), g.r(9)]
            radius(g, a, *t[:4], t[4])
            circle(g, b, a, *t[:5])
    else:
        for w in c:
            g("VPSRLD", "$9", w, w)
            g("VCVTDQ2PS", w, w)
            g("VADDPS", HALF, w, w)
            g("VMULPS", D23, w, w)
    t0, t1, t2, t3 = spare
    g("VUNPCKLPS", c[1], c[0], t0)
    g("VUNPCKHPS", c[1], c[0], t1)
    g("VUNPCKLPS", c[3], c[2], t2)
    g("VUNPCKHPS", c[3], c[2], t3)
    for i, (op, x, y) in enumerate((("VUNPCKLPD", t0, t2), ("VUNPCKHPD", t0, t2), ("VUNPCKLPD", t1, t3),
                                    ("VUNPCKHPD", t1, t3))):
        g(op, y, x, g.r(8))
        g("VMOVUPS", g.r(8), "%d(DI)" % (4 * n * i))
    g("VPADDD", "vecStep%s<>(SB)" % suffix(letter), block, block)
    g("ADDQ", "$%d" % (16 * n), "DI")
    g("DECQ", "CX")
    g("JNZ", "loop")
    finish(g)
    f.function(("normals" if normal else "uniforms") + suffix(letter), "dst *float32, groups int, d *drawArgs", 24, g)
