"""The file under way, and the loop that most kernels are."""
from asm import Asm


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
