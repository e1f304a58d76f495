"""What an engine is given to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.batches import Batches
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.structure import Structure

__all__ = ["Job"]


@dataclass(frozen=True)
class Job:
    """A training run: these parameters, on these samples, by this rule.

    Attributes:
        structure: the network's layers.
        theta: its parameters, (n_parameters,), which the engine changes in place.
        X: the samples, (n, d_0), of θ's dtype.
        y: the targets, one number an output, (n, d_out), of θ's dtype.
        loss: the loss function.
        optimizer: the update rule; its state begins with the run.
        batches: which samples each step takes.
    """

    structure: Structure
    theta: Array
    X: Array
    y: Array
    loss: Loss
    optimizer: Optimizer
    batches: Batches
