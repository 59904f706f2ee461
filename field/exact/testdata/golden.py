"""Prints the golden values of golden_test.go in 40-digit arithmetic:

    python3 -m pip install mpmath && python3 field/exact/testdata/golden.py
"""
from mpmath import exp, gammainc, inf, log, mp, mpf, nstr, pi, quad, sqrt

mp.dps = 40
DATA = [(mpf("0.7"), mpf("-0.4")), (mpf("-1.1"), mpf("0.3")), (mpf("0.2"), mpf(1))]


def show(name, values):
    print(name, ", ".join(nstr(v, 18) for v in values))


def triangle(name, u, coordinate, breaks, jacobian, wanted):
    """Averages over p(t|u), linear schedule, the data above; t = coordinate(z)."""
    u = [mpf(v) for v in u]

    def joint(z, f):
        t, rest = coordinate(z)  # t and 1 − t
        weights = [exp(-sum((ui - rest * xi) ** 2 for ui, xi in zip(u, x)) / (2 * t * t)) / (2 * pi * t * t) / 3
                   for x in DATA]
        return jacobian(z) * sum(w * f(t, rest, u, x) for w, x in zip(weights, DATA))

    breaks = [mpf(b) for b in breaks]
    total = quad(lambda z: joint(z, lambda *_: 1), breaks)
    averages = [quad(lambda z: joint(z, f), breaks) / total for f in wanted]
    show(name, [-log(total)] + averages)


def atom(dim, r, lo, hi):
    """One atom at 0, a = 1, b = t, p(t) uniform on [lo, hi]: incomplete gamma functions."""
    r, lo, hi = mpf(r), mpf(lo), mpf(hi)
    top = r * r / 2 / lo**2 if lo > 0 else inf
    gamma = lambda j: gammainc((mpf(dim) - 1 - j) / 2, r * r / 2 / hi**2, top)
    density = (2 * pi) ** (-mpf(dim) / 2) / (hi - lo) / 2 * (2 / r**2) ** ((mpf(dim) - 1) / 2) * gamma(0)
    moment = lambda j: (r / sqrt(2)) ** j * gamma(j) / gamma(0)
    mean = moment(1)
    show(f"atom {dim} {nstr(r, 5)} {nstr(lo, 5)} {nstr(hi, 5)}:",
         [-log(density), mean, moment(2) - mean**2, r * moment(-1), r * moment(-2)])


def off_centre(dim, r, size):
    """One atom at x, |x| = size, u = x + r e with e ⟂ x: linear schedule, U[0, 1], f* of velocity along e."""
    r, size = mpf(r), mpf(size)
    weight = lambda t: exp(-(r**2 + (t * size) ** 2) / (2 * t * t)) * t ** (-dim)
    peak = r / sqrt(mpf(dim))
    breaks = [0] + [peak * mpf(2) ** k for k in range(-4, 60) if peak * mpf(2) ** k < 1] + [1]
    total = quad(weight, breaks)
    show(f"off centre {dim} {nstr(r, 5)} {nstr(size, 5)}:",
         [quad(lambda t: weight(t) * r / t, breaks) / total, quad(lambda t: weight(t) * t, breaks) / total])


def main():
    kappa = lambda cut, gain: lambda t: gain * min(mpf(1), t / (1 - mpf(cut)))
    for cut, gain in [("0.8", 4), ("0.3", 1), ("0.999", 2)]:
        k = kappa(cut, gain)
        field = lambda i: lambda t, rest, u, x: k(t) * (u[i] - x[i]) / t  # κ(ε − x) = κ(u − x)/t
        kink = 1 - mpf(cut)
        breaks = sorted([kink] + [mpf(b) for b in ("0", "0.02", "0.05", "0.1", "0.15", "0.3", "0.5", "0.8", "1")])
        triangle(f"eqm {cut} {gain}: E, f*, E[t]:", ("0.45", "0.25"), lambda z: (z, 1 - z), breaks, lambda z: 1,
                 [field(0), field(1), lambda t, rest, u, x: t])
    # Logit-normal: z = log(t/(1−t)) is standard normal.
    logit = lambda z: (1 / (1 + exp(-z)), 1 / (1 + exp(z)))
    triangle("logit-normal: E, λ̄, c̄, E[t]:", ("0.45", "0.25"), logit, range(-16, 17, 2),
             lambda z: exp(-z * z / 2) / sqrt(2 * pi),
             [lambda t, rest, u, x: t / rest, lambda t, rest, u, x: -1 / rest, lambda t, rest, u, x: t])
    for args in [(3, "0.3", 0, 1), (8, "0.7", 0, 2), (16, 2, 0, 1), (512, "1e-3", "0.002", 1),
                 (3072, "1e-3", "0.002", 1), (100, "1e-12", 0, 1), (3072, "1e-100", 0, 1), (3072, 3, 0, 1)]:
        atom(*args)
    for args in [(6, "1e-6", "1.5"), (6, "1e-12", "1.5"), (100, "1e-6", 8)]:
        off_centre(*args)


main()
