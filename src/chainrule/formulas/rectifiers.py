"""Activations that are z, or nearly z, for positive z and bend away below: ReLU and its kin.

Where one has a kink, at z = 0, its derivative there is that of the left side, as in PyTorch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import require
from chainrule.formulas.activations import Activation, Sigmoid
from chainrule.formulas.elementary import exp, expm1, heaviside, log1p, magnitude, maximum, minimum, where

__all__ = ["CELU", "ELU", "SELU", "LeakyReLU", "PReLU", "ReLU", "Softplus"]


class ReLU(Activation):
    """max(z, 0), with derivative 1 where z > 0 and 0 elsewhere (Nair & Hinton 2010).

    There is no derivative at 0; 0 is taken there, a subgradient, as everywhere in the field.

    >>> ReLU()(np.array([-1.0, 0.0, 2.0])), ReLU().derivative(np.array([-1.0, 0.0, 2.0]))
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """

    name = "relu"
    bounds = (0.0, np.inf)

    @staticmethod
    def value(z: Any) -> Any:
        return maximum(z, 0.0)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return heaviside(z, 0.0)


@dataclass(frozen=True)
class PReLU(Activation):
    """z where z > 0 and α z elsewhere, with slopes α that are learned (He et al. 2015, eq. 1 and 8).

    What a sample adds to ∂L/∂α is ∂L/∂a · z where z ≤ 0, and nothing elsewhere. Called by itself it has the slopes that
    it starts with.

    Args:
        alpha: the slopes at the start; 0.25 is the paper's and PyTorch's, Keras starts at 0.
        shared: one slope for the whole layer (the paper's "channel-shared") instead of one a unit.

    Raises:
        ValueError: alpha is not finite.
        TypeError: alpha is no number, or shared no bool.

    >>> PReLU()(np.array([-1.0, 2.0]))
    array([-0.25,  2.  ])
    """

    alpha: float = 0.25
    shared: bool = False

    name = "prelu"
    trained = ("alpha",)

    def __post_init__(self) -> None:
        require("alpha", self.alpha, -np.inf)
        if not isinstance(self.shared, bool):
            raise TypeError(f"shared must be True or False, got {self.shared!r}")

    def start(self, name: str) -> float:
        return float(self.alpha)

    @property
    def parameters(self) -> tuple[Any, ...]:
        return ()  # what the formula takes is learned

    @staticmethod
    def value(z: Any, alpha: Any) -> Any:
        return where(z > 0, z, alpha * z)

    @staticmethod
    def slope(z: Any, a: Any, alpha: Any) -> Any:
        return heaviside(z, 0.0) + alpha * (1 - heaviside(z, 0.0))

    def trained_slopes(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> tuple[Any, ...]:
        return (grad_a * minimum(z, 0.0),)


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """z where z > 0, else s z; derivative 1 where z > 0, else s (Maas, Hannun & Ng 2013, section 2).

    Args:
        negative_slope: s ≥ 0; 0.01 is the paper's and PyTorch's, Keras' function has 0.2 and its layer 0.3.

    >>> LeakyReLU(negative_slope=0.1)(np.array([-1.0, 0.0, 2.0]))
    array([-0.1,  0. ,  2. ])
    """

    negative_slope: float = 0.01

    name = "leaky_relu"

    def __post_init__(self) -> None:
        require("negative_slope", self.negative_slope, 0, closed=True)

    @staticmethod
    def value(z: Any, negative_slope: Any) -> Any:
        return where(z > 0, z, negative_slope * z)

    @staticmethod
    def slope(z: Any, a: Any, negative_slope: Any) -> Any:
        positive = heaviside(z, 0.0)
        return positive + negative_slope * (1 - positive)


@dataclass(frozen=True)
class ELU(Activation):
    """z where z > 0, else α (eᶻ − 1); derivative 1 where z > 0, else α eᶻ (Clevert, Unterthiner & Hochreiter 2016).

    The derivative is computed from z, not as the paper's a + α, which cancels for large negative z.

    Args:
        alpha: α ≥ 0: a approaches −α on the left. Only with 1, the default everywhere, is there no kink; 0 is ReLU.

    >>> ELU()(np.array([-1e4, 0.0, 2.0])), ELU().derivative(np.array([-1e4, 0.0, 2.0]))
    (array([-1.,  0.,  2.]), array([0., 1., 1.]))
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        require("alpha", self.alpha, 0, closed=True)

    @property
    def bounds(self) -> tuple[float, float]:
        return (-float(self.alpha), np.inf)

    @staticmethod
    def value(z: Any, alpha: Any) -> Any:
        return where(z > 0, z, alpha * expm1(z))

    @staticmethod
    def slope(z: Any, a: Any, alpha: Any) -> Any:
        return where(z > 0, 1.0, alpha * exp(z))


class SELU(Activation):
    """λ z where z > 0, else λ α (eᶻ − 1); derivative λ where z > 0, else λ α eᶻ (Klambauer et al. 2017, eq. 2).

    With α ≈ 1.6733 and λ ≈ 1.0507, the fixed point of mean 0 and variance 1 for weights of `lecun_normal`.

    >>> SELU()(np.array([0.0, 1.0]))
    array([0.        , 1.05070099])
    """

    ALPHA = 1.6732632423543772848
    LAMBDA = 1.0507009873554804934

    bounds = (-ALPHA * LAMBDA, np.inf)

    @staticmethod
    def value(z: Any) -> Any:
        return SELU.LAMBDA * where(z > 0, z, SELU.ALPHA * expm1(z))

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return SELU.LAMBDA * where(z > 0, 1.0, SELU.ALPHA * exp(z))


@dataclass(frozen=True)
class CELU(Activation):
    """z where z > 0, else α (e^(z/α) − 1); derivative 1 where z > 0, else e^(z/α) (Barron 2017).

    ELU made smooth at 0 for every α.

    Args:
        alpha: α > 0: a approaches −α on the left.

    >>> CELU(alpha=0.5)(np.array([-1e4, 0.0, 2.0]))
    array([-0.5,  0. ,  2. ])
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        require("alpha", self.alpha, 0)

    @property
    def bounds(self) -> tuple[float, float]:
        return (-float(self.alpha), np.inf)

    @staticmethod
    def value(z: Any, alpha: Any) -> Any:
        return where(z > 0, z, alpha * expm1(z / alpha))

    @staticmethod
    def slope(z: Any, a: Any, alpha: Any) -> Any:
        return where(z > 0, 1.0, exp(z / alpha))


class Softplus(Activation):
    """ln(1 + eᶻ), computed as max(z, 0) + ln(1 + e^−|z|); derivative σ(z) (Dugas et al. 2001).

    >>> Softplus()(np.array([-1e4, 0.0, 1e4]))
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+04])
    """

    bounds = (0.0, np.inf)

    @staticmethod
    def value(z: Any) -> Any:
        return maximum(z, 0.0) + log1p(exp(-magnitude(z)))

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return Sigmoid.value(z)
