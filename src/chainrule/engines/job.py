"""What an engine is given to do."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.regularization import Regularization

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.batches import Batches
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer, State
    from chainrule.structure import Structure

__all__ = ["Job", "fingerprint"]

NONE = Regularization()
LOOKED_AT = 4096  # rows of the samples, spread over all of them, and at least so many where there are


@dataclass(frozen=True)
class Job:
    """A training run: these parameters, on these samples, by this rule.

    Attributes:
        structure: the network's layers.
        theta: its parameters, and the running statistics after them, which the engine changes in place.
        X: the samples, (n, d_0), of θ's dtype.
        y: the targets, one number an output, (n, d_out), of θ's dtype.
        loss: the loss function.
        optimizer: the update rule.
        batches: which samples each step takes.
        weights: what each sample counts for in the loss, (n,) of θ's dtype; None is 1 for each.
        regularization: what is added to the loss for large weights.
        key: from 0 to 2⁶³ − 1, from which follows what drops out.
        state: the optimizer's state that the run continues from; None is the one of `Optimizer.init`.
    """

    structure: Structure
    theta: Array
    X: Array
    y: Array
    loss: Loss
    optimizer: Optimizer
    batches: Batches
    weights: Array | None = None
    regularization: Regularization = NONE
    key: int = 0
    state: Mapping[str, Any] | None = None

    @property
    def parameters(self) -> Array:
        """θ without the running statistics, (n_parameters,): what the optimizer changes."""
        return self.theta[: self.structure.n_parameters]

    @property
    def gradient(self) -> Array:
        """∂L/∂θ of the loss on all samples, (n_parameters,), without the penalty; nothing drops out."""
        from chainrule.engines import numpy_engine

        data = self.X, self.y, self.loss, self.weights
        return numpy_engine.gradients(self.structure, self.theta, *data)[1]

    @property
    def fingerprint(self) -> str:
        """A number that tells other samples from these."""
        return fingerprint(self.X, self.y, self.weights)

    @property
    def first_state(self) -> State:
        """The optimizer's state before the first step, in arrays of its own.

        Raises:
            TypeError: `state` is no state.
            ValueError: it is another optimizer's, or another network's.
        """
        if self.state is None:
            return self.optimizer.init(self.parameters)
        t = self.optimizer.steps_of(self.state)
        slots = {name: np.array(self.state[name], self.theta.dtype) for name in self.optimizer.slots}
        self.optimizer.check_shapes(self.parameters, slots)
        return {"t": t, **slots}


def fingerprint(*arrays: Array | None) -> str:
    """A number that other data are unlikely to have: of all rows, or of many of them where there are very many.

    >>> fingerprint(np.eye(2)) == fingerprint(np.eye(2), None), fingerprint(np.eye(2)) == fingerprint(2 * np.eye(2))
    (True, False)
    """
    found = 0
    for array in arrays:
        if array is not None:
            rows = np.ascontiguousarray(array[:: max(1, len(array) // LOOKED_AT)])
            found = zlib.crc32(rows.data, zlib.crc32(repr(array.shape).encode(), found))
    return f"{found:08x}"
