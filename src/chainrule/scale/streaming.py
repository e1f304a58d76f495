"""Steps on mini-batches: blocks stream to where θ is, some of them at a time, whose rows are permuted together."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, cast

import numpy as np

from chainrule.engines import choose
from chainrule.scale.order import BlockBatches, WindowBatches

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import Optimizer, State
    from chainrule.scale.block import Block
    from chainrule.scale.rows import Rows

__all__ = ["StreamEngine"]


class Window:
    """Rows of some blocks in one array each, with room before them for the rest of the window before.

    Attributes:
        X: (room + n, d_in).
        y: (room + n, d_out).
        weights: (room + n,), or None.
        order: the rows in the order in which they are taken.
    """

    def __init__(self, blocks: Iterator[Block], count: int, n: int, room: int) -> None:
        """The next so many blocks, of n rows together, each let go of as soon as it is copied."""
        self.room, self.n, end = room, n, room
        self.order = np.arange(room, room + n)
        for k, block in enumerate(islice(blocks, count)):
            if k == 0:
                self.X, self.y = self.like(block.X), self.like(block.y)
                self.weights = None if block.weights is None else self.like(block.weights)
            start, end = end, end + len(block)
            self.X[start:end], self.y[start:end] = block.X, block.y
            if self.weights is not None and block.weights is not None:
                self.weights[start:end] = block.weights

    def like(self, array: Array) -> Array:
        """An array for all rows of what such a block has."""
        return np.empty((self.room + self.n, *array.shape[1:]), array.dtype)

    def begin_with(self, before: Window, rows: npt.NDArray[np.intp]) -> None:
        """Take these rows of the window before first."""
        start = self.room - len(rows)
        self.X[start : self.room], self.y[start : self.room] = before.X[rows], before.y[rows]
        if self.weights is not None and before.weights is not None:
            self.weights[start : self.room] = before.weights[rows]
        self.order = np.concatenate([np.arange(start, self.room), self.order])


class StreamEngine:
    """Does a job of mini-batches, a window of some blocks after another.

    What is left of a window after its last whole batch begins the next one; an epoch's last batch may be smaller.

    Args:
        engine: who takes the steps.
        job: the run.
        rows: what it learns from.
    """

    def __init__(self, engine: str, job: Job, rows: Rows) -> None:
        assert isinstance(job.batches, BlockBatches)
        self.job, self.rows, self.batches = job, rows, job.batches
        self.inner = cast(choose.BatchEngine, choose.start(engine, job))
        self.windows: Iterator[Window] = iter(())
        self.window = WindowBatches(np.zeros(0, np.intp), self.batches.size, self.batches.n)

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        losses = []
        while steps:
            if not self.window.left:
                self.next_window()
            some = min(steps, self.window.left)
            losses.append(self.inner.run(some))
            self.batches.step += some
            steps -= some
        return np.concatenate(losses)

    def next_window(self) -> None:
        """Go on with the rows of the next window."""
        if self.batches.step % self.batches.steps_per_epoch == 0:
            self.windows = self.epoch()
        rows = next(self.windows)
        self.window = WindowBatches(rows.order, self.batches.size, self.batches.n)
        self.inner.go_on_with(replace(self.job, X=rows.X, y=rows.y, weights=rows.weights, batches=self.window))

    def epoch(self) -> Iterator[Window]:
        """The windows of an epoch; the next one is put together while one is learned from."""
        batches, size = self.batches, self.batches.size
        batches.permute()
        windows = batches.windows()
        blocks = self.rows.place.blocks([block for window in windows for block in window])

        def put_together(some: list[int]) -> Window:
            window = Window(blocks, len(some), int(batches.lengths[some].sum()), size)
            if window.weights is not None:
                window.weights /= self.rows.mean_weight
            return window

        before: Window | None = None
        rest = np.zeros(0, np.intp)
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(put_together, windows[0])
            for k in range(len(windows)):
                window = ahead.result()
                if k + 1 < len(windows):
                    ahead = pool.submit(put_together, windows[k + 1])
                if batches.rng is not None:
                    window.order = size + batches.rng.permutation(window.n)
                if before is not None:
                    window.begin_with(before, rest)
                whole = len(window.order) if k + 1 == len(windows) else len(window.order) // size * size
                window.order, rest = window.order[:whole], window.order[whole:]
                if whole:
                    yield window
                before = window

    def close(self) -> None:
        """Read no more."""
        if isinstance(self.windows, Generator):
            self.windows.close()

    @property
    def optimizer(self) -> Optimizer:
        """Whose numbers the next step takes."""
        return self.inner.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        self.inner.optimizer = optimizer

    @property
    def state(self) -> State:
        """The optimizer's state after the steps that were taken."""
        return self.inner.state
