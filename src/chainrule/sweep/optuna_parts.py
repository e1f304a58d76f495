"""What is Optuna's: its samplers, pruners and distributions, as the command line names them."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.sweep.setting import Choices, Searched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from chainrule.sweep.space import Space

__all__ = ["Sampling", "distribution", "optuna", "pruner"]

MOST_POINTS = 1_000_000
"""Of a grid."""
MISSING = "a search needs Optuna, which is not installed; pip install 'chainrule[sweep]'"


def optuna() -> Any:
    """The package, which says nothing by itself.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import optuna as found
    except ImportError as error:
        raise ImportError(MISSING) from error
    found.logging.set_verbosity(found.logging.ERROR)
    return found


def distribution(one: Searched) -> BaseDistribution:
    """Optuna's name for a range, or for choices."""
    of = optuna().distributions
    if isinstance(one, Choices):
        return of.CategoricalDistribution(one.values)
    if one.whole:
        return of.IntDistribution(int(one.low), int(one.high), log=one.log, step=int(one.step or 1))
    return of.FloatDistribution(one.low, one.high, log=one.log, step=one.step)


class Sampling:
    """Who says the settings of each trial.

    What it says of the i-th trial follows from the seed, from i, and from the trials that are finished by then: a
    search that was interrupted goes on as if it had not been.

    Args:
        name: of the sampler.
        space: to be searched.
        seed: of the search.

    Raises:
        ValueError: a grid has too many points, or infinitely many.
    """

    def __init__(self, name: str, space: Space, seed: int) -> None:
        self.name, self.seed = name, seed
        self.grid: Mapping[str, tuple[Any, ...]] = {}
        if name == "grid":
            self.grid = {setting: one.grid(setting) for setting, one in space.searched.items()}
            if self.points > MOST_POINTS:
                raise ValueError(f"the grid has {self.points:,} points; give fewer values, or take --sampler random")
            self.order = np.random.default_rng(seed).permutation(self.points)

    @property
    def points(self) -> int:
        """How many points the grid has."""
        return math.prod(map(len, self.grid.values()))

    def of(self, index: int) -> BaseSampler:
        """The sampler that is asked for the trial of this index, from 0."""
        samplers = optuna().samplers
        seed = int(np.random.SeedSequence([self.seed, index]).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna().exceptions.ExperimentalWarning)
            if self.name == "tpe":
                return samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
            base = samplers.RandomSampler(seed=seed)
            if self.name == "random":
                return base
            # Optuna's GridSampler takes a point that a kill interrupted for done.
            return samplers.PartialFixedSampler(self.point(int(self.order[index])), base)

    def point(self, number: int) -> dict[str, Any]:
        """A point of the grid."""
        values = next(itertools.islice(itertools.product(*self.grid.values()), number, None))
        return dict(zip(self.grid, values, strict=True))


def pruner(name: str, every: int, epochs: int) -> BasePruner:
    """Who says whether a trial is worth going on.

    Args:
        name: of the pruner.
        every: how many epochs from one report to the next.
        epochs: of a trial at most.
    """
    pruners = optuna().pruners
    if name == "none":
        return pruners.NopPruner()
    if name == "median":
        return pruners.MedianPruner()
    return pruners.HyperbandPruner(min_resource=every, max_resource=max(every, epochs))
