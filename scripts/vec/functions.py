"""Functions of one vector, in the order of their Go forms in vecmath_go.go."""
from asm import *


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
