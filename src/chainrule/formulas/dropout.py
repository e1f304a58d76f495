"""Dropout: in training, each activation is left out with a probability, and what is kept is scaled up for it.

Which ones are left out is a function of the run's key, the step, the layer, the unit and the sample: a hash and no
stream, so that every engine, with any number of threads, leaves out the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from chainrule.arguments import require
from chainrule.arrays import Array

__all__ = ["GOLDEN", "ROUNDS", "Dropout", "mask", "step_key"]

GOLDEN = 0x9E3779B97F4A7C15
"""2⁶⁴ / golden ratio: from key to key (Steele, Lea & Flood 2014, SplitMix64)."""
ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))
"""A round xors the number with itself shifted right, and multiplies it (Stafford's variant 13, in the same paper)."""


@dataclass(frozen=True)
class Dropout:
    """Inverted dropout: a · keep / (1 − rate), with keep 0 or 1 (Hinton et al. 2012; Srivastava et al. 2014).

    What is kept is scaled up in training, so that a prediction, which leaves out nothing, needs no factor.

    Args:
        rate: the probability of being left out, in [0, 1).

    Raises:
        ValueError: rate is out of range: 1 would leave out everything.
        TypeError: rate is no number.

    >>> Dropout(0.5).forward(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([2., 0.])
    """

    rate: float

    trained: ClassVar[tuple[str, ...]] = ()
    statistics: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        require("dropout", self.rate, 0, 1, closed=True)

    def forward(self, a: Any, keep: Any) -> Any:
        """a · keep / (1 − rate)."""
        return a * (keep * (1 / (1 - self.rate)))

    def backward(self, grad: Any, a: Any, dropped: Any, keep: Any) -> Any:
        """∂L/∂a = ∂L/∂dropped · keep / (1 − rate)."""
        return grad * (keep * (1 / (1 - self.rate)))

    def trained_slopes(self, grad: Any, a: Any, dropped: Any, keep: Any) -> tuple[Any, ...]:
        """Nothing is learned."""
        return ()

    @property
    def threshold(self) -> int:
        """What is kept has a hash of at least this, of 53 bits."""
        return round(self.rate * 2**53)


def step_key(key: int, step: int) -> int:
    """The key of a step, 64 bits with a sign, from the run's key and how many steps have been taken."""
    return int(mixed(np.array([key], np.uint64) + np.array([step], np.uint64) * np.uint64(GOLDEN)).astype(np.int64)[0])


def mask(dropout: Dropout, key: int, layer: int, units: int, n: int, first: int = 0) -> Array:
    """Keep, 1.0 or 0.0, for each unit and each of n samples, (units, n).

    Args:
        dropout: at which rate.
        key: the step's, as of `step_key`.
        layer: the layer's number, from 0.
        units: how many units it has.
        n: how many samples there are.
        first: the place of the first of them in the step's batch.

    >>> mask(Dropout(0.25), step_key(1, 0), 0, 2, 8)
    array([[1., 1., 0., 1., 1., 1., 1., 0.],
           [1., 1., 1., 1., 1., 0., 1., 1.]])
    """
    unit = np.arange(units, dtype=np.uint64) + np.uint64(layer << 32)
    rows = mixed(np.array([key], np.int64).astype(np.uint64) + unit * np.uint64(GOLDEN))
    hashed = mixed(rows[:, None] + np.arange(first, first + n, dtype=np.uint64) * np.uint64(GOLDEN))
    return (hashed >> np.uint64(11) >= dropout.threshold).astype(np.float64)


def mixed(numbers: Any) -> Any:
    """Every bit of the numbers, uint64, spread over all bits of the result."""
    for shift, factor in ROUNDS:
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers
