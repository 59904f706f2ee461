"""The pointwise primitives, and the test for far arguments."""
from functions import *
from loops import *


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
