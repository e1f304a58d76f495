"""What a run measures of its network after every epoch beside the loss, where it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import unknown_name
from chainrule.training.samples import accuracy

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.formulas.losses import Loss
    from chainrule.structure import Structure
    from chainrule.training.samples import Data

__all__ = ["NAMES", "measure_of"]

NAMES = ("accuracy",)


def measure_of(
    metrics: Any, structure: Structure, numbers: Array, loss: Loss, data: dict[str, Data]
) -> Callable[[], dict[str, float]] | None:
    """A function that measures a network as its numbers are when it is called; None where nothing is asked for.

    Args:
        metrics: names, "accuracy".
        structure: the network's layers.
        numbers: its parameters and running statistics, which change as it learns.
        loss: which says what a class is.
        data: samples with their targets, by what their names begin with: "" and "val_".

    Raises:
        TypeError: metrics is no list of names.
        ValueError: there is no such metric, or the loss knows no classes.
    """
    if isinstance(metrics, str) or not isinstance(metrics, list | tuple):
        raise TypeError(f"metrics must be a list of names, got {metrics!r}; pass metrics=['accuracy']")
    for name in metrics:
        if not isinstance(name, str):
            raise TypeError(f"metrics must be a list of names, got {name!r} in it; pass metrics=['accuracy']")
        if name not in NAMES:
            raise ValueError(unknown_name("metric", name, NAMES))
    if not metrics:
        return None
    if np.isnan(accuracy(loss, np.zeros((1, 1)), np.zeros((1, 1)))):
        raise ValueError(f"the metric 'accuracy' needs classes, but {loss.name} has none; leave out metrics")

    @np.errstate(over="ignore", invalid="ignore")  # the next training loss tells of a diverged network
    def measure() -> dict[str, float]:
        return {f"{prefix}accuracy": samples.accuracy_of(structure, numbers) for prefix, samples in data.items()}

    return measure
