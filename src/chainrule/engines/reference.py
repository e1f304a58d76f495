"""The reference engine: `backprop.py` and the optimizer's own `step`, one after another, for comparison and lessons."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.engines.batches import Batches
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.structure import Structure

__all__ = ["ReferenceEngine", "gradients"]


class ReferenceEngine:
    """Trains θ in place, as the text says it; the arguments are those of `NumpyEngine`."""

    def __init__(
        self,
        structure: Structure,
        theta: Array,
        X: Array,
        y: Array,
        loss: Loss,
        optimizer: Optimizer,
        batches: Batches,
    ) -> None:
        self.structure, self.theta, self.X, self.y, self.loss = structure, theta, X, y, loss
        self.optimizer, self.batches = optimizer, batches
        self.state = optimizer.init(theta)

    @np.errstate(over="ignore", invalid="ignore")  # a diverged run shows in its losses
    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        losses = np.empty(steps)
        for i in range(steps):
            rows = self.batches.next()
            losses[i], gradient = gradients(self.structure, self.theta, self.X[rows], self.y[rows], self.loss)
            self.theta[...], self.state = self.optimizer.step(self.theta, gradient, self.state)
        return losses


def gradients(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss) -> tuple[float, Array]:
    """The loss, and its gradient as one vector of θ's shape, of one forward and backward pass."""
    result = backprop(structure, theta, X, y, loss)
    gradient = np.empty_like(theta)
    for layer, weight, bias in zip(structure.layers, result.grad_weight, result.grad_bias, strict=True):
        layer.weight(gradient)[...] = weight
        layer.bias(gradient)[...] = bias
    return result.loss, gradient
