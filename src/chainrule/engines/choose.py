"""Which engine does the work."""

from __future__ import annotations

import functools
import warnings
from dataclasses import replace
from typing import Protocol

from chainrule.arguments import unknown_name
from chainrule.arrays import Array
from chainrule.engines import lbfgs, numpy_engine, reference
from chainrule.engines.job import Job
from chainrule.engines.numpy_engine import NumpyEngine
from chainrule.engines.reference import ReferenceEngine
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import LBFGS, SGD, Optimizer, State
from chainrule.structure import Structure

__all__ = ["NAMES", "BatchEngine", "Engine", "finish", "gradients_of", "pick", "start"]


class Engine(Protocol):
    """What the training loop asks of an engine: a block of steps."""

    optimizer: Optimizer
    """Whose numbers the next block takes: another of the same kind may be put here."""
    job: Job

    @property
    def state(self) -> State:
        """The optimizer's state after the steps that were taken, in the engine's own arrays."""

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""


class BatchEngine(Engine, Protocol):
    """One whose mini-batches may come from elsewhere than the last ones did."""

    def go_on_with(self, job: Job) -> None:
        """Take the next steps on other samples of the same run, none of which is a full batch."""


NAMES = ("auto", "compiled", "numpy", "reference")


def check(engine: str) -> None:
    """Raise an error that says what is wrong, unless there is an engine of that name.

    Raises:
        TypeError: engine is no name.
        ValueError: there is no such engine.
    """
    if not isinstance(engine, str):
        raise TypeError(f"engine must be one of {', '.join(NAMES)}, got {engine!r}")
    if engine not in NAMES:
        raise ValueError(unknown_name("engine", engine, NAMES))


@functools.cache
def can_compile() -> bool:
    """Whether llvmlite is there; says once if it is not."""
    try:
        import llvmlite.binding  # noqa: F401
    except (ImportError, OSError) as error:
        warnings.warn(
            f"llvmlite cannot be imported ({error}): the NumPy engine computes instead of the compiled one",
            stacklevel=5,
        )
        return False
    return True


def pick(engine: str, job: Job, steps: int) -> str:
    """The name of the engine that does a job of so many steps.

    "auto" is "compiled" where its kernel is compiled already, or where NumPy would take longer than compiling does.
    "compiled" is "numpy" where llvmlite is missing.

    Raises:
        TypeError: engine is no name.
        ValueError: there is no such engine, or L-BFGS cannot do the job.
    """
    check(engine)
    if isinstance(job.optimizer, LBFGS):
        lbfgs.require_one_loss(job)
        job = replace(job, optimizer=SGD())  # whose kernel computes the gradients too
    if engine in ("numpy", "reference"):
        return engine
    if can_compile():
        from chainrule.engines import compiled
        from chainrule.engines.formula_code import UnknownOperationError

        if engine == "compiled":
            return engine
        try:
            if compiled.is_worth_it(job, steps):
                compiled.kernel_for(compiled.plan_of(job))
                return "compiled"
        except UnknownOperationError:  # a formula of the user's own, say
            pass
    return "numpy"


def start(engine: str, job: Job) -> Engine:
    """The engine of that name, as `pick` gave it, at the beginning of a job."""
    if isinstance(job.optimizer, LBFGS):
        data = job.X, job.y, job.loss, job.weights
        if engine == "numpy":
            return lbfgs.LBFGSEngine(job, numpy_engine.gradients_on(job.structure, *data, job.theta.dtype))
        return lbfgs.LBFGSEngine(job, lambda theta: gradients_of(engine, job.structure, theta, *data))
    if engine == "compiled":
        from chainrule.engines import compiled, many_samples

        worth_threads = many_samples.blocks_of(compiled.plan_of(job), job.batches.size) > 1
        return many_samples.ManySamplesEngine(job) if worth_threads else compiled.CompiledEngine(job)
    return ReferenceEngine(job) if engine == "reference" else NumpyEngine(job)


def finish(engine: Engine) -> None:
    """End what an engine may have under way, however its run ended."""
    if close := getattr(engine, "close", None):
        close()


def gradients_of(
    engine: str, structure: Structure, theta: Array, X: Array, y: Array, loss: Loss, weights: Array | None = None
) -> tuple[float, Array]:
    """The loss and its gradient in θ, by the engine of that name; "auto" compiles nothing for a single pass."""
    check(engine)
    if engine == "compiled" and can_compile():
        from chainrule.engines import compiled

        return compiled.gradients(structure, theta, X, y, loss, weights)
    if engine == "reference":
        return reference.gradients(structure, theta, X, y, loss, weights)
    return numpy_engine.gradients(structure, theta, X, y, loss, weights)
