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
    """

    tensors: tuple[TensorCheck, ...]
    engines: dict[str, Array]
    gradient: Array
    missing: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        tolerance = 1e-4 if self.gradient.dtype == np.float32 else 1e-9
        return all(tensor.ok for tensor in self.tensors) and all(
            self.disagreement(engine) <= tolerance for engine in self.engines
        )

    def disagreement(self, engine: str) -> float:
        """The largest difference between an engine and the reference, over the largest entry of the gradient."""
        largest = float(np.abs(self.gradient).max()) or 1.0
        return float(np.abs(self.engines[engine] - self.gradient).max()) / largest

    @property
    def largest(self) -> float:
        """The largest disagreement of all, as a share of the largest entry."""
        exact = [tensor.complex_disagreement or 0.0 for tensor in self.tensors]
        differences = [tensor.disagreement for tensor in self.tensors]
        return float(np.nanmax([*differences, *exact, *map(self.disagreement, self.engines)]))


def prove(trace: Trace) -> Proof:
    """Compute every gradient anew, in every way there is."""
    structure, theta, loss = trace.structure, trace.theta, trace.loss
    checks = network_checks(structure, theta, trace.X, trace.y, loss, trace.gradient, ENTRIES)
    engines: dict[str, Array] = {}
    missing: dict[str, str] = {}
    for engine in ("reference", "numpy", "compiled"):
        if engine == "compiled" and not choose.can_compile():
            missing[engine] = "llvmlite is not installed"
            continue
        try:
            engines[engine] = choose.gradients_of(engine, structure, theta, trace.X, trace.y, loss)[1]
        except NotImplementedError as error:  # a formula of the user's own
            missing[engine] = str(error)
    return Proof(checks, engines, trace.gradient, missing)
