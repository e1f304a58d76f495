"""The optimizers that are compared, the rates that each may try, and how their times are set beside one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.experiments.intervals import Interval, wilson
from chainrule.formulas import optimizers
from chainrule.formulas.optimizers import Optimizer

__all__ = ["RIVALS", "Rival", "best_rate", "profile", "ratios"]

SPREAD = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
"""The rates that are tried, in parts of a rival's own: three orders of magnitude."""


@dataclass(frozen=True)
class Rival:
    """An optimizer with all but its rate.

    Attributes:
        optimizer: it, at the middle of the rates that are tried.
        family: of those that are drawn together.
    """

    optimizer: Optimizer
    family: str

    @property
    def tuned(self) -> bool:
        """Whether it has a rate to tune."""
        return self.optimizer.name != "lbfgs"

    @property
    def rates(self) -> Array:
        """The rates that are tried on networks."""
        return float(self.optimizer.learning_rate) * SPREAD if self.tuned else np.ones(1)  # type: ignore[arg-type]

    @property
    def rates_on_surfaces(self) -> Array:
        """The rates that are tried on surfaces, whose curvature of 100 and more bounds the rate of gradient descent."""
        return self.rates / 100 if self.family == FAMILIES[0] else self.rates

    def at(self, rate: float) -> Optimizer:
        """The optimizer at a rate."""
        return replace(self.optimizer, learning_rate=float(rate)) if self.tuned else self.optimizer


def rival(name: str, family: str, **settings: Any) -> Rival:
    """A rival of these settings."""
    return Rival(optimizers.get(name, **settings), family)


FAMILIES = ("gradient descent", "scaled by past squares", "Adam's kin", "signs, curvature")
RIVALS = {
    "SGD": rival("sgd", FAMILIES[0], learning_rate=0.3),
    "momentum": rival("sgd", FAMILIES[0], learning_rate=0.1, momentum=0.9),
    "Nesterov": rival("sgd", FAMILIES[0], learning_rate=0.1, momentum=0.9, nesterov=True),
    "Adagrad": rival("adagrad", FAMILIES[1], learning_rate=0.1),
    "Adadelta": rival("adadelta", FAMILIES[1], learning_rate=10.0),
    "RMSprop": rival("rmsprop", FAMILIES[1], learning_rate=0.01),
    "Adam": rival("adam", FAMILIES[2], learning_rate=0.03),
    "AdamW": rival("adamw", FAMILIES[2], learning_rate=0.03),
    "Adamax": rival("adamax", FAMILIES[2], learning_rate=0.03),
    "NAdam": rival("nadam", FAMILIES[2], learning_rate=0.03),
    "RAdam": rival("radam", FAMILIES[2], learning_rate=0.03),
    "Lion": rival("lion", FAMILIES[3], learning_rate=0.01),
    "Rprop": rival("rprop", FAMILIES[3], learning_rate=0.01),
    "L-BFGS": rival("lbfgs", FAMILIES[3]),
}
"""The middle of the rates lies where the optimizer is used, an order of magnitude or so above its defaults."""


def best_rate(times: Array, left: Array) -> int:
    """Which of some rates is best.

    More solved is better; of those that solve as many, the one with the smaller mean time over those that do; and
    where none does, the one that leaves the smaller loss.

    Args:
        times: to solve, (rates, seeds), infinity where never.
        left: the loss at the end, (rates, seeds).

    >>> best_rate(np.array([[5.0, np.inf], [30.0, 40.0], [20.0, 30.0]]), np.zeros((3, 2)))
    2
    >>> best_rate(np.full((2, 2), np.inf), np.array([[np.nan, 1.0], [2.0, 2.0]]))
    1
    """
    solved = np.isfinite(times).sum(axis=1)
    mean = np.where(np.isfinite(times), times, 0).sum(axis=1) / np.maximum(solved, 1)
    median = np.median(np.where(np.isnan(left), np.inf, left), axis=1)
    return int(np.lexsort((median, mean, -solved))[0])


def ratios(times: Mapping[str, Array]) -> dict[str, Array]:
    """The performance ratio of every solver on every problem: its time by the best one's (Dolan & Moré 2002, eq. 1).

    Args:
        times: of each solver on the problems, infinity where it fails, NaN where it was not tried.

    Returns:
        The ratios of each, NaN for problems that it was not tried on or that nobody solves.

    >>> ratios({"a": np.array([1.0, 4.0]), "b": np.array([2.0, np.inf])})
    {'a': array([1., 1.]), 'b': array([ 2., inf])}
    """
    with np.errstate(invalid="ignore"):
        best = np.fmin.reduce(list(times.values()))
        return {name: np.where(np.isfinite(best), each / best, np.nan) for name, each in times.items()}


def profile(ratio: Array, within: float) -> Interval:
    """The share of problems whose ratio is at most this: ρ(τ), the performance profile (eq. 2 there)."""
    tried = ratio[~np.isnan(ratio)]
    return wilson(int((tried <= within).sum()), max(1, len(tried)))
