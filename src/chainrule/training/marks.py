"""Runs that go from mark to mark: the epochs at which something of them is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.engines import choose
from chainrule.engines.job import Job
from chainrule.formulas.optimizers import Optimizer

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["NotWanted", "Record", "Stopped", "as_marks", "by_itself", "together"]

PIECE_SECONDS = 0.05  # how long one waits who has said that the runs are no longer wanted

Record: TypeAlias = Callable[[int, Array, Array], None]
"""Takes the number of a mark, the loss of each run there, and θ of each."""
Stopped: TypeAlias = Callable[[], bool] | None
"""Says whether the runs are no longer wanted."""


class NotWanted(Exception):  # noqa: N818  # nothing has gone wrong
    """Nobody waits for the runs any more."""


def paced(run: Callable[[int], object], steps: int, stopped: Stopped) -> None:
    """Take so many steps, in pieces before each of which one may stop them.

    >>> paced(print, 3, None)
    3
    >>> paced(print, 3, lambda: True)
    Traceback (most recent call last):
        ...
    chainrule.training.marks.NotWanted
    """
    piece = 1 if stopped else steps
    while True:
        if stopped is not None and stopped():
            raise NotWanted
        if not steps:
            return
        begun, some = time.perf_counter(), min(piece, steps)
        run(some)
        steps -= some
        piece = max(1, min(2 * piece, int(some * PIECE_SECONDS / max(time.perf_counter() - begun, 1e-9))))


def together(
    job: Job,
    thetas: Array,
    rules: Sequence[Optimizer],
    keys: Sequence[int],
    marks: Array,
    record: Record,
    stopped: Stopped,
) -> None:
    """Runs of full batches, in machine code all at once."""
    from chainrule.engines.population import Population

    population, done = Population(job, thetas, rules, keys), 0
    for mark, epoch in enumerate(marks):
        paced(population.run, int(epoch) - done, stopped)
        record(mark, population.run(1), thetas)
        done = int(epoch) + 1


def by_itself(engine: str, job: Job, marks: Array, record: Record, stopped: Stopped) -> None:
    """A single run, whose losses are means over the epochs of the marks."""
    running, per_epoch, done = choose.start(engine, job), job.batches.steps_per_epoch, 0
    shares = np.array(job.batches.sizes) / len(job.X)
    for mark, epoch in enumerate(marks):
        paced(running.run, (int(epoch) - done) * per_epoch, stopped)
        losses = np.zeros(1)
        np.add.at(losses, np.zeros(per_epoch, int), running.run(per_epoch) * shares)  # in the order that `train` has
        record(mark, losses, job.theta[None])
        done = int(epoch) + 1


def as_marks(record_at: Sequence[int] | None, epochs: int) -> npt.NDArray[np.intp]:
    """The epochs to record.

    >>> as_marks([5, 3], 10)
    Traceback (most recent call last):
        ...
    ValueError: record_at must list increasing epochs from 0 to 9, got [5, 3]
    """
    if record_at is None:
        return np.array([epochs - 1])
    marks = [as_count("record_at", epoch, least=0) for epoch in record_at]
    if not marks or marks != sorted(set(marks)) or marks[-1] >= epochs:
        raise ValueError(f"record_at must list increasing epochs from 0 to {epochs - 1}, got {marks}")
    return np.array(marks)
