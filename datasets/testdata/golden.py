"""The orders and the rings of package datasets, written a second time from their
definitions. Prints the golden values of order_test.go and rings_test.go:

    python3 datasets/testdata/golden.py
"""
from math import ceil, cos, log, pi, sin, sqrt

M = 2**64 - 1


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M
    z = (z ^ z >> 27) * 0x94D049BB133111EB & M
    return z ^ z >> 31


def at(stream, i):
    return mix(stream + (i + 1) * 0x9E3779B97F4A7C15 & M)


def stream(seed, purpose):
    return mix(mix(seed) + purpose & M)


def uniform(s, i):
    return ((at(s, i) >> 12) + 0.5) / 2**52


def normals(s, i):
    r, a = sqrt(-2 * log(uniform(s, 2 * i))), 2 * pi * uniform(s, 2 * i + 1)
    return r * cos(a), r * sin(a)


def order(seed, n, s):
    a = ceil(sqrt(n))
    b = -(-n // a)
    key, x = at(stream(seed, 1), s // n), s % n
    while True:
        l, r = divmod(x, b)
        for j in range(0, 12, 2):
            l = (l + (mix(at(key, j) ^ r) * a >> 64)) % a
            r = (r + (mix(at(key, j + 1) ^ l) * b >> 64)) % b
        x = l * b + r
        if x < n:
            return x


def rings(dim, seed, i, test):
    p = [normals(stream(seed, 3), k) for k in range(dim)]
    u, v = [x for x, _ in p], [y for _, y in p]
    dot = lambda x, y: sum(a * b for a, b in zip(x, y))
    u = [x / sqrt(dot(u, u)) for x in u]
    c = dot(u, v)
    v = [y - c * x for x, y in zip(u, v)]
    v = [y / sqrt(dot(v, v)) for y in v]
    s = stream(seed, 5 if test else 4)
    angle, (xi1, xi2) = 2 * pi * uniform(s, 4 * i), normals(s, 2 * i + 1)
    radius = (0.5, 1.0)[i % 2]
    z1, z2 = radius * cos(angle) + 0.02 * xi1, radius * sin(angle) + 0.02 * xi2
    return [z1 * x + z2 * y for x, y in zip(u, v)]


for seed, n, first in (1, 10, 0), (1, 10, 10), (2, 10, 0), (1, 60000, 10**12), (3, 2**31 - 1, 2**63):
    row = ", ".join(str(order(seed, n, first + k)) for k in range(5))
    print(f"{{{seed}, {n}, {first}, []int{{{row}}}}},")
for dim, seed, i, test in (2, 0, 0, False), (2, 1, 7, True), (5, 1, 7, True), (5, 9, 998, False):
    row = ", ".join(f"{x:.9f}" for x in rings(dim, seed, i, test))
    print(f"{{{dim}, {seed}, {i}, {str(test).lower()}, []float64{{{row}}}}},")
