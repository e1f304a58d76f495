"""Which engine does the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from chainrule.arguments import unknown_name
from chainrule.arrays import Array
from chainrule.engines import numpy_engine, reference
from chainrule.engines.batches import Batches
from chainrule.engines.numpy_engine import NumpyEngine
from chainrule.engines.reference import ReferenceEngine
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.structure import Structure

__all__ = ["Engine", "gradients_of", "start"]


class Engine(Protocol):
    """What the training loop asks of an engine: a block of steps."""

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""


def resolve(engine: str) -> str:
    """The name of the engine that "auto" stands for, or the given name if there is such an engine."""
    names = ("auto", "numpy", "reference")
    if not isinstance(engine, str):
        raise TypeError(f"engine must be one of {', '.join(names)}, got {engine!r}")
    if engine not in names:
        raise ValueError(unknown_name("engine", engine, names))
    return "numpy" if engine == "auto" else engine


def start(
    engine: str,
    structure: Structure,
    theta: Array,
    X: Array,
    y: Array,
    loss: Loss,
    optimizer: Optimizer,
    batches: Batches,
) -> Engine:
    """The engine of that name at the beginning of a run; it will change θ in place."""
    engines: dict[str, Callable[..., Engine]] = {"numpy": NumpyEngine, "reference": ReferenceEngine}
    return engines[resolve(engine)](structure, theta, X, y, loss, optimizer, batches)


def gradients_of(
    engine: str, structure: Structure, theta: Array, X: Array, y: Array, loss: Loss
) -> tuple[float, Array]:
    """The loss and its gradient in θ, by the engine of that name."""
    compute = {"numpy": numpy_engine.gradients, "reference": reference.gradients}[resolve(engine)]
    return compute(structure, theta, X, y, loss)
