"""Activations that are z times a gate between 0 and 1 that opens with z; and the gate of straight lines.

A gate that closes faster than z falls gives 0 at −∞: `xmuly` says so. What is left on the far left is tiny but
relatively right, until it is too small for the dtype; where it decays like e^−u, the rounding of u makes it a relative
error of up to 3 u units in the last place. Near the minimum of a, where the derivative is 0, the derivative has an
absolute error of a few units in the last place of 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.formulas.activations import Activation
from chainrule.formulas.elementary import erfc, exp, heaviside, magnitude, maximum, minimum, square, where, xmuly
from chainrule.formulas.expression import called

__all__ = ["GELU", "GELUTanh", "HardSigmoid", "HardSwish", "Mish", "SiLU"]


@called("σ")
def logistic(z: Any) -> Any:
    """σ(z), with all digits also where it is so small that 1 / σ(z) overflows."""
    u = exp(-magnitude(z))
    return where(z < 0, u, 1.0) / (1 + u)


@called("Φ")
def normal_distribution(z: Any) -> Any:
    """The probability that a number of the standard normal distribution is below z."""
    return 0.5 * erfc(-(z / math.sqrt(2)))


@called("φ")
def normal_density(z: Any) -> Any:
    """Φ′(z)."""
    return exp(-(0.5 * square(z))) / math.sqrt(2 * math.pi)


@called("ω")
def mish_gate(z: Any) -> Any:
    """The hyperbolic tangent of softplus(z), from u = e^−|z|."""
    u = exp(-magnitude(z))
    left, right = u * (u + 2), 1 + 2 * u
    return where(z < 0, left / (left + 2), right / (right + 2 * square(u)))


@called("ω′")
def mish_gate_slope(z: Any) -> Any:
    """ω′(z), from u = e^−|z|."""
    u = exp(-magnitude(z))
    left, right = 4 * u * (1 + u), 4 * square(u) * (1 + u)
    return where(z < 0, left / square(u * (u + 2) + 2), right / square(1 + 2 * u + 2 * square(u)))


class SiLU(Activation):
    """z σ(z), derivative σ(z) + z σ(z) σ(−z) (Hendrycks & Gimpel 2016; Elfwing, Uchibe & Doya 2018).

    Also called swish, after Ramachandran, Zoph & Le 2017.

    >>> SiLU()(np.array([-np.inf, -1e4, 0.0, 1e4]))
    array([    0.,     0.,     0., 10000.])
    """

    name = "silu"
    bounds = (-0.27846454276107380, np.inf)  # at z = −1.2785

    @staticmethod
    def value(z: Any) -> Any:
        return xmuly(logistic(z), z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return logistic(z) + xmuly(logistic(-z), a)


class GELU(Activation):
    """z Φ(z) with the normal distribution Φ(z) = ½ erfc(−z / √2) (Hendrycks & Gimpel 2016, section 2).

    Derivative Φ(z) + z φ(z) with the density φ(z) = e^(−z²/2) / √(2π). PyTorch's `approximate="none"` and Keras'
    `approximate=False`; what those call the tanh form is `gelu_tanh`.

    >>> GELU()(np.array([-np.inf, -1.0, 0.0, 1.0]))
    array([ 0.        , -0.15865525,  0.        ,  0.84134475])
    """

    bounds = (-0.16997120747990367, np.inf)  # at z = −0.7518

    @staticmethod
    def value(z: Any) -> Any:
        return xmuly(normal_distribution(z), z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return normal_distribution(z) + xmuly(normal_density(z), z)


class GELUTanh(Activation):
    """½ z (1 + tanh(√(2/π) (z + 0.044715 z³))): GELU without erfc (Hendrycks & Gimpel 2016, section 2).

    Computed as z σ(2u), u the argument of tanh: the same, and 1 + tanh(u) would cancel on the left. Derivative
    σ(2u) + z σ(2u) σ(−2u) 2u′ with 2u′ = 2 √(2/π) (1 + 3 · 0.044715 z²).

    >>> GELUTanh()(np.array([-np.inf, -1.0, 0.0, 1.0]))
    array([ 0.        , -0.15880801,  0.        ,  0.84119199])
    """

    name = "gelu_tanh"
    bounds = (-0.17004075057125407, np.inf)  # at z = −0.7525

    STEEPNESS = 2 * math.sqrt(2 / math.pi)
    CUBIC = 0.044715

    @staticmethod
    def twice_u(z: Any) -> Any:
        """What the tanh is taken of, twice."""
        return GELUTanh.STEEPNESS * z * (1 + GELUTanh.CUBIC * square(z))

    @staticmethod
    def value(z: Any) -> Any:
        return xmuly(logistic(GELUTanh.twice_u(z)), z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        gate, closed = logistic(GELUTanh.twice_u(z)), logistic(-GELUTanh.twice_u(z))
        slope_of_twice_u = GELUTanh.STEEPNESS * (1 + 3 * GELUTanh.CUBIC * square(z))
        return gate + xmuly(gate * closed, z * slope_of_twice_u)


class Mish(Activation):
    """z ω(z) with ω(z) = tanh(ln(1 + eᶻ)), derivative ω(z) + z ω′(z) (Misra 2020).

    ω = (e²ᶻ + 2eᶻ) / (e²ᶻ + 2eᶻ + 2) and ω′ = 4eᶻ(1 + eᶻ) / (e²ᶻ + 2eᶻ + 2)². Where z > 0, both are expanded by powers
    of e^−z, so that nothing overflows; and nothing cancels.

    >>> Mish()(np.array([-np.inf, -1.0, 0.0, 1.0]))
    array([ 0.        , -0.30340146,  0.        ,  0.86509839])
    """

    bounds = (-0.30884341301725044, np.inf)  # at z = −1.1924

    @staticmethod
    def value(z: Any) -> Any:
        return xmuly(mish_gate(z), z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return mish_gate(z) + xmuly(mish_gate_slope(z), z)


class HardSigmoid(Activation):
    """min(max(z + 3, 0), 6) / 6; derivative 1/6 where |z| < 3, else 0 (Howard et al. 2019, section 5.2).

    The slope is PyTorch's and Keras 3's. Keras 2 had 0.2 z + 0.5, and Courbariaux et al. 2015 have (z + 1) / 2,
    both cut to [0, 1]. At the kinks the derivative is 0, as in PyTorch.

    >>> HardSigmoid()(np.array([-4.0, -1.5, 0.0, 4.0]))
    array([0.  , 0.25, 0.5 , 1.  ])
    """

    bounds = (0.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        return minimum(maximum(z + 3, 0.0), 6.0) / 6

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return heaviside(3 - magnitude(z), 0.0) / 6


class HardSwish(Activation):
    """z min(max(z + 3, 0), 6) / 6: SiLU of straight lines and a parabola (Howard et al. 2019, section 5.2).

    Derivative (2z + 3) / 6 where |z| < 3, else 0 on the left and 1 on the right, at the kinks too: there PyTorch long
    took the parabola's −½ and 3/2.

    >>> HardSwish()(np.array([-np.inf, -1.5, 0.0, 4.0]))
    array([ 0.   , -0.375,  0.   ,  4.   ])
    """

    bounds = (-0.375, np.inf)  # at z = −3/2

    @staticmethod
    def value(z: Any) -> Any:
        return xmuly(HardSigmoid.value(z), z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return where(magnitude(z) < 3, (2 * z + 3) / 6, heaviside(z, 0.0))
