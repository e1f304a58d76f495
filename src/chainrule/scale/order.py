"""Which rows of which blocks each step takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.engines.batches import Batches
from chainrule.scale.block import Range

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BlockBatches", "WindowBatches"]


class BlockBatches(Batches):
    """The batches of rows that lie in blocks.

    An epoch takes every row once. With a generator, it begins with a new order of the blocks. Batches that are as large
    as a block and larger take its rows one after another; smaller ones are cut from windows: some blocks that are in
    memory together, whose rows are permuted. Of a single block this is the order of `Batches`, with the same draws.

    Args:
        lengths: the rows of each block.
        size: of a batch.
        rng: draws the orders; None takes the blocks and rows as they come.
        window: how many rows a window has, if its first block does not have more.

    Example:
        >>> batches = BlockBatches([3, 2, 4], 6)
        >>> [[(rows.block, rows.start, rows.stop) for rows in batches.ranges()] for _ in range(2)]
        [[(0, 0, 3), (1, 0, 2), (2, 0, 1)], [(2, 1, 4)]]
    """

    def __init__(
        self, lengths: Sequence[int], size: int, rng: np.random.Generator | None = None, window: int = 1
    ) -> None:
        super().__init__(sum(lengths), size, rng)
        self.lengths, self.window = np.array(lengths), window
        self.blocks = np.arange(len(lengths))

    @property
    def streams(self) -> bool:
        """Whether the batches are smaller than a block, so that rows are permuted, and come to where θ is."""
        return self.size < self.lengths.max()

    def permute(self) -> None:
        """Draw the order of an epoch's blocks."""
        if self.rng is not None and len(self.lengths) > 1:
            self.blocks = self.rng.permutation(len(self.lengths))

    def ranges(self) -> list[Range]:
        """The rows of the next step, of blocks in the epoch's order."""
        position = self.step % self.steps_per_epoch
        if position == 0:
            self.permute()
        self.step += 1
        begin, end = position * self.size, min((position + 1) * self.size, self.n)
        ends = np.cumsum(self.lengths[self.blocks])
        found = []
        for k in range(int(np.searchsorted(ends, begin, "right")), len(ends)):
            block, before = int(self.blocks[k]), int(ends[k] - self.lengths[self.blocks[k]])
            start, stop = max(begin, before), min(end, int(ends[k]))
            found.append(Range(block, start - before, stop - before, start - begin))
            if stop == end:
                break
        return found

    def windows(self) -> list[list[int]]:
        """The blocks of each of the epoch's windows."""
        found: list[list[int]] = []
        room = 0
        for block in map(int, self.blocks):
            if found and self.lengths[block] <= room:
                found[-1].append(block)
            else:
                found.append([block])
                room = self.window
            room -= int(self.lengths[block])
        return found


class WindowBatches(Batches):
    """Batches of rows that are listed: those of a window."""

    def __init__(self, rows: npt.NDArray[np.intp], size: int, n: int) -> None:
        super().__init__(n, size)
        self.order = rows
        self.left = -(-len(rows) // size)  # steps

    def next(self) -> npt.NDArray[np.intp]:
        rows = self.order[self.step * self.size : (self.step + 1) * self.size]
        self.step, self.left = self.step + 1, self.left - 1
        return rows

    def take(self, steps: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        rows = self.order[self.step * self.size : (self.step + steps) * self.size]
        self.step, self.left = self.step + steps, self.left - steps
        return rows, np.minimum(np.arange(steps + 1) * self.size, len(rows))
