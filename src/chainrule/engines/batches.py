"""Which samples each step takes: the order of the batches, the same for every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Batches"]


class Batches:
    """The batches of a training run, epoch after epoch.

    An epoch takes every sample once; its last batch is smaller where the batch size does not divide n. With a
    generator, each epoch begins with a new permutation drawn from it; without one, the order is that of the rows. One
    batch of all samples is never permuted: its order would change nothing but the rounding.

    Example:
        >>> batches = Batches(5, 2)
        >>> [batches.next().tolist() for _ in range(3)]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, n: int, size: int, rng: np.random.Generator | None = None) -> None:
        self.size = size
        self.steps_per_epoch = -(-n // size)
        self.order: npt.NDArray[np.intp] = np.arange(n)
        self.rng = rng if size < n else None
        self.step = 0

    def next(self) -> npt.NDArray[np.intp]:
        """The rows of the next step's samples, a view of the epoch's order."""
        position = self.step % self.steps_per_epoch
        if position == 0 and self.rng is not None:
            self.order = self.rng.permutation(len(self.order))
        self.step += 1
        return self.order[position * self.size : (position + 1) * self.size]

    def take(self, steps: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The rows of so many steps, one after another, and their bounds: step s has rows[bounds[s] : bounds[s + 1]].

        Where every step takes all samples, the bounds say how many, and the rows are left out.

        >>> rows, bounds = Batches(5, 2).take(4)
        >>> rows.tolist(), bounds.tolist()
        ([0, 1, 2, 3, 4, 0, 1], [0, 2, 4, 5, 7])
        """
        if self.steps_per_epoch == 1:
            self.step += steps
            return self.order[:0], np.arange(steps + 1) * len(self.order)
        parts = [self.next() for _ in range(steps)]
        return np.concatenate(parts), np.cumsum([0, *map(len, parts)])

    @property
    def sizes(self) -> list[int]:
        """The sizes of an epoch's batches, in their order."""
        n = len(self.order)
        return [min(self.size, n - start) for start in range(0, n, self.size)]
