"""Which momentum is most likely to have printed the losses that the report prints?

For each momentum of a grid many networks are trained. The likelihood of a momentum is the share of its networks that
solve the task, as the report's did, times the density of their losses at the printed ones: a Gaussian kernel density
of one number for each network, the mean of its log losses over the printed epochs. Between the momenta of the grid the
log-likelihood is interpolated; every momentum counts as equally likely beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array

__all__ = ["FINE", "Levels", "best", "interval", "log_density", "log_likelihood", "resampled"]

FINE = np.linspace(0, 0.9, 901)
"""The momenta between which nothing is told apart."""


@dataclass(frozen=True)
class Levels:
    """What networks with each momentum came to, beside what is printed.

    Attributes:
        by_momentum: for each momentum, increasing, the mean log loss of each network, NaN where it did not solve its
            task.
        printed: the mean of the logs of the printed losses.
    """

    by_momentum: Mapping[float, Array]
    printed: float


def log_likelihood(levels: Levels) -> Array:
    """The log-likelihood of the printed losses for each momentum of `FINE`.

    A momentum with which fewer than three networks solve the task gives no density and is left out; beyond the
    outermost that do, the likelihood is 0.

    Raises:
        ValueError: fewer than two momenta are left.

    >>> draws = np.random.default_rng(0).normal(size=1000)
    >>> levels = Levels({m: draws - 4 * m for m in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)}, printed=-2.0)
    >>> abs(best(log_likelihood(levels)) - 0.5) < 0.05
    True
    """
    from scipy.interpolate import CubicSpline

    values = {}
    for momentum, found in levels.by_momentum.items():
        solved = found[np.isfinite(found)]
        if len(solved) >= 3 and np.ptp(solved) > 0:
            values[momentum] = np.log(len(solved) / len(found)) + log_density(solved, levels.printed)
    if len(values) < 2:
        raise ValueError("too few networks solve the task to tell momenta apart; pass more seeds")
    between = CubicSpline(list(values), list(values.values()), extrapolate=False)(FINE)
    return np.where(np.isnan(between), -np.inf, between)


def log_density(values: Array, at: float) -> float:
    """The log of the Gaussian kernel density of some values at a point, with Scott's bandwidth n^(−1/5) s (1992).

    What `scipy.stats.gaussian_kde` computes; for one dimension that takes no linear algebra, whose threads make
    thousands of small densities slow.

    >>> round(log_density(np.array([-1.0, 0.0, 1.0]), 0.0), 4)
    -1.1452
    """
    bandwidth = values.std(ddof=1) * len(values) ** -0.2
    exponents = -0.5 * ((at - values) / bandwidth) ** 2
    most = exponents.max()
    return float(most + np.log(np.exp(exponents - most).mean()) - np.log(bandwidth * np.sqrt(2 * np.pi)))


def best(logs: Array) -> float:
    """The momentum with the largest log-likelihood."""
    return float(FINE[np.argmax(logs)])


def interval(logs: Array, confidence: float = 0.95) -> tuple[float, float]:
    """The ends of the likeliest momenta that together hold this much of the probability.

    >>> low, high = interval(-0.5 * ((FINE - 0.5) / 0.1) ** 2)
    >>> float(round(low, 2)), float(round(high, 2))
    (0.3, 0.7)
    """
    weights = np.exp(logs - logs.max())
    order = np.argsort(weights)[::-1]
    held = np.cumsum(weights[order]) / weights.sum()
    chosen = FINE[order[: int(np.searchsorted(held, confidence)) + 1]]
    return float(chosen.min()), float(chosen.max())


def resampled(levels: Sequence[Levels], times: int, seed: int = 0) -> list[float]:
    """The likeliest momentum for all these levels together, each time with the networks drawn again."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(times):
        logs = np.zeros_like(FINE)
        for one in levels:
            again = {m: values[rng.integers(len(values), size=len(values))] for m, values in one.by_momentum.items()}
            logs += log_likelihood(Levels(again, one.printed))
        found.append(best(logs))
    return found
