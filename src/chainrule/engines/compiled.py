"""The compiled engine: whole blocks of training steps in machine code.

A kernel is written for each network (its layers, formulas, dtype, and how many samples it computes at once), compiled
within a fraction of a second, and kept on disk. Hyperparameters and data are arguments of it.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines import machine_code
from chainrule.engines.cores import available_cores
from chainrule.engines.kernel import write
from chainrule.engines.plan import Plan
from chainrule.engines.step_numbers import StepNumbers
from chainrule.engines.update import Update
from chainrule.formulas.optimizers import SGD
from chainrule.formulas.regularization import Regularization
from chainrule.mapped import release

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer, State
    from chainrule.structure import Structure

__all__ = ["CompiledEngine", "Kernel", "gradients", "is_worth_it", "kernel_for", "plan_of", "slots_of"]


class CompiledEngine:
    """Does a job, a block of steps in one call."""

    def __init__(self, job: Job) -> None:
        self.job, self.optimizer, self.kernel = job, job.optimizer, kernel_for(plan_of(job))
        self.y = targets_of(job)
        self.scratch = self.kernel.plan.scratch()
        self.gradient = np.zeros_like(job.parameters)
        state = job.first_state
        self.slots, self.t = slots_of(job.optimizer, state, job.parameters), state["t"]
        self.numbers_of: Optimizer | None = None
        self.share = job.loss.share((1, job.structure.sizes[-1]))
        if self.kernel.plan.reads == "resident":
            self.kernel.load(job.X, self.y, self.scratch)

    def go_on_with(self, job: Job) -> None:
        """Take the next steps on other samples of the same run, none of which is a full batch."""
        self.job, self.y = job, targets_of(job)

    def numbers(self, steps: int) -> Array:
        """What the next steps take besides θ, the gradient and the slots, a row for each or one for all."""
        if self.numbers_of is not self.optimizer:  # another one may have been put here
            self.step_numbers = StepNumbers(self.kernel.plan.update, [self.optimizer], self.job.regularization)
            self.numbers_of = self.optimizer
        return self.step_numbers.of(self.t, steps)[0].astype(self.job.theta.dtype)

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        job = self.job
        losses, numbers = np.empty(steps, job.theta.dtype), self.numbers(steps)
        rows, bounds = job.batches.take(steps)
        arguments = (
            *map(address, (job.theta, self.gradient, self.scratch)),
            *samples(job.X),
            *samples(self.y),
            *listed(rows),
            *map(address, (self.slots, numbers)),
            numbers.shape[1] if len(numbers) > 1 else 0,
            job.key,
            self.t,
            self.share,
            address(bounds),
            steps,
            address(losses),
            1,
        )
        self.kernel.by_team(self.kernel.train, arguments)
        self.t += steps
        release(job.X)
        return losses.astype(np.float64)

    @property
    def state(self) -> State:
        """The optimizer's state after the steps that were taken."""
        return {"t": self.t, **dict(zip(self.optimizer.slots, self.slots, strict=True))}


def gradients(
    structure: Structure, theta: Array, X: Array, y: Array, loss: Loss, weights: Array | None = None
) -> tuple[float, Array]:
    """The loss, and its gradient as one vector, (n_parameters,), of one forward and backward pass."""
    n, update = len(X), Update.of(SGD(), Regularization())
    layout = theta.dtype, n, machine_code.register_bytes()
    kernel = kernel_for(Plan.of(structure, loss, update, *layout, resident=True, weighted=weights is not None))
    scratch, gradient = kernel.plan.scratch(), np.zeros_like(theta[: structure.n_parameters])
    y = with_weights(y, weights)
    if kernel.plan.reads == "resident":
        kernel.load(X, y, scratch)
    share = loss.share((n, structure.sizes[-1]))
    arrays = map(address, (theta, gradient, scratch))
    arguments = *arrays, *samples(X), *samples(y), *listed(NO_ROWS), 0, n, share, 0, 0, 0, 0
    return float(kernel.by_team(kernel.chunks, arguments)), gradient


def targets_of(job: Job) -> Array:
    """The targets of each sample, and its weight after them where there are weights."""
    return with_weights(job.y, job.weights)


def with_weights(y: Array, weights: Array | None) -> Array:
    """The targets (n, d_out), with the weights (n,) as a further column."""
    return y if weights is None else np.column_stack([y, weights])


def slots_of(optimizer: Optimizer, state: State, parameters: Array) -> Array:
    """The vectors that the optimizer carries from step to step, one after another."""
    return np.array([state[name] for name in optimizer.slots], parameters.dtype).reshape(-1, len(parameters))


