"""Computes every distance of eval/distance by numpy and scipy, from the papers' definitions.

    check.py --arrays DIR             writes real.npy and generated.npy
    check.py --compare DIR SCORES     holds what `eval --json` printed for them to numpy's numbers
    check.py --golden FILE            writes the numbers of small sets given by a formula, for go test
    check.py --same FILE COMMITTED    holds two such files to each other

Random numbers are the program's: Philox4x32-10 is written here again.
"""
import json
import sys

import numpy as np
from scipy import linalg, stats
from scipy.spatial.distance import cdist, pdist

METRIC, SUBSET, BLOCK, DIRECTION = 9, 1 << 16, (1 << 16) + 1, (1 << 16) + 2
TOLERANCE = 1e-6


def philox(seed, sample, draw, blocks):
    """Words [blocks, 4] of Salmon et al. (SC 2011), counter (block, sample, draw), key seed."""
    mask = np.uint64(0xFFFFFFFF)
    c = [np.arange(blocks, dtype=np.uint64)] + [
        np.full(blocks, v, np.uint64) for v in (sample & 0xFFFFFFFF, sample >> 32, METRIC | draw << 8)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [p1 >> np.uint64(32) ^ c[1] ^ np.uint64(key[0]), p1 & mask,
             p0 >> np.uint64(32) ^ c[3] ^ np.uint64(key[1]), p0 & mask]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, 1)


