"""Prints the golden values of bessel_test.go in 60-digit arithmetic:

    python3 -m pip install mpmath && python3 field/exact/testdata/bessel.py
"""
from mpmath import besseli, gamma, log, mp, mpf, nstr

mp.dps = 60


def series(n, z):
    """Ratios A, from expansions in 1/z, where besseli is slow: coefficients by their recurrence."""
    alpha, a, slope = [mpf(1)], mpf(1), mpf(0)
    for m in range(1, 60):
        alpha.append(((m - n) * alpha[m - 1] - sum(alpha[i] * alpha[m - i] for i in range(1, m))) / 2)
        a += alpha[m] / z**m
        slope -= m * alpha[m] / z ** (m + 1)
    return a, slope


for d in (2, 3, 5, 20, 512):
    for z in ("1e-9", "0.5", "39", "499", "501", "3e5", "1e9"):
        nu, z = mpf(d) / 2 - 1, mpf(z)
        i = besseli(nu, z)
        a = besseli(nu + 1, z) / i
        slope = 1 - a * a - (d - 1) * a / z
        if z > 1e5 and d < 100:
            again, slope = series(mpf(d), z)
            assert abs(a - again) < mpf(10) ** -40
        value = log(gamma(mpf(d) / 2)) + nu * log(2 / z) + log(i) - z
        print("{%d, %s, %s}," % (d, nstr(z, 3), ", ".join(nstr(v, 17) for v in (value, 1 - a, slope, a / z))))
