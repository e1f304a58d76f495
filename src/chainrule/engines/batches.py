"""Which samples each step takes: the order of the batches, the same for every engine."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arguments import as_count

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Batches", "as_batch_size"]


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
        self.n, self.size = n, size
        self.steps_per_epoch = -(-n // size)
        self.rng = rng if size < n else None
        self.step = 0

    @cached_property
    def order(self) -> npt.NDArray[np.intp]:
        """The rows of this epoch, one batch after another."""
        return np.arange(self.n)

    def next(self) -> npt.NDArray[np.intp]:
        """The rows of the next step's samples, a view of the epoch's order."""
        position = self.step % self.steps_per_epoch
        if position == 0 and self.rng is not None:
            self.order = self.rng.permutation(self.n)
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
            return np.zeros(0, np.intp), np.arange(steps + 1) * self.n
        epoch, position = np.divmod(np.arange(self.step, self.step + steps + 1), self.steps_per_epoch)
        bounds = epoch * self.n + position * self.size  # in an endless row of epochs
        parts = []
        while steps:
            place = self.step % self.steps_per_epoch
            if place == 0 and self.rng is not None:
                self.order = self.rng.permutation(self.n)
            some = min(self.steps_per_epoch - place, steps)
            parts.append(self.order[place * self.size : (place + some) * self.size])
            self.step, steps = self.step + some, steps - some
        rows = parts[0] if len(parts) == 1 else np.concatenate(parts or [self.order[:0]])
        return rows, bounds - bounds[0]

    @property
    def sizes(self) -> list[int]:
        """The sizes of an epoch's batches, in their order."""
        return [min(self.size, self.n - start) for start in range(0, self.n, self.size)]


def as_batch_size(batch_size: int | None, n: int) -> int:
    """How many of n samples a step takes: None stands for all of them.

    Raises:
        TypeError: batch_size is no whole number.
        ValueError: it is below 1, or larger than n.

    >>> as_batch_size(10, 5)
    Traceback (most recent call last):
        ...
    ValueError: batch_size is 10 but there are 5 samples; pass at most 5, or None for all
    """
    size = n if batch_size is None else as_count("batch_size", batch_size)
    if size > n:
        raise ValueError(f"batch_size is {size} but there are {n} samples; pass at most {n}, or None for all")
    return size
