"""Elementary functions of one number, without branches, so that a compiled loop over them becomes vector instructions.

A call of the C library's `exp` inside a loop keeps the loop scalar; these do not. Each is the rational approximation
of the Cephes library (Moshier 1989) or follows from one, with every branch turned into a choice between two values that
are both computed. They are right to 2 units in the last place over the range in which the result is a normal number,
at ±infinity, at 0 and at NaN; where a result is below the smallest normal number it is 0.

Numba compiles them; this file is imported only by those who do.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

__all__ = ["exp", "heaviside", "log", "log1p", "maximum", "select", "tanh"]

# No flag here lets the compiler assume that there are no NaNs or infinities, or reorder an addition: the rounding
# tricks below would be optimized away.
compiled = njit(fastmath={"contract"}, error_model="numpy")


def reinterpreted(as_type: Any, from_type: Any, llvm_type: Any) -> Any:
    """A function that gives the same 64 bits as another type."""

    def typed(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], llvm_type)

        return as_type(from_type), generate

    return intrinsic(typed)


float_of_bits = reinterpreted(types.float64, types.int64, ir.DoubleType())
bits_of_float = reinterpreted(types.int64, types.float64, ir.IntType(64))

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93145751953125e-1  # exact in few bits: k times it is exact
LN2_LOW = 1.42860682030941723212e-6
ROUND = 6755399441055744.0  # 1.5 · 2⁵²: adding it leaves the nearest whole number in the last bits
LARGEST = 709.782712893384  # log of the largest float64
SMALLEST = -708.3964185322641  # log of the smallest normal float64


@compiled
def exp(x: float) -> float:
    """eˣ = 2ᵏ eʳ with k = round(x / ln 2) and |r| ≤ ½ ln 2 (Cephes exp.c).

    Infinity above log of the largest float64; 0 below log of the smallest normal one.
    """
    inside = min(max(x, SMALLEST), LARGEST)
    shifted = inside * LOG2_E + ROUND
    k = shifted - ROUND
    r = inside - k * LN2_HIGH
    r = r - k * LN2_LOW
    rr = r * r
    p = r * ((1.26177193074810590878e-4 * rr + 3.02994407707441961300e-2) * rr + 9.99999999999999999910e-1)
    q = (
        (3.00198505138664455042e-6 * rr + 2.52448340349684104192e-3) * rr + 2.27265548208155028766e-1
    ) * rr + 2.00000000000000000009e0
    # k may be 1024, beyond the largest power of two: two halves of it never are.
    whole = bits_of_float(shifted) - bits_of_float(ROUND)
    half = whole >> 1
    power = float_of_bits((half + 1023) << 52) * (1.0 + 2.0 * (p / (q - p)))
    y = power * float_of_bits((whole - half + 1023) << 52)
    y = 0.0 if x < SMALLEST else y
    y = float("inf") if x > LARGEST else y
    return x if x != x else y


@compiled
def log(x: float) -> float:
    """ln x = ln m + k ln 2 with x = 2ᵏ m and m in [√½, √2) (Cephes log.c); −infinity at 0, NaN below."""
    subnormal = x < 2.2250738585072014e-308
    scaled = x * 18014398509481984.0 if subnormal else x  # 2⁵⁴
    bits = bits_of_float(scaled)
    k = float((bits >> 52) - 1022) - (54.0 if subnormal else 0.0)
    m = float_of_bits((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000)  # in [½, 1)
    low = m < 0.70710678118654752440
    k = k - 1.0 if low else k
    f = (m + m if low else m) - 1.0
    z = f * f
    p = (
        (
            ((1.01875663804580931796e-4 * f + 4.97494994976747001425e-1) * f + 4.70579119878881725854e0) * f
            + 1.44989225341610930846e1
        )
        * f
        + 1.79368678507819816313e1
    ) * f + 7.70838733755885391666e0
    q = (
        (((f + 1.12873587189167450590e1) * f + 4.52279145837532221105e1) * f + 8.29875266912776603211e1) * f
        + 7.11544750618563894466e1
    ) * f + 2.31251620126765340583e1
    y = f * (z * p / q)
    y = y - k * 2.121944400546905827679e-4
    y = y - 0.5 * z
    y = f + y
    y = y + k * 0.693359375
    y = x if x == float("inf") else y
    y = float("-inf") if x == 0.0 else y
    return float("nan") if not x >= 0.0 else y


@compiled
def log1p(x: float) -> float:
    """ln(1 + x): ln u for the rounded u = 1 + x, corrected by what rounding lost; NaN below −1."""
    u = 1.0 + x
    y = log(u) + (x - (u - 1.0)) / u
    y = x if u == 1.0 else y  # so small that ln(1 + x) is x
    return log(u) if u == 0.0 or u == float("inf") else y


@compiled
def tanh(x: float) -> float:
    """Tanh x = 1 − 2 / (e^2|x| + 1) with the sign of x; a rational function of x below 0.625 (Cephes tanh.c)."""
    z = abs(x)
    s = z * z
    p = (-9.64399179425052238628e-1 * s - 9.92877231001918586564e1) * s - 1.61468768441708447952e3
    q = ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s + 4.84406305325125486048e3
    near = x + x * s * (p / q)
    far = 1.0 - 2.0 / (exp(2.0 * z) + 1.0)
    far = -far if x < 0.0 else far
    return near if z < 0.625 else far


@compiled
def maximum(x: float, y: float) -> float:
    """The larger one; NaN where either is NaN."""
    larger = x if x > y else y
    return x if x != x else larger


@compiled
def heaviside(x: float, at_zero: float) -> float:
    """0 below 0, `at_zero` at 0, 1 above; NaN where x is NaN."""
    step = 1.0 if x > 0.0 else (at_zero if x == 0.0 else 0.0)
    return x if x != x else step


@compiled
def select(condition: bool, x: float, y: float) -> float:
    """x where the condition holds, y elsewhere; both were computed."""
    return x if condition else y
