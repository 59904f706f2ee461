#!/usr/bin/env python3
"""Writes cpu/kernel/vec_amd64.s and vec_amd64.go: the vector primitives.

    python3 scripts/gen-vec.py           write both files
    python3 scripts/gen-vec.py --check   exit 1 if they differ from what is committed

Every kernel is written once, for vectors of letter Z (AVX-512) or Y (AVX2 with
FMA), and does the float32 operations of its Go form (vec*_go.go, norm_go.go, …)
in the same order, so that the levels agree to the bit. Tails are masked: lanes
beyond the end are read as zeros and not written.

A constant is 32 bytes of one float; Z reads 4 of them and broadcasts.
Registers: vectors 0… are the kernel's, Y15 is the tail's mask at Y, K1 at Z.
"""
import os
import struct
import subprocess
import sys

DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cpu", "kernel")

CONSTANTS = {}  # name: 32 bits


def f32(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def const(name, value=None, raw=None):
    CONSTANTS[name] = raw if raw is not None else f32(value)
    return "vec_%s<>(SB)" % name


ONE, HALF, NHALF = const("one", 1), const("half", 0.5), const("nhalf", -0.5)
INF, NINF = const("inf", raw=0x7F800000), const("ninf", raw=0xFF800000)
NAN = const("nan", raw=0x7FC00000)
SIGN, ABS = const("sign", raw=0x80000000), const("abs", raw=0x7FFFFFFF)
NMAX = const("nmax", raw=0xFF7FFFFF)
MANT, BIAS = const("mantissa", raw=0x7FFFFF), const("bias", raw=127)
ONES, IONE, ITWO = const("ones", raw=0xFFFFFFFF), const("ione", raw=1), const("itwo", raw=2)
LOG2E, LN2HI, LN2LO = const("log2e", 1.44269504088896341), const("ln2hi", 0.693359375), const("ln2lo", -2.12194440e-4)
EXPLOW, EXPHIGH = const("explow", -104), const("exphigh", 89)
SQRT2, TINY = const("sqrt2", 1.41421356237309505), const("tiny", 2.0**-126)
UP23, N23 = const("up23", 2.0**23), const("n23", -23)
TWOPI, NTWO = const("twooverpi", 0.636619772367581343), const("ntwo", -2)
PIO2 = [const("pio2a", float.fromhex("0x1.921fb6p0")), const("pio2b", float.fromhex("-0x1.777a5cp-25")),
        const("pio2c", float.fromhex("-0x1.ee59dap-50"))]
TANHCUT = const("tanhcut", 0.625)
D23, D32 = const("down23", 2.0**-23), const("down32", 2.0**-32)
CIRCLE = const("circle", 2 * 3.14159265358979323846 * 2.0**-32)
EIGHTH, NEARONE = const("eighth", raw=1 << 29), const("nearone", raw=0xB504F334)
NEARSIGNED = const("nearsigned", raw=(0xB504F333 ^ 0x80000000))
LOW16, UP16 = const("low16", raw=0xFFFF), const("up16", 65536)
M0, M1 = const("m0", raw=0xD2511F53), const("m1", raw=0xCD9E8D57)


def poly(name, cs):
    return [const("%s%d" % (name, i), c) for i, c in enumerate(cs)]


EXP = poly("exp", [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
                   5.0000001201e-1]) + [ONE, ONE]
LOG = poly("log", [7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                   -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1])
SIN = poly("sin", [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
COS = poly("cos", [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
TANH = poly("tanh", [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                     -3.33332819422e-1])


class Asm:
    """Instructions for one vector letter. g(op, …) writes Go operand order: sources
    last to first, then the destination; a constant among them is broadcast."""

    def __init__(self, letter, mask=2):
        self.w, self.n, self.lines, self.k = letter, 16 if letter == "Z" else 8, [], mask
        self.z = letter == "Z"

    def __call__(self, op, *args):
        if self.z and any(a.startswith("vec_") for a in args) and "BROADCAST" not in op:
            op += ".BCST"
        self.lines.append("\t%s %s" % (op, ", ".join(args)) if args else "\t" + op)

    def label(self, name):
        self.lines.append(name + ":")

    def r(self, i):
        return "%s%d" % (self.w, i)

    def set(self, c, dst):
        self("VBROADCASTSS", c, dst)

    # Logic, whose names differ between the letters.
    def logic(self, op, a, b, dst):
        self(op + "D" if self.z else op, a, b, dst)

    def choose(self, mask, yes, no, dst):
        """dst = mask ? yes : no; a mask is a K register at Z, a vector at Y."""
        if not self.z:
            self("VBLENDVPS", mask, yes, no, dst)
        else:
            self("VBLENDMPS", yes, no, mask, dst)

    def compare(self, op, a, b, tmp, k=0):
        """The mask of a op b (b may be a constant)."""
        imm = {"eq": 0, "unordered": 3, "less": 17, "greater": 30, "notgreaterequal": 9}[op]
        m = "K%d" % (self.k + k) if self.z else tmp
        self("VCMPPS", "$%d" % imm, b, a, m)
        return m

    def horner(self, x, p, cs):
        self.set(cs[0], p)
        for c in cs[1:]:
            self("VFMADD213PS", c, x, p)

    def round(self, x, dst):
        self("VRNDSCALEPS" if self.z else "VROUNDPS", "$8", x, dst)

    def load(self, mem, r, tail=False):
        if not tail:
            self("VMOVUPS", mem, r)
        elif self.z:
            self("VMOVUPS.Z", mem, "K1", r)
        else:
            self("VMASKMOVPS", mem, "Y15", r)

    def store(self, r, mem, tail=False):
        if not tail:
            self("VMOVUPS", r, mem)
        elif self.z:
            self("VMOVUPS", r, "K1", mem)
        else:
            self("VMASKMOVPS", r, "Y15", mem)

    def tailmask(self, count, tmp="AX", tmp2="BX"):
        """The mask of the first min(count, n) lanes; count is a register > 0, < 2⁷."""
        if self.z:
            self("MOVL", "$-1", tmp)
            self("BZHIL", count, tmp, tmp)
            self("KMOVW", tmp, "K1")
            return
        self("MOVQ", count, tmp)
        self("CMPQ", tmp, "$8")
        self.lines.append("\tJLE 2(PC)")
        self("MOVQ", "$8", tmp)
        self("NEGQ", tmp)
        self("LEAQ", "vecMask<>+32(SB)", tmp2)
        self("VMOVUPS", "(%s)(%s*4)" % (tmp2, tmp), "Y15")


# ---- functions of one vector, in the order of their Go forms ----------------

def exp(g, x, n, p, t):
    """x = exp(x); n, p, t are clobbered."""
    g.set(EXPHIGH, t)
    g("VMINPS", x, t, x)
    g.set(EXPLOW, t)
    g("VMAXPS", x, t, x)
    g("VMULPS", LOG2E, x, n)
    g.round(n, n)
    g("VFNMADD231PS", LN2HI, n, x)
    g("VFNMADD231PS", LN2LO, n, x)
    g.horner(x, p, EXP)
    if g.z:
        g("VSCALEFPS", n, p, x)
        return
    g("VCVTPS2DQ", n, n)
    g("VPSRAD", "$1", n, t)
    g("VPSUBD", t, n, n)
    for h in (t, n):
        g("VPADDD", BIAS, h, h)
        g("VPSLLD", "$23", h, h)
    g("VMULPS", t, p, p)
    g("VMULPS", n, p, x)


def mantissa(g, x, e, m, t):
    """x = 2^e·(1+m), 1+m in (√½, √2], for normal x > 0; m may be x."""
    if g.z:
        g("VGETEXPPS", x, e)
        g("VGETMANTPS", "$8", x, m)
        k = g.compare("greater", m, SQRT2, None, 1)
        g("VMULPS", HALF, m, k, m)
        g("VADDPS", ONE, e, k, e)
    else:
        g("VPSRLD", "$23", x, e)
        g("VPSUBD", BIAS, e, e)
        g("VCVTDQ2PS", e, e)
        g("VPAND", MANT, x, m)
        g("VPOR", ONE, m, m)
        g.compare("greater", m, SQRT2, t)
        g("VANDPS", ONE, t, "Y14")
        g("VADDPS", "Y14", e, e)
        g("VMULPS", HALF, m, "Y14")
        g.choose(t, "Y14", m, m)
    g("VSUBPS", ONE, m, m)


def logparts(g, f, e, p, z):
    """f = e·ln 2 + ln(1+f)."""
    g("VMULPS", f, f, z)
    g.horner(f, p, LOG)
    g("VMULPS", f, p, p)
    g("VMULPS", z, p, p)
    g("VFMADD231PS", LN2LO, e, p)
    g("VFMADD231PS", NHALF, z, p)
    g("VADDPS", p, f, f)
    g("VFMADD231PS", LN2HI, e, f)


def log(g, x, m, e, p, z):
    """m = log(x); x is kept."""
    if g.z:
        mantissa(g, x, e, m, z)
        logparts(g, m, e, p, z)
        g("VXORPS", p, p, p)
        k = g.compare("eq", x, p, None)
        g("VBROADCASTSS", NINF, k, m)
        k = g.compare("eq", x, INF, None)
        g("VMOVAPS", x, k, m)
        return
    g("VMOVAPS", x, m)
    g.compare("less", x, TINY, p)
    g("VMULPS", UP23, x, z)
    g.choose(p, z, x, m)
    g("VANDPS", N23, p, p)
    mantissa(g, m, e, m, z)
    g("VADDPS", p, e, e)
    logparts(g, m, e, p, z)
    g("VXORPS", p, p, p)
    g.set(NAN, e)
    g.compare("notgreaterequal", x, p, z)
    g.choose(z, e, m, m)
    g.set(NINF, e)
    g.compare("eq", x, p, z)
    g.choose(z, e, m, m)
    g.compare("eq", x, INF, z)
    g.choose(z, x, m, m)


def quarters(g, r, s, c, z):
    """s = sin r, c = cos r for |r| ≤ π/4; r and z are clobbered."""
    g("VMULPS", r, r, z)
    g.horner(z, s, SIN)
    g("VMULPS", z, s, s)
    g("VFMADD213PS", r, r, s)
    g.horner(z, c, COS)
    g("VMULPS", z, z, r)
    g("VMULPS", NHALF, z, z)  # exact, so this is one fma
    g("VADDPS", ONE, z, z)
    g("VFMADD213PS", z, r, c)


def quadrant(g, s, c, j, dst, t, odd=False):
    """dst = sin(r + j·π/2) from s = sin r, c = cos r; dst may be s, not c."""
    if g.z:
        k = "K%d" % g.k
        g("VPTESTMD", IONE, j, k)
    else:
        k = t
        g("VPSLLD", "$31", j, t)
    g.choose(k, c, s, dst)
    g.logic("VPAND", ITWO, j, t)
    g("VPSLLD", "$30", t, t)
    g.logic("VPXOR", t, dst, dst)


def sincos(add):
    def f(g, x, n, s, c, z):
        g("VMULPS", TWOPI, x, n)
        g.round(n, n)
        for part in PIO2:
            g("VFNMADD231PS", part, n, x)
        g("VCVTPS2DQ", n, n)
        if add:
            g("VPADDD", IONE, n, n)
        quarters(g, x, s, c, z)
        quadrant(g, s, c, n, x, z)
    return f


def tanh(g, x, a, n, p, t, y):
    g("VMULPS", x, x, y)
    g.horner(y, a, TANH)
    g("VMULPS", y, a, y)
    g("VFMADD213PS", x, x, y)  # y = near 0
    g.logic("VPAND", ABS, x, a)
    g("VADDPS", a, a, a)
    exp(g, a, n, p, t)
    g("VADDPS", ONE, a, a)
    g.set(ONE, n)
    g("VADDPS", n, n, t)
    g("VDIVPS", a, t, t)
    g("VSUBPS", t, n, n)
    g.logic("VPAND", SIGN, x, p)
    g.logic("VPOR", p, n, n)
    g.logic("VPAND", ABS, x, p)
    k = g.compare("less", p, TANHCUT, t)
    g.choose(k, y, n, x)


def logistic(g, x, e, n, p, t):
    """e = numerator, n = denominator of 1/(1+exp(−x))."""
    g.logic("VPOR", SIGN, x, e)
    exp(g, e, n, p, t)
    g("VADDPS", ONE, e, n)
    g.set(ONE, p)
    if g.z:
        g("VPMOVD2M", x, "K%d" % g.k)
        g.choose("K%d" % g.k, e, p, e)
    else:
        g.choose(x, e, p, e)


def sigmoid(g, x, e, n, p, t):
    logistic(g, x, e, n, p, t)
    g("VDIVPS", n, e, x)


def silu(g, x, e, n, p, t):
    logistic(g, x, e, n, p, t)
    g.set(NMAX, t)
    g("VMAXPS", x, t, x)
    g("VMULPS", e, x, x)
    g("VDIVPS", n, x, x)


def extreme(op):
    def f(g, a, b, t, m):
        k = g.compare("unordered", a, b, m)
        g("VADDPS", b, a, t)
        g(op, b, a, a)
        g.choose(k, t, a, a)
    return f


def less(g, a, b, t):
    k = g.compare("less", a, b, t)
    if g.z:
        g("VBROADCASTSS.Z", ONE, k, a)
    else:
        g("VANDPS", ONE, k, a)


def op3(op):
    return lambda g, a, b: g(op, b, a, a)


def recip(g, x, t):
    g.set(ONE, t)
    g("VDIVPS", x, t, x)


def logr(g, x, m, e, p, z):
    log(g, x, m, e, p, z)
    g("VMOVAPS", m, x)


# kind: (function, operands, registers, vectors at once at Z)
POINTWISE = {
    "Scale": (lambda g, x: g("VMULPS", g.r(13), x, x), 1, 1, 4),
    "Shift": (lambda g, x: g("VADDPS", g.r(13), x, x), 1, 1, 4),
    "Fill": (lambda g, x: g("VMOVAPS", g.r(13), x), 0, 1, 4),
    "Exp": (exp, 1, 4, 2),
    "Log": (logr, 1, 5, 2),
    "Sqrt": (lambda g, x: g("VSQRTPS", x, x), 1, 1, 4),
    "Recip": (recip, 1, 2, 4),
    "Sin": (sincos(False), 1, 5, 2),
    "Cos": (sincos(True), 1, 5, 2),
    "Tanh": (tanh, 1, 6, 2),
    "Sigmoid": (sigmoid, 1, 5, 2),
    "SiLU": (silu, 1, 5, 2),
    "Add": (op3("VADDPS"), 2, 2, 4),
    "Sub": (op3("VSUBPS"), 2, 2, 4),
    "Mul": (op3("VMULPS"), 2, 2, 4),
    "Div": (op3("VDIVPS"), 2, 2, 4),
    "Min": (extreme("VMINPS"), 2, 4, 2),
    "Max": (extreme("VMAXPS"), 2, 4, 2),
    "Less": (less, 2, 3, 2),
}
BLOCK = "dst, a, b *float32, n int, imm float32"


class File:
    """The functions of one instruction set: text, and what Go must declare."""

    def __init__(self):
        self.text, self.decls = [], []

    def function(self, name, params, size, g, doc=None):
        self.decls.append((name, params, doc))
        self.text += ["// func %s(%s)" % (name, params), "TEXT ·%s(SB), NOSPLIT, $0-%d" % (name, size)]
        self.text += g.lines + [""]


def suffix(letter):
    return "512" if letter == "Z" else "256"


def args(g, **where):
    for name, (offset, reg) in where.items():
        g("MOVQ", "%s+%d(FP)" % (name, offset), reg)


def finish(g):
    g("VZEROUPPER")
    g("RET")


def stream(letter, count, pointers, body, g, unroll):
    """A loop over CX elements: body(g, off, tail, u) does one vector whose operands
    are at off(pointer); the pointers advance. Z runs unroll vectors at once."""
    n = 16 if letter == "Z" else 8

    def advance(k):
        for p in pointers:
            g("ADDQ", "$%d" % (4 * n * k), p)

    def together(k, tail):
        parts = []
        for u in range(k):
            h = Asm(letter, 2 + 2 * u)
            body(h, 4 * n * u, tail, u)
            parts.append(h.lines)
        if letter == "Z":  # interleave what is independent
            for i in range(max(map(len, parts))):
                g.lines += [p[i] for p in parts if i < len(p)]
        else:
            for p in parts:
                g.lines += p

    g.label("main")
    g("CMPQ", count, "$%d" % (n * unroll))
    g("JLT", "tail")
    together(unroll, False)
    advance(unroll)
    g("SUBQ", "$%d" % (n * unroll), count)
    g("JMP", "main")
    g.label("tail")
    g("TESTQ", count, count)
    g("JLE", "done")
    g.tailmask(count)
    together(1, True)
    advance(1)
    g("SUBQ", "$%d" % n, count)
    g("JMP", "tail")
    g.label("done")


def pointwise(f, letter):
    for kind, (fn, operands, regs, unroll) in POINTWISE.items():
        if letter == "Y" and regs > 2:
            unroll = 1
        g = Asm(letter)
        args(g, dst=(0, "DI"), a=(8, "SI"), b=(16, "DX"), n=(24, "CX"))
        g("VBROADCASTSS", "imm+32(FP)", g.r(13))

        def body(h, off, tail, u):
            rs = [h.r(u * regs + i) for i in range(regs)]
            for r, p in list(zip(rs, ("SI", "DX")))[:operands]:
                h.load("%d(%s)" % (off, p), r, tail)
            fn(h, *rs)
            h.store(rs[0], "%d(DI)" % off, tail)

        stream(letter, "CX", ["DI", "SI", "DX"], body, g, unroll)
        finish(g)
        f.function(kind.lower() + suffix(letter), BLOCK, 36, g)


def beyond(f, letter):
    """Whether any |x[i]| > limit, or is NaN."""
    g = Asm(letter)
    args(g, x=(0, "SI"), n=(8, "CX"))
    limit, some, t = g.r(10), g.r(11), g.r(12)
    g("VBROADCASTSS", "limit+16(FP)", limit)
    g.logic("VPXOR", some, some, some)

    def body(h, off, tail, u):
        x = h.r(0)
        h.load("%d(SI)" % off, x, tail)
        h.logic("VPAND", ABS, x, x)
        if letter == "Z":
            h("VCMPPS", "$6", limit, x, "K2")
            h("VPTERNLOGD", "$0xff", some, some, "K2", some)
        else:
            h("VCMPPS", "$6", limit, x, x)
            h("VORPS", x, some, some)

    stream(letter, "CX", ["SI"], body, g, 1)
    if letter == "Z":
        g("VPMOVD2M", some, "K2")
        g("KMOVW", "K2", "AX")
    else:
        g("VMOVMSKPS", some, "AX")
    g("MOVL", "AX", "lanes+24(FP)")
    finish(g)
    f.function("beyond" + suffix(letter), "x *float32, n int, limit float32) (lanes uint32", 28, g,
               "is not 0 if any |x[i]| > limit or is NaN.")


# ---- reductions in 64 lanes ---------------------------------------------------

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


# ---- rows and columns of a normalisation ------------------------------------

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
    args(g, dx=(0, "DI"), dgamma=(8, "R8"), dbeta=(16, "R9"), dy=(24, "R10"), x=(32, "SI"), gamma=(40, "DX"), n=(48, "CX"))
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
            [("s1", "DI"), ("s2", "R8"), ("dy", "R9"), ("x", "SI"), ("k", "DX")], ["dy", "x"], ["k"], ["s1", "s2"], cross)

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


# ---- rows of attention ----------------------------------------------------------

def horizontal(g, op):
    """Vector 0's lanes to one: the upper half onto the lower, four times. Then the
    result is in every lane of vector 0."""
    if g.z:
        g("VEXTRACTF64X4", "$1", "Z0", "Y1")
        g(op, "Y1", "Y0", "Y0")
    else:
        g(op, "Y1", "Y0", "Y0")
    g("VEXTRACTF128", "$1", "Y0", "X1")
    g(op, "X1", "X0", "X0")
    for imm in ("$0x0e", "$0x01"):
        g("VPERMILPS", imm, "X0", "X1")
        g(op, "X1", "X0", "X0")
    g("VBROADCASTSS", "X0", g.r(0))


def pass16(g, label, pointers, body):
    """Runs body over R9 elements, 16 at a time in sums 0 (and 1 at Y), with a tail."""
    steps = 16 // g.n
    for p, copy in pointers:
        g("MOVQ", p, copy)
    g("MOVQ", "R9", "CX")
    g.label(label)
    g("CMPQ", "CX", "$16")
    g("JLT", label + "tail")
    for u in range(steps):
        body(u, 4 * g.n * u, False)
    for _, copy in pointers:
        g("ADDQ", "$64", copy)
    g("SUBQ", "$16", "CX")
    g("JMP", label)
    g.label(label + "tail")
    for u in range(steps):
        g("TESTQ", "CX", "CX")
        g("JLE", label + "end")
        g.tailmask("CX")
        body(u, 4 * g.n * u, True)
        g("SUBQ", "$%d" % g.n, "CX")
    g.label(label + "end")


def attentions(f, letter):
    g = Asm(letter)
    steps = 16 // g.n
    args(g, y=(0, "DI"), x=(8, "SI"), rows=(16, "R8"), n=(24, "R9"), stride=(32, "R10"))
    g("VBROADCASTSS", "scale+40(FP)", g.r(12))
    g("SHLQ", "$2", "R10")
    t = [g.r(i) for i in (8, 9, 10, 11)]
    g.label("row")
    for u in range(steps):
        g.set(NINF, g.r(u))

    def top(u, off, tail):
        g.load("%d(R11)" % off, t[0], tail)
        if tail and g.z:
            g("VMAXPS", g.r(u), t[0], "K1", g.r(u))
            return
        if tail:
            g("VBLENDVPS", "Y15", t[0], g.r(u), t[0])
        g("VMAXPS", g.r(u), t[0], g.r(u))
    pass16(g, "top", [("SI", "R11")], top)
    horizontal(g, "VMAXPS")
    g("VMOVAPS", g.r(0), g.r(13))
    for u in range(steps):
        g.logic("VPXOR", g.r(u), g.r(u), g.r(u))

    def power(u, off, tail):
        g.load("%d(R11)" % off, t[0], tail)
        g("VSUBPS", g.r(13), t[0], t[0])
        g("VMULPS", g.r(12), t[0], t[0])
        exp(g, *t)
        g.store(t[0], "%d(R12)" % off, tail)
        kept(g, t[0], tail)
        g("VADDPS", t[0], g.r(u), g.r(u))
    pass16(g, "power", [("SI", "R11"), ("DI", "R12")], power)
    horizontal(g, "VADDPS")
    g.set(ONE, t[1])
    g("VDIVPS", g.r(0), t[1], t[1])

    def divide(u, off, tail):
        g.load("%d(R12)" % off, t[0], tail)
        g("VMULPS", t[1], t[0], t[0])
        g.store(t[0], "%d(R12)" % off, tail)
    pass16(g, "divide", [("DI", "R12")], divide)
    for p in ("SI", "DI"):
        g("ADDQ", "R10", p)
    g("DECQ", "R8")
    g("JNZ", "row")
    finish(g)
    f.function("softmaxRows" + suffix(letter), "y, x *float32, rows, n, stride int, scale float32", 44, g)

    g = Asm(letter)
    args(g, ds=(0, "DI"), p=(8, "SI"), rows=(16, "R8"), n=(24, "R9"), stride=(32, "R10"))
    g("VBROADCASTSS", "scale+40(FP)", g.r(12))
    g("SHLQ", "$2", "R10")
    t = [g.r(i) for i in (8, 9)]
    g.label("row")
    for u in range(steps):
        g.logic("VPXOR", g.r(u), g.r(u), g.r(u))

    def mean(u, off, tail):
        g.load("%d(R11)" % off, t[0], tail)
        g.load("%d(R12)" % off, t[1], tail)
        g("VFMADD231PS", t[1], t[0], g.r(u))
    pass16(g, "mean", [("SI", "R11"), ("DI", "R12")], mean)
    horizontal(g, "VADDPS")

    def grad(u, off, tail):
        g.load("%d(R11)" % off, t[0], tail)
        g.load("%d(R12)" % off, t[1], tail)
        g("VSUBPS", g.r(0), t[1], t[1])
        g("VMULPS", t[0], t[1], t[1])
        g("VMULPS", g.r(12), t[1], t[1])
        g.store(t[1], "%d(R12)" % off, tail)
    pass16(g, "grad", [("SI", "R11"), ("DI", "R12")], grad)
    for p in ("SI", "DI"):
        g("ADDQ", "R10", p)
    g("DECQ", "R8")
    g("JNZ", "row")
    finish(g)
    f.function("scoreRows" + suffix(letter), "ds, p *float32, rows, n, stride int, scale float32", 44, g)


# ---- runs ---------------------------------------------------------------------

def runs(f, letter):
    """Moves runs of a fixed length between a block and places listed by offset."""
    for name in ("gatherRuns", "scatterRuns", "spreadRuns"):
        g = Asm(letter)
        args(g, dst=(0, "DI"), src=(8, "SI"), offsets=(16, "DX"), length=(24, "R9"), count=(32, "R8"))
        g("MOVQ", "R9", "R10")
        g("ANDQ", "$%d" % (g.n - 1), "R10")
        g("SHRQ", "$%d" % (4 if g.z else 3), "R9")
        # R12 goes on from run to run, R11 is looked up.
        near, far = ("SI", "DI") if name == "scatterRuns" else ("DI", "SI")
        src, dst = ("R12", "R11") if name == "scatterRuns" else ("R11", "R12")
        g("MOVQ", near, "R12")
        g("TESTQ", "R10", "R10")
        g("JZ", "loop")
        g.tailmask("R10")
        g.label("loop")
        g("MOVLQSX", "(DX)", "AX")
        g("ADDQ", "$4", "DX")
        g("LEAQ", "(%s)(AX*4)" % far, "R11")
        if name == "spreadRuns":
            g("VBROADCASTSS", "(R11)", g.r(0))
        g("MOVQ", "R9", "CX")
        g("TESTQ", "CX", "CX")
        g("JZ", "tail")
        g.label("whole")
        if name != "spreadRuns":
            g.load("(%s)" % src, g.r(0))
        g.store(g.r(0), "(%s)" % dst)
        g("ADDQ", "$%d" % (4 * g.n), "R11")
        g("ADDQ", "$%d" % (4 * g.n), "R12")
        g("DECQ", "CX")
        g("JNZ", "whole")
        g.label("tail")
        g("TESTQ", "R10", "R10")
        g("JZ", "next")
        if name != "spreadRuns":
            g.load("(%s)" % src, g.r(0), True)
        g.store(g.r(0), "(%s)" % dst, True)
        g("LEAQ", "(R12)(R10*4)", "R12")
        g.label("next")
        g("DECQ", "R8")
        g("JNZ", "loop")
        finish(g)
        f.function(name + suffix(letter), "dst, src *float32, offsets *int32, length, count int", 40, g)


# ---- Philox4x32-10 and Box–Muller -----------------------------------------------

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


# ---- files --------------------------------------------------------------------

HEAD = "// Code generated by scripts/gen-vec.py; DO NOT EDIT.\n\n"


def table(name, values, width=4):
    out = ["DATA %s<>+%d(SB)/4, $0x%08x" % (name, 4 * i, v) for i, v in enumerate(values)]
    return out + ["GLOBL %s<>(SB), RODATA|NOPTR, $%d" % (name, 4 * len(values))]


def assembly(f):
    out = ['#include "go_asm.h"', '#include "textflag.h"', ""]
    for name, raw in CONSTANTS.items():
        out += table("vec_" + name, [raw] * 8)
    out += table("vecMask", [0xFFFFFFFF] * 8 + [0] * 8)
    # Lane 4k+i has block 4i+k (2i+k at Y): then four unpacked words lie in order.
    out += table("vecLanes512", [4 * (i % 4) + i // 4 for i in range(16)])
    out += table("vecLanes256", [2 * (i % 4) + i // 4 for i in range(8)])
    out += table("vecStep512", [16] * 16) + table("vecStep256", [8] * 8)
    return HEAD + "\n".join(out + [""] + f.text)


def declarations(f):
    out = ["package kernel", "", 'import "github.com/stillfield/stillfield/plan"', ""]
    for sx, what in (("512", "AVX-512"), ("256", "AVX2")):
        out += ["// blocks%s is the pointwise primitives with %s." % (sx, what),
                "var blocks%s = [plan.Less + 1]Block{" % sx]
        for kind in POINTWISE:
            fn = kind.lower() + sx
            if kind in ("Sin", "Cos"):
                fn = "any%s%s" % (kind, sx)
            out.append("\tplan.%s: %s," % (kind, fn))
        out += ["}", ""]
    for name, params, doc in f.decls:
        if doc:
            out += ["// %s %s" % (name, doc), "//"]
        out += ["//go:noescape", "func %s(%s)" % (name, params), ""]
    for name, params, _ in f.decls:
        base = name[:-3]
        if not name.endswith("512") or base in [k.lower() for k in POINTWISE] or base in ("beyond", "normals", "uniforms"):
            continue
        give = "return " if ") (" in params else ""
        names = ", ".join(p.split()[0] for p in params.split(") (")[0].split(", "))
        call = lambda sx: "\t\t%s%s%s(%s)" % (give, base, sx, names)
        out += ["func (v *Vec) %s(%s) {" % (base, params), "\tswitch v.Level {", "\tcase AVX512:", call("512"),
                "\tcase AVX2:", call("256")]
        out += ["\t}", call("Go")[1:], "}", ""] if give else ["\tdefault:", call("Go"), "\t}", "}", ""]
    return HEAD + "\n".join(out)


def main():
    f = File()
    for letter in "ZY":
        pointwise(f, letter)
        beyond(f, letter)
        lanes(f, letter)
        folds(f, letter)
        rows(f, letter)
        norms(f, letter)
        adam(f, letter)
        runs(f, letter)
        attentions(f, letter)
        draw(f, letter, False)
        draw(f, letter, True)
    fresh = {"vec_amd64.s": assembly(f).rstrip() + "\n", "vec_amd64.go": declarations(f).rstrip() + "\n"}
    stale = []
    for name, text in fresh.items():
        path = os.path.join(DIR, name)
        if name.endswith(".go"):
            text = subprocess.run(["gofmt"], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
        if "--check" in sys.argv:
            if not os.path.exists(path) or open(path).read() != text:
                stale.append(name)
        else:
            open(path, "w").write(text)
    if stale:
        sys.exit("gen-vec: stale: " + ", ".join(stale))


if __name__ == "__main__":
    main()
