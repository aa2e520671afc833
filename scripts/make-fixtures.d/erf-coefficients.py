"""Polynomial coefficients of erf for Sources/CKernels/kernels/elementary.h (near-minimax: Chebyshev fits at 60 digits)."""
import mpmath as mp

mp.mp.dps = 60


def fit(f, low, high, degree):
    """Power-series coefficients, lowest first, of the Chebyshev interpolant of f on [low, high]."""
    cheb, error = mp.chebyfit, None
    coefficients, error = cheb(f, [low, high], degree + 1, error=True)
    return list(reversed(coefficients)), error


def small(u):  # erf(x) / x as a function of u = x * x
    if u == 0:
        return 2 / mp.sqrt(mp.pi)
    x = mp.sqrt(u)
    return mp.erf(x) / x


def scaled(t, c=mp.mpf(2)):  # erfc(x) * exp(x * x), x = c (1 + t) / (1 - t)
    x = c * (1 + t) / (1 - t)
    return mp.erfc(x) * mp.exp(x * x)


def show(name, result):
    coefficients, error = result
    print(name, "error", mp.nstr(error, 3))
    print(", ".join(mp.nstr(c, 19) for c in coefficients))


show("f32 |x| < 1", fit(small, 0, 1, 6))
show("f32 log erfc, 1 <= x <= 4", fit(lambda x: mp.log(mp.erfc(x)), 1, 4, 8))
show("f64 |x| < 1", fit(small, 0, 1, 13))
show("f64 erfcx(t), 1 <= x <= 6.2", fit(scaled, mp.mpf(-1) / 3, mp.mpf("4.2") / mp.mpf("8.2"), 17))
