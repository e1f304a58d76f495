"""What the NumPy engine does with a gradient: the penalty, the clipping, the optimizer's rule, the bound on norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.engines.program import Call, in_place, run
from chainrule.engines.step_numbers import StepNumbers
from chainrule.engines.update import Update

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["NumpyUpdate"]


class NumpyUpdate:
    """Takes steps with a gradient that lies in one array.

    Args:
        job: whose θ is changed.
        gradient: ∂L/∂θ, (n_parameters,), which is changed too where there is a penalty or clipping.
    """

    def __init__(self, job: Job, gradient: Array) -> None:
        self.job, self.gradient = job, gradient
        self.update = Update.of(job.optimizer, job.regularization)
        self.weights = [(layer.weight(job.theta), layer.weight(gradient)) for layer in job.structure.layers]
        names, state = self.update.slots, job.first_state
        self.slots = {name: state[name] for name in names}
        arrays = {"theta": job.parameters, "gradient": gradient, **self.slots}
        self.scalars = np.zeros(len(self.update.scalars), job.theta.dtype)
        symbols = {name: self.scalars[i, ...] for i, name in enumerate(self.update.scalars)}
        written = [arrays["theta"], *(arrays[name] for name in names)]
        self.calls: list[Call] = in_place(list(zip(self.update.results, written, strict=True)), {**arrays, **symbols})

    def numbers(self, optimizer: Optimizer, first: int, steps: int) -> Array:
        """The numbers of so many steps, (steps, scalars)."""
        (numbers,) = StepNumbers(self.update, [optimizer], self.job.regularization).of(first, steps)
        return np.broadcast_to(numbers, (steps, numbers.shape[1]))

    def take(self, numbers: Array) -> float:
        """Take a step with its numbers; gives the penalty before it."""
        self.scalars[...] = numbers
        penalty, restraints = 0.0, self.update.restraints
        if restraints:
            penalty = self.restrain_gradient()
        run(self.calls)
        if "max_norm" in restraints:
            self.bound_norms()
        return penalty

    def restrain_gradient(self) -> float:
        """Add the penalty's gradient, and clip; gives the penalty."""
        optimizer, regularization, gradient, penalty = self.job.optimizer, self.job.regularization, self.gradient, 0.0
        if regularization.penalizes:
            penalty = regularization.penalty([weight for weight, _ in self.weights])
            for weight, slope in self.weights:
                slope += regularization.slope(weight, regularization.l1, regularization.l2)
        gradient[...] = optimizer.clipped(gradient)
        return penalty

    def bound_norms(self) -> None:
        """Scale down the weights that enter each unit, where their norm is too large."""
        regularization = self.job.regularization
        for weight, _ in self.weights:
            norm = np.sqrt(np.square(weight).sum(axis=0))
            weight[...] = regularization.bounded(weight, norm, regularization.max_norm)
