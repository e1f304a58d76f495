"""The proof beside the derivation: every gradient tensor against differences, the complex step and every engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.engines import choose
from chainrule.explain.gradient_check import network_checks
from chainrule.explain.tensor_check import TensorCheck
from chainrule.explain.trace import Trace

__all__ = ["Proof", "prove"]

ENTRIES = 24
"""Entries of a tensor that are compared with differences: they stand on the page."""


@dataclass(frozen=True)
class Proof:
    """What was compared.

    Attributes:
        tensors: every gradient tensor against differences and the complex step.
        engines: by the engine's name, ∂L/∂θ as it computes it.
        gradient: ∂L/∂θ of the reference.
        missing: engines that are not there, and why.
        long: by the number of a layer with a normalization, how far its long chain and the collapsed one are apart,
            over the largest entry.
        penalized: as `tensors`, the weights' gradients with the penalty; none where there is none.
    """

    tensors: tuple[TensorCheck, ...]
    engines: dict[str, Array]
    gradient: Array
    missing: dict[str, str]
    long: dict[int, float]
    penalized: tuple[TensorCheck, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        tolerance = 1e-4 if self.gradient.dtype == np.float32 else 1e-9
        return all(tensor.ok for tensor in (*self.tensors, *self.penalized)) and all(
            value <= tolerance for value in (*map(self.disagreement, self.engines), *self.long.values())
        )

    def disagreement(self, engine: str) -> float:
        """The largest difference between an engine and the reference, over the largest entry of the gradient."""
        largest = float(np.abs(self.gradient).max()) or 1.0
        return float(np.abs(self.engines[engine] - self.gradient).max()) / largest

    @property
    def largest(self) -> float:
        """The largest disagreement of all, as a share of the largest entry."""
        exact = [tensor.complex_disagreement or 0.0 for tensor in (*self.tensors, *self.penalized)]
        differences = [tensor.disagreement for tensor in (*self.tensors, *self.penalized)]
        return float(np.nanmax([*differences, *exact, *map(self.disagreement, self.engines), *self.long.values()]))


def prove(trace: Trace) -> Proof:
    """Compute every gradient anew, in every way there is."""
    structure, theta, loss = trace.structure, trace.theta, trace.loss
    checks = network_checks(structure, theta, trace.X, trace.y, loss, trace.gradient, ENTRIES, trace.keep)
    penalized: tuple[TensorCheck, ...] = ()
    if trace.regularization.penalizes:
        every = network_checks(
            structure,
            theta,
            trace.X,
            trace.y,
            loss,
            trace.penalized,
            ENTRIES,
            trace.keep,
            regularization=trace.regularization,
        )
        penalized = tuple(check for check in every if check.name.endswith(".weight"))
    engines: dict[str, Array] = {}
    missing: dict[str, str] = {}
    for engine in ("reference", "numpy", "compiled"):
        if trace.keep is not None:
            missing[engine] = "asked for a gradient, an engine drops nothing out"
            continue
        if engine == "compiled" and not choose.can_compile():
            missing[engine] = "llvmlite is not installed"
            continue
        try:
            engines[engine] = choose.gradients_of(engine, structure, trace.running.copy(), trace.X, trace.y, loss)[1]
        except NotImplementedError as error:  # a formula of the user's own
            missing[engine] = str(error)
    return Proof(checks, engines, trace.gradient, missing, {i: apart(trace, i) for i in trace.inside}, penalized)


def apart(trace: Trace, i: int) -> float:
    """How far ∂L/∂z along three ways and collapsed are apart, over the largest of what they are made of."""
    found = trace.inside[i]
    deviation = np.sqrt(found.variance + trace.structure.layers[i - 1].normalization.epsilon)  # type: ignore[union-attr]
    largest = float(np.abs(found.grad_standardized / deviation).max()) or 1.0
    return float(np.abs(found.delta - trace.numbers.delta[i - 1]).max()) / largest
