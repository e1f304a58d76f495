"""The peer of the NumPy engine: the loop that a careful person writes by hand, in place, for one kind of network.

Sigmoid in every layer, binary cross entropy, momentum; rows are samples, every product and every elementwise operation
writes into an array that was there before.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chainrule.arrays import Array

__all__ = ["train"]


def train(
    theta: tuple[Sequence[Array], Sequence[Array]],
    X: Array,
    y: Array,
    *,
    learning_rate: float,
    momentum: float,
    steps: int,
    batch_size: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Train these weights and biases in place; the loss of every step's batch, before its update."""
    weights, biases = theta
    n, dtype, last = batch_size, X.dtype, len(weights) - 1
    sizes = [X.shape[1], *(len(b) for b in biases)]
    a = [np.empty((n, d), dtype) for d in sizes]
    delta = [np.empty((n, d), dtype) for d in sizes[1:]]
    scratch = [np.empty((n, d), dtype) for d in sizes[1:]]
    target, other = np.empty((n, sizes[-1]), dtype), np.empty((n, sizes[-1]), dtype)
    grad_weights, grad_biases = [np.empty_like(w) for w in weights], [np.empty_like(b) for b in biases]
    v_weights, v_biases = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    losses = np.empty(steps)
    order, position = np.arange(len(X)), 0
    full = n == len(X)
    if full:
        a[0][...], target[...] = X, y
    for step in range(steps):
        if not full:
            if position == 0:
                order = rng.permutation(len(X))
            rows = order[position : position + n]
            position = (position + n) % len(X)
            np.take(X, rows, axis=0, out=a[0], mode="clip")
            np.take(y, rows, axis=0, out=target, mode="clip")
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = a[i + 1]
            np.matmul(a[i], w, out=z)
            np.add(z, b, out=z)
            if i == last:  # max(z, 0) − z y + log(1 + e^−|z|)
                loss = scratch[i]
                np.abs(z, out=loss)
                np.negative(loss, out=loss)
                np.exp(loss, out=loss)
                np.log1p(loss, out=loss)
                np.maximum(z, 0, out=other)
                np.add(loss, other, out=loss)
                np.multiply(z, target, out=other)
                np.subtract(loss, other, out=loss)
                losses[step] = loss.sum() / n
            np.negative(z, out=z)
            np.exp(z, out=z)
            np.add(z, 1, out=z)
            np.reciprocal(z, out=z)
        np.subtract(a[-1], target, out=delta[-1])
        np.multiply(delta[-1], 1 / n, out=delta[-1])
        for i in range(last, -1, -1):
            np.matmul(a[i].T, delta[i], out=grad_weights[i])
            np.sum(delta[i], axis=0, out=grad_biases[i])
            if i > 0:
                below, slope = delta[i - 1], scratch[i - 1]
                np.matmul(delta[i], weights[i].T, out=below)
                np.subtract(1, a[i], out=slope)
                np.multiply(slope, a[i], out=slope)
                np.multiply(below, slope, out=below)
        for parameters, gradients, velocities in (
            (weights, grad_weights, v_weights),
            (biases, grad_biases, v_biases),
        ):
            for parameter, gradient, velocity in zip(parameters, gradients, velocities, strict=True):
                np.multiply(velocity, momentum, out=velocity)
                np.multiply(gradient, learning_rate, out=gradient)
                np.subtract(velocity, gradient, out=velocity)
                np.add(parameter, velocity, out=parameter)
    return losses
