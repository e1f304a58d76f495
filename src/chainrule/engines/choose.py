"""Which engine does the work."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Protocol

from chainrule.arguments import unknown_name
from chainrule.arrays import Array
from chainrule.engines import numpy_engine, reference
from chainrule.engines.job import Job
from chainrule.engines.numpy_engine import NumpyEngine
from chainrule.engines.reference import ReferenceEngine
from chainrule.formulas.losses import Loss
from chainrule.structure import Structure

__all__ = ["NAMES", "Engine", "gradients_of", "start"]


class Engine(Protocol):
    """What the training loop asks of an engine: a block of steps."""

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""


NAMES = ("auto", "compiled", "numpy", "reference")


def resolve(engine: str) -> str:
    """The name of the engine that computes: "auto" stands for "numpy", and so does "compiled" where Numba is missing.

    Raises:
        TypeError: engine is no name.
        ValueError: there is no such engine.
    """
    if not isinstance(engine, str):
        raise TypeError(f"engine must be one of {', '.join(NAMES)}, got {engine!r}")
    if engine not in NAMES:
        raise ValueError(unknown_name("engine", engine, NAMES))
    if engine == "compiled":
        try:
            import numba  # noqa: F401
        except ImportError as error:
            warnings.warn(f"Numba cannot be imported ({error}): the NumPy engine computes instead", stacklevel=4)
            return "numpy"
    return "numpy" if engine == "auto" else engine


def start(engine: str, job: Job) -> Engine:
    """The engine of that name at the beginning of a job."""
    chosen = resolve(engine)
    engines: dict[str, Callable[[Job], Engine]] = {"numpy": NumpyEngine, "reference": ReferenceEngine}
    if chosen == "compiled":
        from chainrule.engines.compiled import CompiledEngine

        engines[chosen] = CompiledEngine
    return engines[chosen](job)


def gradients_of(
    engine: str, structure: Structure, theta: Array, X: Array, y: Array, loss: Loss
) -> tuple[float, Array]:
    """The loss and its gradient in θ, by the engine of that name."""
    chosen = resolve(engine)
    compute = {"numpy": numpy_engine.gradients, "reference": reference.gradients}
    if chosen == "compiled":
        from chainrule.engines import compiled

        compute[chosen] = compiled.gradients
    return compute[chosen](structure, theta, X, y, loss)
