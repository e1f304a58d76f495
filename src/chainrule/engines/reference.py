"""The reference engine: `backprop.py` and the optimizer's own `step`, one after another, for comparison and lessons."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import Backprop, backprop
from chainrule.engines.job import Job
from chainrule.formulas.dropout import mask, step_key
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import BatchNorm
from chainrule.structure import Structure

__all__ = ["ReferenceEngine", "gradients"]


class ReferenceEngine:
    """Does a job as the text says it."""

    def __init__(self, job: Job) -> None:
        self.job, self.optimizer = job, job.optimizer
        self.state = job.first_state

    def go_on_with(self, job: Job) -> None:
        """Take the next steps on other samples of the same run."""
        self.job = job

    @np.errstate(over="ignore", invalid="ignore")  # a diverged run shows in its losses
    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        job, losses = self.job, np.empty(steps)
        regularization, weights = job.regularization, [layer.weight(job.theta) for layer in job.structure.layers]
        for i in range(steps):
            rows = job.batches.next()
            weighing = None if job.weights is None else job.weights[rows]
            keep = self.masks(len(rows)) if job.structure.drops_out else None
            passed = backprop(job.structure, job.theta, job.X[rows], job.y[rows], job.loss, weights=weighing, keep=keep)
            gradient = as_vector(job.structure, passed, job.theta.dtype)
            for layer, weight in zip(job.structure.layers, weights, strict=True):
                layer.weight(gradient)[...] += regularization.slope(weight, regularization.l1, regularization.l2)
            losses[i] = passed.loss + regularization.penalty(weights)
            job.parameters[...], self.state = self.optimizer.step(job.parameters, gradient, self.state)
            for weight in weights if regularization.max_norm is not None else ():
                norm = np.sqrt(np.square(weight).sum(axis=0))
                weight[...] = regularization.bounded(weight, norm, regularization.max_norm)
            self.keep_statistics(passed)
        return losses

    def masks(self, n: int) -> dict[int, Array]:
        """What dropout keeps in the next step, of n samples, by layer."""
        key = step_key(self.job.key, self.state["t"])
        return {
            i: mask(layer.dropout, key, i, layer.fan_out, n).T.astype(self.job.theta.dtype)
            for i, layer in enumerate(self.job.structure.layers)
            if layer.dropout is not None
        }

    def keep_statistics(self, passed: Backprop) -> None:
        """Put the batch's mean and variance into the running ones."""
        for layer, z in zip(self.job.structure.layers, passed.z, strict=True):
            norm = layer.normalization
            if isinstance(norm, BatchNorm):
                mean, variance = norm.observed(z)
                observed = mean, variance * (len(z) / max(len(z) - 1, 1))
                for place, value in zip(layer.statistics.values(), observed, strict=True):
                    self.job.theta[place] = norm.running(self.job.theta[place], value[0])


def gradients(
    structure: Structure, theta: Array, X: Array, y: Array, loss: Loss, weights: Array | None = None
) -> tuple[float, Array]:
    """The loss, and its gradient as one vector, (n_parameters,), of one forward and backward pass."""
    result = backprop(structure, theta, X, y, loss, weights=weights)
    return result.loss, as_vector(structure, result, theta.dtype)


def as_vector(structure: Structure, result: Backprop, dtype: np.dtype[Any]) -> Array:
    """The gradient laid out as θ."""
    gradient = np.empty(structure.n_parameters, dtype)
    for i, layer in enumerate(structure.layers):
        layer.weight(gradient)[...] = result.grad_weight[i]
        layer.bias(gradient)[...] = result.grad_bias[i]
        for name, place in layer.places.items():
            gradient[place] = result.grad_trained[i][name]
    return gradient
