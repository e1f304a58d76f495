"""Many networks of one structure, trained each by itself on the same full batch, in machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.engines.compiled import NO_ROWS, address, kernel_for, listed, plan_of, samples
from chainrule.engines.plan import hyperparameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["Population"]


class Population:
    """Some networks at the beginning of their runs.

    Args:
        job: the job of any one of them: structure, samples, loss, and batches that are full. Its θ and its optimizer's
            numbers play no part.
        thetas: the parameters of each, (networks, n_parameters), changed in place.
        optimizers: the optimizer of each, all of one kind.
    """

    def __init__(self, job: Job, thetas: Array, optimizers: Sequence[Optimizer]) -> None:
        self.job, self.thetas = job, thetas
        self.kernel = kernel_for(plan_of(job))
        self.scratch = self.kernel.plan.scratch()
        self.gradient = np.zeros_like(thetas[0])
        self.slots = np.zeros((len(thetas), len(job.optimizer.slots), thetas.shape[1]), thetas.dtype)
        self.hyperparameters = np.array([hyperparameters(optimizer)[0] for optimizer in optimizers], thetas.dtype)
        self.t = 0  # steps taken
        if self.kernel.plan.reads == "resident":
            self.kernel.load(job.X, job.y, self.scratch)

    def run(self, steps: int) -> Array:
        """Take so many steps with each network; the loss before the last of them, (networks,) float64."""
        job, n = self.job, len(self.job.X)
        losses = np.empty(len(self.thetas), self.thetas.dtype)
        bounds = np.arange(steps + 1) * n
        arguments = (
            *map(address, (self.thetas, self.gradient, self.scratch)),
            *samples(job.X),
            *samples(job.y),
            *listed(NO_ROWS),
            address(self.slots),
            address(self.hyperparameters),
            self.t,
            job.loss.share((1, job.structure.sizes[-1])),
            address(bounds),
            steps,
            address(losses),
            len(self.thetas),
        )
        self.kernel.by_team(self.kernel.population, arguments, threads=1)
        self.t += steps
        return losses.astype(np.float64)
