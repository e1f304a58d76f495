"""Rates that fall steadily from the first step on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import require, require_bool
from chainrule.formulas.schedules.schedule import Schedule

__all__ = ["Decay", "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay", "StepDecay"]


@dataclass(frozen=True)
class Decay(Schedule, abstract=True):
    """A schedule that begins with a rate and falls over so many steps."""

    initial_learning_rate: float
    decay_steps: int | None

    length = "decay_steps"

    def __post_init__(self) -> None:
        super().__post_init__()
        require("initial_learning_rate", self.initial_learning_rate, 0, closed=True)
        for name in ("decay_rate", "end_learning_rate", "power"):
            if hasattr(self, name):
                require(name, getattr(self, name), 0, closed=True)
        require_bool("staircase", getattr(self, "staircase", False))


@dataclass(frozen=True)
class ExponentialDecay(Decay):
    """η₀ r^(t / T).

    Args:
        initial_learning_rate: η₀.
        decay_steps: T, the steps in which the rate is multiplied by r once; None is the whole run.
        decay_rate: r.
        staircase: round t / T down, so that the rate falls at once after each T steps.

    >>> ExponentialDecay(0.1, 100, 0.5, staircase=True)([99, 100])
    array([0.1 , 0.05])
    """

    decay_rate: float
    staircase: bool = False

    @staticmethod
    def rate(t: Any, initial: float, decay_steps: float, decay_rate: float, staircase: bool) -> Any:
        passed = np.floor(t / decay_steps) if staircase else t / decay_steps
        return initial * decay_rate**passed


@dataclass(frozen=True)
class StepDecay(Decay):
    """η₀ r^⌊t / T⌋: the rate is multiplied by r after each T steps (PyTorch's StepLR).

    Args:
        initial_learning_rate: η₀.
        decay_steps: T.
        decay_rate: r.

    >>> StepDecay(0.1, 30, 0.5)([29, 30, 60])
    array([0.1  , 0.05 , 0.025])
    """

    decay_rate: float = 0.1

    @staticmethod
    def rate(t: Any, initial: float, decay_steps: float, decay_rate: float) -> Any:
        return ExponentialDecay.rate(t, initial, decay_steps, decay_rate, staircase=True)


@dataclass(frozen=True)
class InverseTimeDecay(Decay):
    """η₀ / (1 + r t / T).

    Args:
        initial_learning_rate: η₀.
        decay_steps: T; None is the whole run.
        decay_rate: r: after T steps the rate is η₀ / (1 + r).
        staircase: round t / T down.

    >>> InverseTimeDecay(0.4, 10, 3.0)(10)
    0.1
    """

    decay_rate: float
    staircase: bool = False

    @staticmethod
    def rate(t: Any, initial: float, decay_steps: float, decay_rate: float, staircase: bool) -> Any:
        passed = np.floor(t / decay_steps) if staircase else t / decay_steps
        return initial / (1 + decay_rate * passed)


@dataclass(frozen=True)
class PolynomialDecay(Decay):
    """η_T + (η₀ − η_T) (1 − t / T)^p, and η_T from step T on; p = 1 is a straight line.

    Args:
        initial_learning_rate: η₀.
        decay_steps: T; None is the whole run.
        end_learning_rate: η_T.
        power: p.

    >>> PolynomialDecay(0.1, 100, end_learning_rate=0.0)([0, 50, 100, 200])
    array([0.1 , 0.05, 0.  , 0.  ])
    """

    decay_steps: int | None = None
    end_learning_rate: float = 0.0001
    power: float = 1.0

    @staticmethod
    def rate(t: Any, initial: float, decay_steps: float, end: float, power: float) -> Any:
        return end + (initial - end) * (1 - np.minimum(t, decay_steps) / decay_steps) ** power
