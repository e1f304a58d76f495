"""Rates that stay what they are: for the whole run, or from boundary to boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import as_count, require
from chainrule.formulas.schedules.schedule import Schedule

__all__ = ["Constant", "PiecewiseConstantDecay"]


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step.

    >>> Constant(0.1)(7)
    0.1
    """

    learning_rate: float

    def __post_init__(self) -> None:
        require("learning_rate", self.learning_rate, 0, closed=True)

    @staticmethod
    def rate(t: Any, learning_rate: float) -> Any:
        return learning_rate


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """values[i] up to and with step boundaries[i], and the last value after the last of them.

    Args:
        boundaries: steps, increasing.
        values: rates, one more than there are boundaries.

    >>> PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])([0, 100, 101, 201])
    array([0.1  , 0.1  , 0.01 , 0.001])
    """

    boundaries: Sequence[int]
    values: Sequence[float]

    def __post_init__(self) -> None:
        for name in ("boundaries", "values"):  # what is hashed and compared does not change
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for value in self.values:
            require("each of values", value, 0, closed=True)
        for boundary in self.boundaries:
            as_count("each of boundaries", boundary, least=0)
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError(f"boundaries must increase, got {list(self.boundaries)}")
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values must have one more than boundaries, got {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries; pass {len(self.boundaries) + 1} values"
            )

    @staticmethod
    def rate(t: Any, boundaries: Sequence[int], values: Sequence[float]) -> Any:
        return np.array(values, np.float64)[np.searchsorted(boundaries, t)]
