"""A step on very many samples: blocks of them on all cores, whose gradients are summed in a fixed order.

Where a block begins depends on the job alone, so any number of threads gives the same bits. A block of a memory-mapped
X is released when it is done.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines.compiled import CompiledEngine, address, listed, samples
from chainrule.engines.cores import available_cores
from chainrule.engines.update_code import waits_for_all
from chainrule.formulas.dropout import step_key
from chainrule.mapped import release

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.engines.plan import Plan

__all__ = ["ManySamplesEngine", "blocks_of"]

MOST_BLOCKS = 16
MOST_BYTES = 1 << 28  # of all their gradients
LEAST_WORK = 20_000_000  # samples times parameters in a block: about a millisecond


def blocks_of(plan: Plan, n: int) -> int:
    """In how many blocks a step on n samples is done; 1 where the work is not worth several threads."""
    parameters = plan.structure.n_parameters
    memory = MOST_BYTES // (parameters * plan.dtype.itemsize)
    return max(1, min(MOST_BLOCKS, memory, n // plan.samples, n * parameters // LEAST_WORK))


class ManySamplesEngine(CompiledEngine):
    """Does a job whose steps take more samples than are computed at once."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        size, plan = job.batches.size, self.kernel.plan
        chunks = -(-size // (blocks_of(plan, size) * plan.samples))
        self.block = chunks * plan.samples  # samples
        self.gradients = np.zeros((-(-size // self.block), len(job.parameters)), job.theta.dtype)
        self.scratches = threading.local()

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        with ThreadPoolExecutor(min(available_cores(), len(self.gradients))) as pool:
            return np.array([self.step(pool) for _ in range(steps)])

    def step(self, pool: ThreadPoolExecutor) -> float:
        """Take one step."""
        job = self.job
        rows, bounds = job.batches.take(1)
        n, numbers, self.key = int(bounds[1]), self.numbers(1), step_key(job.key, self.t)
        begins = range(0, n, self.block)
        shares: Iterator[float] = pool.map(lambda begin: self.gradient_of(rows, begin, n), begins)
        loss = job.theta.dtype.type(0)
        for share in shares:
            loss += job.theta.dtype.type(share)
        count, prepared = len(begins), waits_for_all(self.kernel.plan)
        arrays = address(job.theta), address(self.gradients)
        if prepared:
            loss += self.kernel.prepare(*arrays, count, address(numbers))
        self.kernel.update(*arrays, 1 if prepared else count, *map(address, (self.slots, numbers)))
        self.t += 1
        return float(loss)

    def gradient_of(self, rows: Array, begin: int, n: int) -> float:
        """The share of one block in the loss; its gradient is put in its place."""
        job, scratch = self.job, self.own_scratch()
        count = min(self.block, n - begin)
        loss = self.kernel.chunks(
            *map(address, (job.theta, self.gradients[begin // self.block], scratch)),
            *samples(job.X),
            *samples(self.y),
            *listed(rows),
            begin,
            count,
            self.share / n,
            *map(address, (self.slots, scratch)),
            self.key,
            begin,
        )
        release(job.X)
        return loss

    def own_scratch(self) -> Any:
        """This thread's scratch buffer."""
        if not hasattr(self.scratches, "buffer"):
            self.scratches.buffer = self.kernel.plan.scratch()
        return self.scratches.buffer
