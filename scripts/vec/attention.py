"""Rows of attention, and runs between a block and places listed by offset."""
from functions import *
from loops import *
from reduce import kept


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
