"""Normalizations: pre-activations brought to mean 0 and variance 1, before the activation. A value and its derivative.

Both are one formula; they differ in what the mean goes over. Batch normalization takes it over the samples of a batch,
unit by unit; layer normalization over the units of a layer, sample by sample.

    μ = mean(z)        σ² = mean((z − μ)²)        ẑ = (z − μ) / √(σ² + ε)        n = γ ẑ + β
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from chainrule.arguments import require
from chainrule.formulas.elementary import mean_over_samples, mean_over_units, sqrt, square
from chainrule.formulas.named import Named

__all__ = ["BatchNorm", "LayerNorm", "Normalization", "get", "names"]


@dataclass(frozen=True, kw_only=True)
class Normalization(Named, kind="normalization"):
    """n = γ ẑ + β, where ẑ has mean 0 and variance 1, and where γ and β, one of each a unit, are learned.

    Args:
        epsilon: ε > 0, added to the variance: what is constant becomes 0, not NaN.

    Example:
        >>> import numpy as np
        >>> z = np.array([[1.0, 5.0], [3.0, 5.0]])
        >>> get("batch_norm", epsilon=1e-12).forward(z, np.ones(2), np.zeros(2)).round(6)
        array([[-1.,  0.],
               [ 1.,  0.]])
    """

    epsilon: float = 1e-5

    trained: ClassVar[tuple[str, ...]] = ("gamma", "beta")
    """The names of what is learned, one number a unit each."""
    statistics: ClassVar[tuple[str, ...]] = ()
    """The names of what is kept for predictions, one number a unit each."""
    mean: ClassVar[Callable[..., Any]]
    """The mean over samples or over units: a static method."""

    def __post_init__(self) -> None:
        require("epsilon", self.epsilon, 0)

    def start(self, name: str) -> float:
        """What every unit's γ, β, running mean or running variance is before training."""
        return {"gamma": 1.0, "beta": 0.0, "running_mean": 0.0, "running_variance": 1.0}[name]

    def standard(self, z: Any) -> Any:
        """ẑ = (z − μ) / √(σ² + ε)."""
        return (z - self.mean(z)) / self.deviation(z)

    def deviation(self, z: Any) -> Any:
        """√(σ² + ε)."""
        return sqrt(self.mean(square(z - self.mean(z))) + self.epsilon)

    def forward(self, z: Any, gamma: Any, beta: Any) -> Any:
        """n = γ ẑ + β of pre-activations z (n, d), with γ and β (d,)."""
        return gamma * self.standard(z) + beta

    def backward(self, grad_n: Any, z: Any, n: Any, gamma: Any, beta: Any) -> Any:
        """The chain rule through it: ∂L/∂z from ∂L/∂n, both (n, d).

        Every n depends on every z that its mean goes over, in three ways: directly, through μ, and through σ². With
        g = γ ∂L/∂n = ∂L/∂ẑ the three are ∂L/∂z = (g − mean(g) − ẑ mean(g ẑ)) / √(σ² + ε).
        """
        g, standard = grad_n * gamma, self.standard(z)
        return (g - self.mean(g) - standard * self.mean(g * standard)) / self.deviation(z)

    def trained_slopes(self, grad_n: Any, z: Any, n: Any, gamma: Any, beta: Any) -> tuple[Any, ...]:
        """What each sample adds to ∂L/∂γ and ∂L/∂β: ∂L/∂n ẑ and ∂L/∂n."""
        return grad_n * self.standard(z), grad_n

    def evaluate(self, z: Any, gamma: Any, beta: Any, *statistics: Any) -> Any:
        """What a prediction takes in the place of `forward`."""
        return self.forward(z, gamma, beta)


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Normalization):
    """Batch normalization: mean and variance over the samples of a batch (Ioffe & Szegedy 2015, Algorithm 1).

    Predictions take running averages instead, so that a sample's does not depend on the others beside it:
    running ← m · running + (1 − m) · batch after every step, of μ and of the unbiased n / (n − 1) σ² (Algorithm 2).

    Args:
        epsilon: ε > 0.
        momentum: m in [0, 1): Keras' name and meaning; PyTorch's `momentum` is 1 − m.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: a parameter is no number.

    >>> BatchNorm()
    BatchNorm(epsilon=1e-05, momentum=0.9)
    """

    momentum: float = 0.9

    statistics = ("running_mean", "running_variance")
    mean: ClassVar[Callable[..., Any]] = staticmethod(mean_over_samples)

    def __post_init__(self) -> None:
        super().__post_init__()
        require("momentum", self.momentum, 0, 1, closed=True)

    def observed(self, z: Any) -> tuple[Any, ...]:
        """μ and σ² of a batch, (1, d) each."""
        return self.mean(z), self.mean(square(z - self.mean(z)))

    def running(self, kept: Any, observed: Any) -> Any:
        """The running average after one more batch."""
        return self.momentum * kept + (1 - self.momentum) * observed

    def evaluate(self, z: Any, gamma: Any, beta: Any, *statistics: Any) -> Any:
        """γ (z − running mean) / √(running variance + ε) + β."""
        mean, variance = statistics
        return gamma * ((z - mean) / sqrt(variance + self.epsilon)) + beta


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Normalization):
    """Layer normalization: mean and variance over the units of a layer (Ba, Kiros & Hinton 2016, eq. 3).

    A sample's value depends on no other sample, so training and prediction are the same.

    >>> import numpy as np
    >>> LayerNorm(epsilon=1e-12).forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2)).round(6)
    array([[-1.,  1.]])
    """

    mean: ClassVar[Callable[..., Any]] = staticmethod(mean_over_units)


def get(name: str | Normalization, **parameters: float) -> Normalization:
    """The normalization of that name, with its parameters; a `Normalization` is returned as it is.

    Args:
        name: one of `names()`, or a Normalization.
        parameters: its parameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a parameter is out of range.
        TypeError: name is neither, or there is no such parameter.

    >>> get("layer_norm")
    LayerNorm(epsilon=1e-05)
    """
    return Normalization.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()
    ['batch_norm', 'layer_norm']
    """
    return Normalization.names()
