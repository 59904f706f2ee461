"""Constants, and instructions for either vector letter."""
import struct


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