def shuffled(n, size, seed, which, draw):
    """The beginning of a random order, by Fisher and Yates."""
    order = list(range(n))
    words = philox(seed, which, draw, (size + 3) // 4).ravel()
    for i in range(size):
        j = i + (int(words[i]) * (n - i) >> 32)
        order[i], order[j] = order[j], order[i]
    return np.array(order[:size])


def directions(lines, dim, seed):
    rows = []
    for l in range(lines):
        w = philox(seed, l, DIRECTION, (dim + 3) // 4).astype(float).reshape(-1, 2)
        r = np.sqrt(-2 * np.log((w[:, 0] + .5) / 2**32))
        a = 2 * np.pi * w[:, 1] / 2**32
        rows.append(np.stack([r * np.cos(a), r * np.sin(a)], 1).ravel()[:dim].astype("f4").astype(float))
    rows = np.array(rows)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4").astype(float)


def mmd2(k, x, y):
    n, m = len(x), len(y)
    xx, yy = k(x, x), k(y, y)
    return ((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
            - 2 * k(x, y).mean())


def block_error(k, x, y):
    """The standard error of a U-statistic of blocks, its sums over distinct blocks written out."""
    blocks = min(64, len(x), len(y))
    x, y = x[shuffled(len(x), len(x), 0, 0, BLOCK)], y[shuffled(len(y), len(y), 0, 1, BLOCK)]

    def means(u, v):
        cut = lambda n: [n * b // blocks for b in range(blocks + 1)]
        kk, p, q = k(u, v), cut(len(u)), cut(len(v))
        return np.array([[kk[p[a]:p[a + 1], q[b]:q[b + 1]].mean() for b in range(blocks)] for a in range(blocks)])

    h = means(x, x) + means(y, y) - means(x, y) - means(x, y).T
    apart = ~np.eye(blocks, dtype=bool)
    h = np.where(apart, h, 0)
    triple = np.einsum("ab,ac->abc", h, h)[apart[:, :, None] & apart[:, None, :] & apart[None, :, :]].mean()
    a = apart
    ok = (a[:, :, None, None] & a[:, None, :, None] & a[:, None, None, :] & a[None, :, :, None]
          & a[None, :, None, :] & a[None, None, :, :])
    quad = np.einsum("ab,cd->abcd", h, h)[ok].mean()
    pair = (h[apart]**2).mean()
    one, two = max(0, triple - quad), max(0, pair - quad)
    return np.sqrt((4 * (blocks - 2) * one + 2 * two) / (blocks * (blocks - 1)))


def frechet(x, y):
    s1, s2 = np.atleast_2d(np.cov(x, rowvar=False)), np.atleast_2d(np.cov(y, rowvar=False))
    shift = x.mean(0) - y.mean(0)
    return shift @ shift + np.trace(s1) + np.trace(s2) - 2 * np.trace(linalg.sqrtm(s1 @ s2)).real


def frechet_error(x, y):
    """The standard error by influence: the derivative of the distance in the weight of a point."""
    def weighted(p, w):
        w = w / w.sum()
        mu = w @ p
        return mu, (p - mu).T @ ((p - mu) * w[:, None]) * len(p) / (len(p) - 1)

    def distance(wx, wy):
        (m1, s1), (m2, s2) = weighted(x, wx), weighted(y, wy)
        return (m1 - m2) @ (m1 - m2) + np.trace(s1 + s2) - 2 * np.trace(linalg.sqrtm(s1 @ s2)).real

    total = 0
    for p, at in ((x, lambda w: distance(w, np.ones(len(y)))), (y, lambda w: distance(np.ones(len(x)), w))):
        values = []
        for i in range(len(p)):
            up, down = np.ones(len(p)), np.ones(len(p))
            up[i], down[i] = 1.01, .99
            values.append((at(up) - at(down)) / .02 * len(p))
        total += np.var(values, ddof=1) / len(p)
    return np.sqrt(total)


def limit(x, y, sizes, seed):
    n, dim = y.shape
    least = max(n // 10, 2 * dim, 2)
    size = [n - i * (n - least) // (sizes - 1) for i in range(sizes)]
    values = [frechet(x, y[shuffled(n, s, seed, i, SUBSET)]) for i, s in enumerate(size)]
    return stats.linregress(1 / np.array(size), values).intercept


def transport(x, y, p):
    """mean over lines of W_p^p: quantile functions, piecewise constant, on the union of their steps."""
    x, y = np.sort(x, 1), np.sort(y, 1)
    n, m = x.shape[1], y.shape[1]
    steps = np.unique(np.concatenate([np.arange(n + 1) * m, np.arange(m + 1) * n]))
    at, width = steps[:-1], np.diff(steps) / (n * m)
    return (np.abs(x[:, at // m] - y[:, at // n])**p @ width).mean()


def manifold(x, y, k):
    dxx, dyy, dxy = cdist(x, x), cdist(y, y), cdist(x, y)
    rx, ry = np.sort(dxx, 1)[:, k], np.sort(dyy, 1)[:, k]
    inside = dxy <= rx[:, None]
    clipped = np.minimum(rx, np.median(rx))
    kept = np.zeros(dxx.shape, bool)
    np.put_along_axis(kept, np.argsort(dxx, 1, kind="stable")[:, 1:k + 1], True, 1)
    ideal = np.minimum((kept & (dxx <= clipped[:, None])).sum(0), k).mean()
    fidelity = np.minimum((dxy <= clipped[:, None]).sum(0), k).mean() / ideal
    covered = np.minimum(inside.sum(1), k).mean() / k
    j = np.arange(k)
    expected = [1 - ((1 - j / k) * stats.betabinom.pmf(j, s, k, len(x) - k)).sum() if s >= k else 0
                for s in range(len(y) + 1)]
    return {"precision": inside.any(0).mean(), "recall": (dxy <= ry[None, :]).any(1).mean(),
            "density": inside.sum() / k / len(y), "coverage": inside.any(1).mean(),
            "clipped density": min(1, fidelity),
            "clipped coverage": np.searchsorted(expected, covered) / (len(y) + 1)}


def scores(x, y, size, subsets, lines, sizes, k):
    """Every number, by the name of its score."""
    dim = x.shape[1]
    cubic = lambda u, v: (u @ v.T / dim + 1)**3
    d = cdist
    median = np.median(pdist(np.concatenate([x[:1000], y[:1000]])))
    radial = lambda u, v: sum(np.exp(-d(u, v, "sqeuclidean") / (2 * r * median**2)) for r in (.25, .5, 1, 2, 4)) / 5
    energy = lambda u, v: -d(u, v)
    drawn = [mmd2(cubic, x[shuffled(len(x), size, 0, 2 * i, SUBSET)], y[shuffled(len(y), size, 0, 2 * i + 1, SUBSET)])
             for i in range(subsets)]
    theta = directions(lines, dim, 0)
    px, py = theta @ x.T, theta @ y.T
    both = min(len(x), len(y))
    out = {"KID": mmd2(cubic, x, y), "KID ±": block_error(cubic, x, y), "KID, subsets": np.mean(drawn),
           "KID, subsets ±": np.std(drawn), "MMD²": mmd2(radial, x, y), "MMD² ±": block_error(radial, x, y),
           "energy distance": mmd2(energy, x, y), "energy distance ±": block_error(energy, x, y),
           "Fréchet distance": frechet(x, y), "Fréchet distance ±": frechet_error(x, y),
           "Fréchet distance at N = ∞": limit(x, y, sizes, 0),
           "sliced W1": transport(px, py, 1), "sliced W2": np.sqrt(transport(px, py, 2))}
    if len(x) == len(y):
        out["MIND"] = 3 * dim * ((np.sort(px, 1) - np.sort(py, 1))**2).mean()
        own = np.concatenate([np.sort(d(x, x), 1)[:, 1], np.sort(d(y, y), 1)[:, 1]])
        other = np.concatenate([d(x, y).min(1), d(x, y).min(0)])
        out["1-NN accuracy"] = ((own < other) + .5 * (own == other)).mean()
    out.update(manifold(x, y, k))
    return {name: float(v) for name, v in out.items()}


def formula(n, dim, a, b):
    """Points that any program makes to the bit."""
    i, j = np.arange(n)[:, None], np.arange(dim)[None, :]
    return ((i * a + j * b + i * i * (j + 1)) % 1009 / 1009 * (1 + j / 8)).astype("f4")


def main(args):
    if args[0] == "--golden":
        out = {str(n): scores(formula(n, 5, 7919, 104729).astype(float), formula(130, 5, 6007, 1299).astype(float),
                              50, 7, 20, 5, 4) for n in (130, 97)}
        with open(args[1], "w") as f:
            json.dump(out, f, indent=1, ensure_ascii=False)
            f.write("\n")
        return 0
    if args[0] == "--same":
        new, old = (json.load(open(f)) for f in args[1:])
        for n, numbers in new.items():
            for name, v in numbers.items():
                if not abs(old.get(n, {}).get(name, np.inf) - v) <= 1e-9 + TOLERANCE * abs(v):
                    print(f"scores-check: {args[2]}: {n}: {name} is {old.get(n, {}).get(name)}, want {v}",
                          file=sys.stderr)
                    return 1
        return 0
    if args[0] == "--arrays":
        r = np.random.default_rng(1)
        turn = r.standard_normal((16, 16)) / 4
        np.save(args[1] + "/real.npy", (r.standard_normal((600, 16)) @ turn).astype("f4"))
        np.save(args[1] + "/generated.npy", (r.standard_normal((600, 16)) @ turn * 1.1 + .1).astype("f4"))
        return 0
    x, y = (np.load(f"{args[1]}/{name}.npy").astype(float) for name in ("real", "generated"))
    want = scores(x, y, 200, 20, 50, 5, 5)
    with open(args[2]) as f:
        printed = json.load(f)["reports"][0]["scores"]
    got = {}
    for s in printed:
        name = "KID, subsets" if s["name"].startswith("KID, subsets") else s["name"]
        got[name] = s["value"]
        got[name + " ±"] = s.get("error")
    worst = 0
    for name, v in want.items():
        # The derivative of a standard error by differences has fewer digits.
        tolerance = 1e-4 if name == "Fréchet distance ±" else TOLERANCE
        if got.get(name) is None or not abs(got[name] - v) <= tolerance * max(abs(v), 1e-3):
            print(f"scores-check: {name}: the program says {got.get(name)}, numpy {v}", file=sys.stderr)
            return 1
        if name != "Fréchet distance ±":
            worst = max(worst, abs(got[name] - v) / max(abs(v), 1e-3))
    print(f"scores-check: {len(want)} numbers agree with numpy and scipy, the worst to {worst:.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