def plan_of(job: Job) -> Plan:
    """What the kernel of a job is written for."""
    batches, resident = job.batches, job.batches.steps_per_epoch == 1
    update = Update.of(job.optimizer, job.regularization)
    return Plan.of(
        job.structure,
        job.loss,
        update,
        job.theta.dtype,
        batches.size,
        machine_code.register_bytes(),
        resident=resident,
        weighted=job.weights is not None,
        drops_out=job.structure.drops_out,
        epoch=divmod(batches.n, batches.size),
    ).fusing()


def is_worth_it(job: Job, steps: int) -> bool:
    """Whether a job of so many steps is done sooner by this engine than by the NumPy engine.

    Its steps are never slower (docs/performance.md), so the question is only whether there is something to compile
    first, and whether NumPy would be done by then. Both are estimates from measurements: compiling takes longer the
    more kinds of layers there are; NumPy spends its time on calls, on elementary functions and on products.
    """
    if machine_code.is_ready(plan_of(job).signature):
        return True
    structure, n = job.structure, job.batches.size
    layers = len(structure.layers)
    compiling = 0.1 + 0.12 * len({(layer.fan_in, layer.fan_out, *layer.stages) for layer in structure.layers})
    calls = 5e-6 * (layers + 1)
    elements = 5e-9 * n * sum(structure.sizes[1:])
    products = 6 * n * structure.n_parameters / 6e10
    return steps * (calls + elements + products) > compiling


NO_ROWS = np.zeros(0, np.int64)
ANY_ROW = np.zeros(1, np.int64)  # to point to where no rows are listed


def address(array: Array) -> int:
    """Where an array's numbers begin."""
    return array.ctypes.data


def samples(matrix: Array) -> tuple[int, int, int]:
    """A matrix as a kernel reads it: where it begins, and how many numbers on the next row and column lie."""
    return address(matrix), matrix.strides[0] // matrix.itemsize, matrix.strides[1] // matrix.itemsize


def listed(rows: Array) -> tuple[int, int]:
    """Which rows are read: those listed here, or, if none are, one after another."""
    return address(rows if len(rows) else ANY_ROW), int(len(rows) > 0)


POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int64
SAMPLES, ROWS = [POINTER, INTEGER, INTEGER], [POINTER, INTEGER]


@functools.lru_cache(maxsize=256)
def kernel_for(plan: Plan) -> Kernel:
    """The kernel of a plan, the same one each time."""
    return Kernel(plan)


class Kernel:
    """The functions of a kernel in machine code."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        number: Any = ctypes.c_double if plan.dtype == np.float64 else ctypes.c_float
        code = machine_code.load(plan.signature, lambda: write(plan))
        team = [INTEGER, INTEGER, POINTER] if plan.has_team else []

        def function(name: str, arguments: Sequence[Any], returns: Any = None) -> Callable[..., Any]:
            return code.function(name, [*arguments, *team], returns)

        data = [POINTER] * 3 + SAMPLES * 2 + ROWS
        begin, end = [POINTER, POINTER, INTEGER], [INTEGER, number, POINTER, INTEGER, POINTER, INTEGER]
        self.train = function("train", [*data, *begin, INTEGER, *end])
        self.population = function("population", [*data, *begin, POINTER, *end, INTEGER])
        self.chunks = function("chunks", [*data, INTEGER, INTEGER, number, POINTER, POINTER, INTEGER, INTEGER], number)
        self.prepare = function("prepare", [POINTER, POINTER, INTEGER, POINTER], number)
        self.update = function("update", [POINTER, POINTER, INTEGER, POINTER, POINTER])
        gather = [*SAMPLES, *ROWS, INTEGER, INTEGER, POINTER]
        self.gather_x, self.gather_y = function("gather_x", gather), function("gather_y", gather)

    def by_team(self, function: Callable[..., Any], arguments: Sequence[Any], threads: int | None = None) -> Any:
        """Call a function of the kernel, with as many threads as there are cores if it is written for a team."""
        if not self.plan.has_team:
            return function(*arguments)
        threads = available_cores() if threads is None else threads
        place = np.zeros(2, np.int64)
        with ThreadPoolExecutor(threads) as pool:
            calls = [pool.submit(function, *arguments, thread, threads, address(place)) for thread in range(threads)]
            return [call.result() for call in calls][-1]

    def load(self, X: Array, y: Array, scratch: Array) -> None:
        """Put all samples into the scratch buffer: X (n, d_0), y (n, d_out)."""
        for gather, matrix in ((self.gather_x, X), (self.gather_y, y)):
            self.by_team(gather, (*samples(matrix), *listed(NO_ROWS), 0, len(matrix), address(scratch)), threads=1)
