"""Elementary functions without branches, for vectors of numbers.

A call of the C library's `exp` computes one number at a time; these compute as many as a vector register holds. Each
is the approximation of the Cephes library (Moshier 1989) for its dtype or follows from one, with every branch turned
into a choice between two values that are both computed. They are right to 2 units in the last place (expm1 to 4,
erfc to 5), and right at ±infinity, at 0 and at NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.engines.values import Value, where

__all__ = [
    "absolute",
    "erfc",
    "exp",
    "expm1",
    "heaviside",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "sign",
    "sqrt",
    "square",
    "tanh",
]


class Format(NamedTuple):
    """How a dtype writes a number: sign, exponent and fraction, and what follows from it."""

    fraction_bits: int
    bias: int
    """What is added to the exponent."""
    beyond: float
    """e to this power is infinite, and to minus this power 0."""
    tiny: float
    """The smallest normal number."""

    @property
    def whole(self) -> float:
        """From here on every number is a whole number: added to x, it leaves x rounded in the last bits."""
        return 1.5 * 2.0**self.fraction_bits


FORMATS = {8: Format(52, 1023, 800.0, 2.0**-1022), 4: Format(23, 127, 110.0, 2.0**-126)}

LOG2_E = 1.4426950408889634
SQRT_HALF = 0.70710678118654752440
# ln 2 in two parts, the first exact in so few bits that k times it is exact.
LN2 = {8: (6.93145751953125e-1, 1.42860682030941723212e-6), 4: (0.693359375, -2.12194440e-4)}


def polynomial(x: Value, coefficients: Sequence[float]) -> Value:
    """Σ cᵢ xⁿ⁻ⁱ by Horner's rule, the highest power's coefficient first."""
    value: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def exp(x: Value) -> Value:
    """eˣ = 2ᵏ eʳ with k = round(x / ln 2) and |r| ≤ ½ ln 2 (Cephes exp.c, expf.c)."""
    power, rest, above_1 = parts_of_exp(x)
    return (power + power * above_1) * rest


def expm1(x: Value) -> Value:
    """eˣ − 1 = 2ᵏ (eʳ − 1) + (2ᵏ − 1), which near 0, where k is 0, has nothing to subtract."""
    power, rest, above_1 = parts_of_exp(x)
    two_to_k = power * rest
    near = two_to_k * above_1 + (two_to_k - 1.0)
    near = where(two_to_k.equals(1.0), above_1, near)
    return where(absolute(x) < 1.0, near, (power + power * above_1) * rest - 1.0)


def parts_of_exp(x: Value) -> tuple[Value, Value, Value]:
    """Two powers of 2 whose product is 2ᵏ, and eʳ − 1."""
    itemsize = x.code.itemsize
    fraction_bits, bias, beyond, _ = FORMATS[itemsize]
    x = where(x > beyond, beyond, x)
    x = where(x < -beyond, -beyond, x)
    # The last bits of `shifted` hold k and twice the bias: the exponents of two factors whose product is 2ᵏ, and which
    # are both normal numbers where 2ᵏ is not.
    shift = FORMATS[itemsize].whole + 2 * bias
    shifted = x * LOG2_E + shift
    k = shifted - shift
    both = shifted.bits()
    half = both >> 1
    power, rest = (half << fraction_bits).as_floats(), ((both - half) << fraction_bits).as_floats()
    high, low = LN2[itemsize]
    r = x - k * high
    r = r - k * low
    if itemsize == 8:
        rr = r * r
        p = r * polynomial(rr, (1.26177193074810590878e-4, 3.02994407707441961300e-2, 9.99999999999999999910e-1))
        q = polynomial(
            rr,
            (3.00198505138664455042e-6, 2.52448340349684104192e-3, 2.27265548208155028766e-1, 2.00000000000000000009e0),
        )
        above_1 = (p + p) / (q - p)
    else:
        above_1 = (
            polynomial(
                r,
                (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1),
            )
            * (r * r)
            + r
        )
    return power, rest, above_1


def log(x: Value) -> Value:
    """Ln x = ln m + k ln 2 with x = 2ᵏ m and m in [√½, √2) (Cephes log.c, logf.c); −infinity at 0, NaN below."""
    code, itemsize = x.code, x.code.itemsize
    fraction_bits, bias, _, tiny = FORMATS[itemsize]
    subnormal = x < tiny
    larger = fraction_bits + 2
    bits = where(subnormal, x * 2.0**larger, x).bits()
    # The exponent as a float: put where a number of this size has its last bits.
    first_whole = 2.0**fraction_bits
    exponent = ((bits >> fraction_bits) | code.constant(first_whole).bits()).as_floats() - (first_whole + bias - 1)
    k = exponent - where(subnormal, float(larger), 0.0)
    fraction = (1 << fraction_bits) - 1
    m = ((bits & fraction) | code.constant(0.5).bits()).as_floats()  # in [½, 1)
    low = m < SQRT_HALF
    k = where(low, k - 1.0, k)
    f = where(low, m + m, m) - 1.0
    z = f * f
    if itemsize == 8:
        p = polynomial(
            f,
            (
                1.01875663804580931796e-4,
                4.97494994976747001425e-1,
                4.70579119878881725854e0,
                1.44989225341610930846e1,
                1.79368678507819816313e1,
                7.70838733755885391666e0,
            ),
        )
        q = polynomial(
            f,
            (
                1.0,
                1.12873587189167450590e1,
                4.52279145837532221105e1,
                8.29875266912776603211e1,
                7.11544750618563894466e1,
                2.31251620126765340583e1,
            ),
        )
        y = f * (z * p / q)
        y = y - k * 2.121944400546905827679e-4
    else:
        y = polynomial(
            f,
            (
                7.0376836292e-2,
                -1.1514610310e-1,
                1.1676998740e-1,
                -1.2420140846e-1,
                1.4249322787e-1,
                -1.6668057665e-1,
                2.0000714765e-1,
                -2.4999993993e-1,
                3.3333331174e-1,
            ),
        )
        y = y * f * z
        y = y - k * 2.12194440e-4
    y = f + (y - 0.5 * z)
    y = y + k * 0.693359375
    y = where(x.equals(np.inf), x, y)
    y = where(x.equals(0.0), -np.inf, y)
    return where(x >= 0.0, y, np.nan)


def log1p(x: Value) -> Value:
    """Ln(1 + x): ln u for the rounded u = 1 + x, corrected by what rounding lost; NaN below −1."""
    u = 1.0 + x
    ln_u = log(u)
    y = ln_u + (x - (u - 1.0)) / u
    y = where(u.equals(1.0), x, y)  # so small that ln(1 + x) is x
    y = where(u.equals(0.0), ln_u, y)
    return where(u.equals(np.inf), ln_u, y)


def tanh(x: Value) -> Value:
    """Tanh x = 1 − 2 / (e^2|x| + 1) with the sign of x; a function of x² near 0 (Cephes tanh.c, tanhf.c)."""
    magnitude = absolute(x)
    s = x * x
    if x.code.itemsize == 8:
        p = polynomial(s, (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3))
        q = polynomial(s, (1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3))
        inner = p / q
    else:
        inner = polynomial(
            s, (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
        )
    near = x + x * (s * inner)
    far = 1.0 - 2.0 / (exp(2.0 * magnitude) + 1.0)
    far = where(x < 0.0, -far, far)
    return where(magnitude < 0.625, near, far)


def erfc(x: Value) -> Value:
    """Complementary error function (Cephes ndtr.c, ndtrf.c), by its odd complement erf where |x| < 1."""
    itemsize = x.code.itemsize
    s = x * x
    # erf(x) = x T / U, so that 1 − erf(x) = (1 − x) − x (T − U) / U: below x = 1, where that is small, 1 − x is exact
    # and the rest small too.
    if itemsize == 8:
        t_minus_u = polynomial(
            s,
            (
                -1.0,
                -2.395674042487979357721e1,
                -4.313319300597684108733e2,
                -2.36231848376295808761e3,
                -1.562567492026104266987e4,
                6.3249070401759041682e3,
            ),
        )
        u = polynomial(
            s,
            (
                1.0,
                3.35617141647503099647e1,
                5.21357949780152679795e2,
                4.59432382970980127987e3,
                2.26290000613890934246e4,
                4.92673942608635921086e4,
            ),
        )
        correction = t_minus_u / u
    else:
        correction = polynomial(
            s,
            (
                7.853861353153693e-5,
                -8.010193625184903e-4,
                5.188327685732524e-3,
                -2.685381193529856e-2,
                1.128358514861418e-1,
                -3.761262582423300e-1,
                1.28379165726710e-1,
            ),
        )
    near = (1.0 - x) - x * correction
    largest = {8: 28.0, 4: 12.0}[itemsize]  # from here on erfc is 0, and infinity would give NaN
    magnitude = absolute(x)
    magnitude = where(magnitude > largest, largest, magnitude)
    if itemsize == 8:
        far = magnitude < 8.0
        p = where(
            far,
            polynomial(
                magnitude,
                (
                    2.46196981473530512524e-10,
                    5.64189564831068821977e-1,
                    7.46321056442269912687e0,
                    4.86371970985681366614e1,
                    1.96520832956077098242e2,
                    5.26445194995477358631e2,
                    9.34528527171957607540e2,
                    1.02755188689515710272e3,
                    5.57535335369399327526e2,
                ),
            ),
            polynomial(
                magnitude,
                (
                    5.64189583547755073984e-1,
                    1.27536670759978104416e0,
                    5.01905042251180477414e0,
                    6.16021097993053585195e0,
                    7.40974269950448939160e0,
                    2.97886665372100240670e0,
                ),
            ),
        )
        q = where(
            far,
            polynomial(
                magnitude,
                (
                    1.0,
                    1.32281951154744992508e1,
                    8.67072140885989742329e1,
                    3.54937778887819891062e2,
                    9.75708501743205489753e2,
                    1.82390916687909736289e3,
                    2.24633760818710981792e3,
                    1.65666309194161350182e3,
                    5.57535340817727675546e2,
                ),
            ),
            polynomial(
                magnitude,
                (
                    1.0,
                    2.26052863220117276590e0,
                    9.39603524938001434673e0,
                    1.20489539808096656605e1,
                    1.70814450747565897222e1,
                    9.60896809063285878198e0,
                    3.36907645100081516050e0,
                ),
            ),
        )
        scaled = p / q
    else:
        inverse = 1.0 / magnitude
        z = inverse * inverse
        scaled = inverse * where(
            magnitude < 2.0,
            polynomial(
                z,
                (
                    2.326819970068386e-2,
                    -1.387039388740657e-1,
                    3.687424674597105e-1,
                    -5.824733027278666e-1,
                    6.210004621745983e-1,
                    -4.944515323274145e-1,
                    3.404879937665872e-1,
                    -2.741127028184656e-1,
                    5.638259427386472e-1,
                ),
            ),
            polynomial(
                z,
                (
                    -1.047766399936249e1,
                    1.297719955372516e1,
                    -7.495518717768503e0,
                    2.921019019210786e0,
                    -1.015265279202700e0,
                    4.218463358204948e-1,
                    -2.820767439740514e-1,
                    5.641895067754075e-1,
                ),
            ),
        )
    tail = exp_of_minus_square(magnitude) * scaled
    tail = where(x < 0.0, 2.0 - tail, tail)
    return where(absolute(x) < 1.0, near, tail)


def exp_of_minus_square(x: Value) -> Value:
    """e^(−x²) = e^(−h²) e^(−(x−h)(x+h)) for x ≥ 0, with h the upper half of x's bits: h² is exact, where x² is not."""
    lower_half = (1 << (FORMATS[x.code.itemsize].fraction_bits + 2) // 2) - 1
    h = (x.bits() & ~lower_half).as_floats()
    t = (h - x) * (h + x)  # so close to 0 that a few powers of it make up e^t
    return exp(-(h * h)) * polynomial(t, (1 / 24, 1 / 6, 0.5, 1.0, 1.0))


def absolute(x: Value) -> Value:
    """|x|."""
    return x.code.magnitude(x)


def square(x: Value) -> Value:
    """x²."""
    return x * x


def maximum(x: Any, y: Any) -> Value:
    """The larger one; NaN where either is NaN."""
    if not isinstance(x, Value):
        x = y.code.constant(x)
    return where(x.is_nan(), x, where(x > y, x, y))


def minimum(x: Any, y: Any) -> Value:
    """The smaller one; NaN where either is NaN."""
    if not isinstance(x, Value):
        x = y.code.constant(x)
    return where(x.is_nan(), x, where(x < y, x, y))


def sign(x: Value) -> Value:
    """−1 below 0, 0 at 0, 1 above; NaN where x is NaN."""
    return where(x.is_nan(), x, where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0)))


def sqrt(x: Value) -> Value:
    """√x, rounded right; NaN below 0."""
    return Value(x.code, x.code.intrinsic(f"sqrt.{x.code.suffix}", x.type, [x.ir]))


def heaviside(x: Value, at_zero: Any) -> Value:
    """0 below 0, `at_zero` at 0, 1 above; NaN where x is NaN."""
    return where(x.is_nan(), x, where(x > 0.0, 1.0, where(x.equals(0.0), at_zero, 0.0)))
