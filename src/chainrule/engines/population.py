"""Many networks of one structure, trained each by itself on the same full batch, in machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.engines.compiled import (
    NO_ROWS,
    address,
    kernel_for,
    listed,
    plan_of,
    samples,
    slots_of,
    targets_of,
)
from chainrule.engines.step_numbers import StepNumbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["Population"]

MOST_NUMBERS = 1 << 18  # steps of all networks in one call, where each has its own numbers


class Population:
    """Some networks at the beginning of their runs.

    Args:
        job: the job of any one of them: structure, samples, loss, and batches that are full. Its θ, its key and its
            optimizer's numbers play no part.
        thetas: the parameters and running statistics of each, (networks, numbers), changed in place.
        optimizers: the optimizer of each, all of one kind.
        keys: the key of each, from which follows what drops out.
    """

    def __init__(self, job: Job, thetas: Array, optimizers: Sequence[Optimizer], keys: Sequence[int]) -> None:
        self.job, self.thetas = job, thetas
        self.kernel = kernel_for(plan_of(job))
        self.numbers = StepNumbers(self.kernel.plan.update, optimizers, job.regularization)
        self.scratch = self.kernel.plan.scratch()
        n_parameters = job.structure.n_parameters
        self.gradient = np.zeros_like(thetas[0, :n_parameters])
        self.slots = np.stack(
            [
                slots_of(rule, rule.init(theta[:n_parameters]), theta[:n_parameters])
                for rule, theta in zip(optimizers, thetas, strict=True)
            ]
        )
        self.keys = np.array(keys, np.int64)
        self.y = targets_of(job)
        self.t = 0  # steps taken
        if self.kernel.plan.reads == "resident":
            self.kernel.load(job.X, self.y, self.scratch)

    def run(self, steps: int) -> Array:
        """Take so many steps with each network; the loss before the last of them, (networks,) float64."""
        losses = np.empty(len(self.thetas), self.thetas.dtype)
        while steps > 0:  # where each step has its own numbers, so many steps at once that these stay few
            some = min(steps, max(1, MOST_NUMBERS // len(self.thetas))) if self.numbers.change else steps
            self.take(some, self.numbers.of(self.t, some).astype(self.thetas.dtype), losses)
            steps -= some
        return losses.astype(np.float64)

    def take(self, steps: int, numbers: Array, losses: Array) -> None:
        """Take so many steps with each network; their last losses go there."""
        job, n = self.job, len(self.job.X)
        bounds = np.arange(steps + 1) * n
        arguments = (
            *map(address, (self.thetas, self.gradient, self.scratch)),
            *samples(job.X),
            *samples(self.y),
            *listed(NO_ROWS),
            *map(address, (self.slots, numbers)),
            numbers.shape[2] if numbers.shape[1] > 1 else 0,
            address(self.keys),
            self.t,
            job.loss.share((1, job.structure.sizes[-1])),
            address(bounds),
            steps,
            address(losses),
            len(self.thetas),
            numbers.shape[1] * numbers.shape[2],
        )
        self.kernel.by_team(self.kernel.population, arguments, threads=1)
        self.t += steps
