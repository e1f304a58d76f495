"""The reference engine: `backprop.py` and the optimizer's own `step`, one after another, for comparison and lessons."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.engines.job import Job
from chainrule.formulas.losses import Loss
from chainrule.structure import Structure

__all__ = ["ReferenceEngine", "gradients"]


class ReferenceEngine:
    """Does a job as the text says it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.state = job.optimizer.init(job.theta)

    @np.errstate(over="ignore", invalid="ignore")  # a diverged run shows in its losses
    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        job, losses = self.job, np.empty(steps)
        for i in range(steps):
            rows = job.batches.next()
            losses[i], gradient = gradients(job.structure, job.theta, job.X[rows], job.y[rows], job.loss)
            job.theta[...], self.state = job.optimizer.step(job.theta, gradient, self.state)
        return losses


def gradients(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss) -> tuple[float, Array]:
    """The loss, and its gradient as one vector of θ's shape, of one forward and backward pass."""
    result = backprop(structure, theta, X, y, loss)
    gradient = np.empty_like(theta)
    for layer, weight, bias in zip(structure.layers, result.grad_weight, result.grad_bias, strict=True):
        layer.weight(gradient)[...] = weight
        layer.bias(gradient)[...] = bias
    return result.loss, gradient
