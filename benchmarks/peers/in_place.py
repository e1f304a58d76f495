"""The loop that a careful person writes by hand in NumPy for one kind of network, in place.

Rows are samples, and every product and every elementwise operation writes into an array that was there before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chainrule.arrays import Array

from ..task import Job, Outcome

__all__ = ["InPlace"]


class InPlace:
    """Its trainer, with every array that it needs."""

    def __init__(self, job: Job) -> None:
        self.job = job
        n, dtype, sizes = job.task.batch_size, job.X.dtype, job.task.sizes
        self.a = [np.empty((n, d), dtype) for d in sizes]
        self.delta = [np.empty((n, d), dtype) for d in sizes[1:]]
        self.scratch = [np.empty((n, d), dtype) for d in sizes[1:]]
        self.target = np.empty((n, sizes[-1]), dtype)
        self.other = np.empty((n, sizes[-1]), dtype)
        self.column = np.empty((n, 1), dtype)
        self.gradients = [np.empty_like(p) for p in (*job.weights, *job.biases)]

    def reset(self) -> None:
        job = self.job
        self.weights, self.biases = [w.copy() for w in job.weights], [b.copy() for b in job.biases]
        self.velocities = [np.zeros_like(g) for g in self.gradients]

    def run(self, epochs: int) -> None:
        job, n = self.job, self.job.task.batch_size
        self.losses: npt.NDArray[np.float64] = np.empty((epochs, job.task.steps_per_epoch))
        if job.full_batch:
            self.a[0][...], self.target[...] = job.X, job.y
        for losses, order in zip(self.losses, job.orders(epochs), strict=True):
            for step in range(len(losses)):
                if not job.full_batch:
                    rows = order[step * n : (step + 1) * n]
                    np.take(job.X, rows, axis=0, out=self.a[0], mode="clip")
                    np.take(job.y, rows, axis=0, out=self.target, mode="clip")
                losses[step] = self.forward()
                self.backward()
                self.update()

    def forward(self) -> float:
        """Every activation; the mean loss."""
        loss = 0.0
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = self.a[i + 1]
            np.matmul(self.a[i], w, out=z)
            np.add(z, b, out=z)
            if i == len(self.weights) - 1 and self.job.task.output == "softmax":
                return self.softmax(z)
            if i == len(self.weights) - 1:
                loss = self.binary_loss(z)
            np.negative(z, out=z)
            np.exp(z, out=z)
            np.add(z, 1, out=z)
            np.reciprocal(z, out=z)
        return loss

    def binary_loss(self, z: Array) -> float:
        """max(z, 0) − z y + log(1 + e^−|z|), summed over outputs."""
        loss, other = self.scratch[-1], self.other
        np.abs(z, out=loss)
        np.negative(loss, out=loss)
        np.exp(loss, out=loss)
        np.log1p(loss, out=loss)
        np.maximum(z, 0, out=other)
        np.add(loss, other, out=loss)
        np.multiply(z, self.target, out=other)
        np.subtract(loss, other, out=loss)
        return float(loss.sum() / len(z))

    def softmax(self, z: Array) -> float:
        """z becomes the probabilities; the loss is log Σ e^z − z y, from z less its largest."""
        column, other = self.column, self.other
        np.max(z, axis=1, keepdims=True, out=column)
        np.subtract(z, column, out=z)
        np.multiply(z, self.target, out=other)
        picked = other.sum()
        np.exp(z, out=z)
        np.sum(z, axis=1, keepdims=True, out=column)
        np.divide(z, column, out=z)
        np.log(column, out=column)
        return float((column.sum() - picked) / len(z))

    def backward(self) -> None:
        """Every gradient."""
        delta, layers = self.delta, len(self.weights)
        np.subtract(self.a[-1], self.target, out=delta[-1])
        np.multiply(delta[-1], 1 / len(self.target), out=delta[-1])
        for i in range(layers - 1, -1, -1):
            np.matmul(self.a[i].T, delta[i], out=self.gradients[i])
            np.sum(delta[i], axis=0, out=self.gradients[layers + i])
            if i > 0:
                below, slope = delta[i - 1], self.scratch[i - 1]
                np.matmul(delta[i], self.weights[i].T, out=below)
                np.subtract(1, self.a[i], out=slope)
                np.multiply(slope, self.a[i], out=slope)
                np.multiply(below, slope, out=below)

    def update(self) -> None:
        """v ← μ v − η g, θ ← θ + v."""
        parameters = (*self.weights, *self.biases)
        for parameter, gradient, velocity in zip(parameters, self.gradients, self.velocities, strict=True):
            np.multiply(velocity, self.job.task.momentum, out=velocity)
            np.multiply(gradient, self.job.task.learning_rate, out=gradient)
            np.subtract(velocity, gradient, out=velocity)
            np.add(parameter, velocity, out=parameter)

    def outcome(self) -> Outcome:
        return Outcome(self.losses.mean(axis=1), self.weights, self.biases)
