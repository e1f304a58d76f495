"""Regularization: what is added to the loss for large weights, and how large they may be. Biases are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.arguments import require
from chainrule.arrays import Array
from chainrule.formulas.elementary import magnitude, maximum, sign, square

__all__ = ["Regularization"]


@dataclass(frozen=True, kw_only=True)
class Regularization:
    """The penalty l1 Σ |w| + ½ l2 Σ w² on the loss, and a bound on the norm of the weights that enter a unit.

    The ½ makes l2 the factor of w in the gradient, which is PyTorch's `weight_decay`; Keras' L2(λ) is l2 = 2 λ, and
    scikit-learn's `alpha` is n · l2. It is coupled: it goes through the optimizer as part of the gradient, where the
    `weight_decay` of AdamW and Lion does not.

    Args:
        l1: of the weights' magnitudes, ≥ 0 (Tibshirani 1996).
        l2: of their squares, ≥ 0 (Krogh & Hertz 1992).
        max_norm: after every step, each unit's incoming weights of a larger Euclidean norm are scaled down to it; None
            for no bound (Srebro & Shraibman 2005).

    Raises:
        ValueError: a number is out of range.
        TypeError: one is no number.
    """

    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | None = None

    def __post_init__(self) -> None:
        require("l1", self.l1, 0, closed=True)
        require("l2", self.l2, 0, closed=True)
        if self.max_norm is not None:
            require("max_norm", self.max_norm, 0)

    @property
    def penalizes(self) -> bool:
        """Whether anything is added to the loss."""
        return self.l1 > 0 or self.l2 > 0

    @staticmethod
    def value(weight: Any, l1: Any, l2: Any) -> Any:
        """What one weight adds to the loss: l1 |w| + ½ l2 w²."""
        return l1 * magnitude(weight) + 0.5 * l2 * square(weight)

    @staticmethod
    def slope(weight: Any, l1: Any, l2: Any) -> Any:
        """What one weight adds to its gradient: l1 sign(w) + l2 w; 0 at 0, a subgradient."""
        return l1 * sign(weight) + l2 * weight

    @staticmethod
    def bounded(weight: Any, norm: Any, max_norm: Any) -> Any:
        """A weight of a unit whose incoming weights have this norm: w · min(1, max_norm / norm)."""
        return weight * (max_norm / maximum(norm, max_norm))

    def penalty(self, weights: list[Array]) -> float:
        """What these matrices add to the loss.

        >>> import numpy as np
        >>> Regularization(l1=0.5, l2=1.0).penalty([np.array([[1.0, -2.0]])])
        4.0
        """
        return float(sum(self.value(weight, self.l1, self.l2).sum() for weight in weights))
