"""Steps by the sign of the gradient alone, whatever its size: Lion and Rprop."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from chainrule.arguments import require
from chainrule.formulas.elementary import maximum, minimum, sign, where
from chainrule.formulas.optimizers.optimizer import Optimizer, Rate

__all__ = ["Lion", "Rprop"]


@dataclass(frozen=True)
class Lion(Optimizer):
    """Evolved sign momentum, with decoupled weight decay (Chen et al. 2023, algorithm 2).

    θ ← θ − η (sign(β₁ m + (1 − β₁) g) + λ θ), then m ← β₂ m + (1 − β₂) g.

    Args:
        learning_rate: η > 0, or a schedule: how far every parameter goes in a step.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        weight_decay: λ ≥ 0, of every parameter.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> optimizer = Lion(0.1)
    >>> optimizer.step([1.0, 1.0, 1.0], [1e-3, -1e3, 0.0], optimizer.init([1.0, 1.0, 1.0]))[0]
    array([0.9, 1.1, 1. ])
    """

    learning_rate: Rate = 0.001
    _: KW_ONLY
    beta_1: float = 0.9
    beta_2: float = 0.99
    weight_decay: float = 0.0

    slots = ("first_moment",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require("beta_1", self.beta_1, 0, 1, closed=True)
        require("beta_2", self.beta_2, 0, 1, closed=True)
        require("weight_decay", self.weight_decay, 0, closed=True)

    @staticmethod
    def rule(
        theta: Any, gradient: Any, m: Any, t: Any, learning_rate: Any, beta_1: Any, beta_2: Any, weight_decay: Any
    ) -> tuple[Any, Any]:
        direction = sign(beta_1 * m + (1 - beta_1) * gradient)
        theta = theta - learning_rate * (direction + weight_decay * theta)
        return theta, beta_2 * m + (1 - beta_2) * gradient


@dataclass(frozen=True, kw_only=True)
class Rprop(Optimizer):
    """A step size for each parameter, by whether its gradient kept its sign (Riedmiller & Braun 1993).

    The size Δ grows by η⁺ where the sign is the same as in the step before, and shrinks by η⁻ where it is the opposite;
    then θ ← θ − Δ sign(g). After a change of sign the parameter rests for that step and its gradient counts as 0: this
    is iRprop⁻ (Igel & Hüsken 2000), as in PyTorch. It wants full batches: signs of mini-batches change by chance.

    Args:
        learning_rate: what every step size starts from; a schedule's rate at step 0. Later rates play no part.
        eta_minus: η⁻ in (0, 1).
        eta_plus: η⁺ > 1.
        min_step: the smallest step size, at least 0.
        max_step: the largest.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> optimizer = Rprop(0.1)
    >>> optimizer.step([1.0, 1.0, 1.0], [1e-3, -1e3, 0.0], optimizer.init([1.0, 1.0, 1.0]))[0]
    array([0.9, 1.1, 1. ])
    """

    eta_minus: float = 0.5
    eta_plus: float = 1.2
    min_step: float = 1e-6
    max_step: float = 50.0

    slots = ("previous_gradient", "step_size")

    def __post_init__(self) -> None:
        super().__post_init__()
        require("eta_minus", self.eta_minus, 0, 1)
        require("eta_plus", self.eta_plus, 1)
        require("min_step", self.min_step, 0, closed=True)
        require("max_step", self.max_step, self.min_step)

    def start_of(self, slot: str) -> float:
        return float(self.learning_rates(0, 1)[0]) if slot == "step_size" else 0.0

    @staticmethod
    def rule(
        theta: Any,
        gradient: Any,
        previous_gradient: Any,
        step_size: Any,
        t: Any,
        learning_rate: Any,
        eta_minus: Any,
        eta_plus: Any,
        min_step: Any,
        max_step: Any,
    ) -> tuple[Any, Any, Any]:
        agreement = sign(gradient) * sign(previous_gradient)
        factor = where(agreement > 0, eta_plus, where(agreement < 0, eta_minus, 1.0))
        step_size = maximum(minimum(step_size * factor, max_step), min_step)
        gradient = where(agreement < 0, 0.0, gradient)
        return theta - step_size * sign(gradient), gradient, step_size
