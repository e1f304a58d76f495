"""A rate for each parameter, by the size that its own gradients had: Adagrad, and the two that forget."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from chainrule.arguments import require, require_bool
from chainrule.formulas.elementary import maximum, sqrt, square
from chainrule.formulas.optimizers.optimizer import Optimizer, Rate

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


@dataclass(frozen=True, kw_only=True)
class Adagrad(Optimizer):
    """The rate over the root of the sum of all squares so far (Duchi, Hazan & Singer 2011, figure 1).

    s ← s + g², then θ ← θ − η g / (√s + ε).

    The sum starts at 0, as PyTorch's; Keras starts it at 0.1 and has ε inside the root.

    Args:
        learning_rate: η > 0, or a schedule.
        epsilon: ε ≥ 0, outside the root.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> optimizer = Adagrad(0.5)
    >>> optimizer.step([1.0, 1.0], [1e-3, 1e3], optimizer.init([1.0, 1.0]))[0]  # the first step has the length η
    array([0.500005, 0.5     ])
    """

    epsilon: float = 1e-8

    slots = ("sum_of_squares",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require("epsilon", self.epsilon, 0, closed=True)

    @staticmethod
    def rule(
        theta: Any, gradient: Any, sum_of_squares: Any, t: Any, learning_rate: Any, epsilon: Any
    ) -> tuple[Any, Any]:
        sum_of_squares = sum_of_squares + square(gradient)
        return theta - learning_rate * gradient / (sqrt(sum_of_squares) + epsilon), sum_of_squares


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """The rate over the root of a running mean of the squares (Tieleman & Hinton 2012, lecture 6.5; Graves 2013).

    s ← ρ s + (1 − ρ) g², then v ← μ v − η g / (√s + ε) and θ ← θ + v. Centered, the mean gradient ḡ ← ρ ḡ + (1 − ρ) g
    is kept too, and s − ḡ², the variance, stands in place of s.

    ε stands outside the root, as PyTorch's; Keras has it inside.

    Args:
        learning_rate: η > 0, or a schedule.
        rho: ρ in [0, 1): how much of the mean is kept from step to step (PyTorch's alpha).
        momentum: μ in [0, 1).
        epsilon: ε ≥ 0.
        centered: divide by the standard deviation of the gradients.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number, or centered no bool.

    >>> RMSprop(0.001, momentum=0.5)
    RMSprop(learning_rate=0.001, rho=0.9, momentum=0.5, epsilon=1e-08, centered=False)
    """

    learning_rate: Rate = 0.001
    _: KW_ONLY
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-8
    centered: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require("rho", self.rho, 0, 1, closed=True)
        require("momentum", self.momentum, 0, 1, closed=True)
        require("epsilon", self.epsilon, 0, closed=True)
        require_bool("centered", self.centered)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity", "mean_square", *(["mean_gradient"] if self.centered else []))

    @staticmethod
    def rule(theta: Any, gradient: Any, velocity: Any, mean_square: Any, *rest: Any) -> tuple[Any, ...]:
        *means, _, learning_rate, rho, momentum, epsilon, centered = rest
        mean_square = rho * mean_square + (1 - rho) * square(gradient)
        spread = mean_square
        if centered:
            means = [rho * means[0] + (1 - rho) * gradient]
            spread = maximum(mean_square - square(means[0]), 0.0)  # rounding alone could make it negative
        velocity = momentum * velocity - learning_rate * gradient / (sqrt(spread) + epsilon)
        return theta + velocity, velocity, mean_square, *means


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Steps in the units of the parameters: their own mean size over the gradients' (Zeiler 2012, algorithm 1).

    s ← ρ s + (1 − ρ) g², then Δ = −√(u + ε) / √(s + ε) · g and θ ← θ + η Δ, then u ← ρ u + (1 − ρ) Δ².

    Args:
        learning_rate: η > 0, or a schedule; the paper's rule is η = 1. Keras' default is 0.001.
        rho: ρ in [0, 1).
        epsilon: ε ≥ 0, inside the roots; at 0 nothing ever moves.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> Adadelta()
    Adadelta(learning_rate=1.0, rho=0.95, epsilon=1e-06)
    """

    learning_rate: Rate = 1.0
    _: KW_ONLY
    rho: float = 0.95
    epsilon: float = 1e-6

    slots = ("mean_square", "mean_square_step")

    def __post_init__(self) -> None:
        super().__post_init__()
        require("rho", self.rho, 0, 1, closed=True)
        require("epsilon", self.epsilon, 0, closed=True)

    @staticmethod
    def rule(
        theta: Any,
        gradient: Any,
        mean_square: Any,
        mean_square_step: Any,
        t: Any,
        learning_rate: Any,
        rho: Any,
        epsilon: Any,
    ) -> tuple[Any, Any, Any]:
        mean_square = rho * mean_square + (1 - rho) * square(gradient)
        step = -sqrt(mean_square_step + epsilon) / sqrt(mean_square + epsilon) * gradient
        return theta + learning_rate * step, mean_square, rho * mean_square_step + (1 - rho) * square(step)
