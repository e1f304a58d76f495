"""The share of some samples in a step's loss and gradient, where the others lie elsewhere.

A loss is a sum over samples, so the gradient of a batch is the sum of those of its parts, wherever each is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.engines import machine_code, reference
from chainrule.engines.numpy_engine import Step, targets
from chainrule.engines.plan import MOST_SAMPLES, Plan
from chainrule.engines.program import run
from chainrule.engines.update import Update
from chainrule.formulas.dropout import mask
from chainrule.formulas.optimizers import SGD
from chainrule.formulas.regularization import Regularization

if TYPE_CHECKING:
    from chainrule.formulas.losses import Loss
    from chainrule.structure import Structure

__all__ = ["PartialGradient"]

AT_ONCE = 4096  # samples that NumPy computes at once


@dataclass(frozen=True)
class PartialGradient:
    """The loss and gradient of samples by an engine; it may be pickled, and used in several threads.

    Attributes:
        engine: "compiled", "numpy" or "reference".
        structure: the network's layers, none of which looks at other samples.
        loss: the loss function.
        dtype: of all numbers.
        weighted: whether samples have weights.
    """

    engine: str
    structure: Structure
    loss: Loss
    dtype: np.dtype[Any]
    weighted: bool = False
    buffers: local = field(default_factory=local, compare=False, repr=False)

    def __reduce__(self) -> Any:
        return PartialGradient, (self.engine, self.structure, self.loss, self.dtype, self.weighted)

    def of(
        self, theta: Array, X: Array, y: Array, weights: Array | None, share: float, key: int = 0, first: int = 0
    ) -> Array:
        """The loss Σ share · weight · term of these samples, and its derivatives in θ after it, (1 + n_parameters,).

        Args:
            theta: the parameters, and the running statistics after them.
            X: samples, (n, d_in).
            y: targets, (n, d_out).
            weights: (n,), or None.
            share: what a term counts for.
            key: the step's, as of `dropout.step_key`.
            first: the place of the first sample in its batch.
        """
        with np.errstate(all="ignore"):  # limits are values here, and a diverged run shows in its loss
            if self.engine == "compiled":
                return self.by_kernel(theta, X, y, weights, share, key, first)
            part = self.by_numpy if self.engine == "numpy" else self.by_reference
            total = np.zeros(1 + self.structure.n_parameters)
            for start in range(0, len(X), AT_ONCE):
                some = slice(start, start + AT_ONCE)
                weighing = None if weights is None else weights[some]
                n = len(X[some])
                scale = share / self.loss.share((n, y.shape[1]))
                loss, gradient = part(theta, X[some], y[some], weighing, key, first + start)
                total[0] += loss * scale
                total[1:] += gradient.astype(np.float64) * scale
            return total

    def by_kernel(
        self, theta: Array, X: Array, y: Array, weights: Array | None, share: float, key: int, first: int
    ) -> Array:
        """The compiled engine's."""
        from chainrule.engines import compiled

        if not hasattr(self.buffers, "kernel"):
            update, many = Update.of(SGD(), Regularization()), 2 * MOST_SAMPLES  # so that it is written for chunks
            how: dict[str, Any] = {"weighted": self.weighted, "drops_out": self.structure.drops_out}
            layout = self.dtype, many, machine_code.register_bytes()
            kernel = compiled.kernel_for(Plan.of(self.structure, self.loss, update, *layout, resident=True, **how))
            self.buffers.kernel, self.buffers.scratch = kernel, kernel.plan.scratch()
            self.buffers.gradient = np.zeros(self.structure.n_parameters, self.dtype)
        kernel, scratch, gradient = self.buffers.kernel, self.buffers.scratch, self.buffers.gradient
        known = compiled.with_weights(y, weights)
        loss = kernel.chunks(
            *map(compiled.address, (theta, gradient, scratch)),
            *compiled.samples(X),
            *compiled.samples(known),
            *compiled.listed(compiled.NO_ROWS),
            0,
            len(X),
            share,
            0,
            0,
            key,
            first,
        )
        return np.concatenate([[loss], gradient], dtype=np.float64)

    def by_numpy(
        self, theta: Array, X: Array, y: Array, weights: Array | None, key: int, first: int
    ) -> tuple[float, Array]:
        """The NumPy engine's mean over these samples."""
        n = len(X)
        steps = self.buffers.__dict__.setdefault("steps", {})
        if n not in steps:
            while len(steps) > 1:  # those of AT_ONCE samples, and of the last rest
                steps.pop(next(size for size in steps if size != AT_ONCE))
            numbers = np.empty(self.structure.n_parameters + self.structure.n_statistics, self.dtype)
            gradient = np.zeros(self.structure.n_parameters, self.dtype)
            how: dict[str, Any] = {"weighted": self.weighted, "drops_out": self.structure.drops_out}
            steps[n] = Step(self.structure, numbers, gradient, self.loss, n, **how)
        step: Step = steps[n]
        step.theta[...] = theta
        step.load(X, targets(y, weights))
        step.drop_out(key, first)
        run(step.calls)
        return float(step.loss), step.gradient

    def by_reference(
        self, theta: Array, X: Array, y: Array, weights: Array | None, key: int, first: int
    ) -> tuple[float, Array]:
        """The reference's."""
        keep = {
            i: mask(layer.dropout, key, i, layer.fan_out, len(X), first).T.astype(self.dtype)
            for i, layer in enumerate(self.structure.layers)
            if layer.dropout is not None
        }
        passed = backprop(self.structure, theta, X, y, self.loss, weights=weights, keep=keep or None)
        return passed.loss, reference.as_vector(self.structure, passed, self.dtype)
