"""Which rows are held out, and which of the others are kept in memory: a choice by seed and row group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Split"]

HELD_OUT = 200_000
"""At most about so many rows are held out, since they are kept in memory."""
SAMPLE = 50_000
"""About so many of the rows trained on are kept to judge the training by."""
NUMBERS = 20_000_000
"""At most about so many values are kept of either."""


@dataclass(frozen=True)
class Split:
    """A draw u of U(0, 1) for each row: held out where u < share; kept of the others where u ≥ 1 − sample.

    Attributes:
        seed: of the draws.
        share: of the rows that are held out, in [0, 1).
        sample: of the rows that are trained on and kept in memory too.
    """

    seed: int
    share: float
    sample: float

    @classmethod
    def of(cls, seed: int, validation: float, n: int, columns: int) -> Split:
        """As `--validation` asks, as far as memory goes.

        >>> Split.of(0, 0.2, 1000, 10), Split.of(0, 0.2, 10_000_000, 10)
        (Split(seed=0, share=0.2, sample=1.0), Split(seed=0, share=0.02, sample=0.005))
        """
        room = NUMBERS // columns
        return cls(seed, min(validation, min(HELD_OUT, room) / n), min(1.0, min(SAMPLE, room) / n))

    def masks(self, group: int, n: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which of the n rows of a row group are held out, and which are trained on and kept, (n,) each."""
        u = np.random.default_rng([self.seed, group]).random(n)
        held_out = u < self.share
        return held_out, ~held_out & (u >= 1 - self.sample)
