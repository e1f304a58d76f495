"""Steps on full and large batches: each block's gradient is computed where the block lies, and the sum comes to θ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.engines.numpy_update import NumpyUpdate
from chainrule.formulas.dropout import step_key
from chainrule.scale.order import BlockBatches

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import State
    from chainrule.scale.rows import Rows

__all__ = ["SummingEngine"]


class SummingEngine:
    """Does a job whose batches hold whole blocks.

    Args:
        engine: who computes the gradients.
        job: the run.
        rows: what it learns from.
    """

    def __init__(self, engine: str, job: Job, rows: Rows) -> None:
        self.engine, self.job, self.rows = engine, job, rows
        self.optimizer, self.t = job.optimizer, job.first_state["t"]
        self.gradient = np.zeros_like(job.parameters)
        self.update = NumpyUpdate(job, self.gradient)

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        job, losses = self.job, np.empty(steps)
        assert isinstance(job.batches, BlockBatches)
        numbers = self.update.numbers(self.optimizer, self.t, steps)
        for i in range(steps):
            key = step_key(job.key, self.t + i)
            losses[i], gradient = self.rows.gradient(self.engine, job.structure, job.theta, job.batches.ranges(), key)
            self.gradient[...] = gradient
            with np.errstate(all="ignore"):  # a diverged run shows in its losses
                losses[i] += self.update.take(numbers[i])
        self.t += steps
        return losses

    @property
    def state(self) -> State:
        """The optimizer's state after the steps that were taken."""
        return {"t": self.t, **self.update.slots}
