"""Gradient descent, with momentum or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.arguments import require, require_bool
from chainrule.formulas.optimizers.optimizer import Optimizer

__all__ = ["SGD"]


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Gradient descent with momentum (Polyak 1964; Sutskever et al. 2013, eq. 1-4).

    v ← μ v − η g, then θ ← θ + v; with Nesterov's momentum θ ← θ + μ v − η g, with the new v.

    As Keras has it: the rate is in v. PyTorch keeps v ← μ v + g and steps by −η v, which is the same for as long as the
    rate is the same.

    Args:
        learning_rate: η > 0, or a schedule.
        momentum: μ in [0, 1); 0 is plain gradient descent.
        nesterov: look ahead along the velocity.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number, or nesterov no bool.

    >>> SGD(0.3, momentum=0.9)
    SGD(learning_rate=0.3, momentum=0.9, nesterov=False)
    """

    momentum: float = 0.0
    nesterov: bool = False

    slots = ("velocity",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require("momentum", self.momentum, 0, 1, closed=True)
        require_bool("nesterov", self.nesterov)

    @staticmethod
    def rule(
        theta: Any, gradient: Any, velocity: Any, t: Any, learning_rate: Any, momentum: Any, nesterov: bool
    ) -> tuple[Any, Any]:
        velocity = momentum * velocity - learning_rate * gradient
        if nesterov:
            return theta + momentum * velocity - learning_rate * gradient, velocity
        return theta + velocity, velocity
