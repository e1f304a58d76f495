"""The numbers inside a normalization, forward and backward the long way, which its collapsed derivative skips."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.arrays import Array
from chainrule.formulas.elementary import square
from chainrule.formulas.normalizations import Normalization

__all__ = ["Inside", "inside"]


@dataclass(frozen=True)
class Inside:
    """What lies between z and n = γ ẑ + β, and ∂L by each of it.

    Attributes:
        mean: μ, (1, d) of a batch or (n, 1) of a layer.
        variance: σ², of the same shape.
        standardized: ẑ, (n, d).
        grad_standardized: ∂L/∂ẑ, (n, d).
        grad_variance: ∂L/∂σ².
        grad_mean: ∂L/∂μ.
        delta: ∂L/∂z by the three ways from z: through ẑ alone, through σ² and through μ, (n, d).
    """

    mean: Array
    variance: Array
    standardized: Array
    grad_standardized: Array
    grad_variance: Array
    grad_mean: Array
    delta: Array


def inside(normalization: Normalization, z: Array, grad_n: Array, gamma: Array) -> Inside:
    """The numbers for pre-activations z (n, d), ∂L/∂n (n, d) and γ (d,).

    >>> import numpy as np
    >>> from chainrule.formulas.normalizations import LayerNorm
    >>> inside(LayerNorm(), np.array([[1.0, 3.0]]), np.array([[1.0, 0.0]]), np.ones(2)).mean
    array([[2.]])
    """
    mean = normalization.mean(z)
    variance, deviation = normalization.mean(square(z - mean)), normalization.deviation(z)
    standardized, count = normalization.standard(z), z.size // mean.size
    g = grad_n * gamma  # n = γ ẑ + β:  ∂L/∂ẑ = γ ∂L/∂n
    # ẑ = (z − μ) (σ² + ε)^(−1/2):  ∂ẑ/∂σ² = −½ (z − μ) (σ² + ε)^(−3/2) = −ẑ / (2 (σ² + ε))
    grad_variance = -(normalization.mean(g * standardized) * count) / (2 * square(deviation))
    # ∂ẑ/∂μ = −(σ² + ε)^(−1/2); and ∂σ²/∂μ = −2 mean(z − μ) = 0
    grad_mean = -(normalization.mean(g) * count) / deviation
    # ∂ẑ/∂z = (σ² + ε)^(−1/2), ∂σ²/∂z = 2 (z − μ) / N and ∂μ/∂z = 1 / N
    delta = g / deviation + grad_variance * (2 * (z - mean) / count) + grad_mean / count
    return Inside(mean, variance, standardized, g, grad_variance, grad_mean, delta)
