"""JAX, the two ways it is used: a compiled step called from a Python loop, and the whole loop compiled as one scan."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..task import Job, Outcome

__all__ = ["Scan", "Step", "loss_of", "updated"]

jax.config.update("jax_enable_x64", True)

Parameters = Any
"""A pair (W, b) for each layer."""


def loss_of(theta: Parameters, X: Any, y: Any, softmax: bool) -> Any:
    """The mean cross entropy, from the logits."""
    a = X
    for W, b in theta[:-1]:
        a = jax.nn.sigmoid(a @ W + b)
    z = a @ theta[-1][0] + theta[-1][1]
    if softmax:
        return -(y * jax.nn.log_softmax(z)).sum() / len(X)
    return (jnp.logaddexp(z, 0) - z * y).sum() / len(X)


def updated(theta: Parameters, v: Parameters, X: Any, y: Any, rate: float, momentum: float, softmax: bool) -> Any:
    """Parameters and velocities after one step, and the loss before it."""
    loss, gradient = jax.value_and_grad(loss_of)(theta, X, y, softmax)
    v = jax.tree.map(lambda v, g: momentum * v - rate * g, v, gradient)
    return jax.tree.map(jnp.add, theta, v), v, loss


class Step:
    """A jitted step, which takes its arrays over; the rows of each batch are gathered in it."""

    def __init__(self, job: Job) -> None:
        task = job.task
        self.job, self.X, self.y = job, jnp.asarray(job.X), jnp.asarray(job.y)
        self.update = partial(
            updated, rate=task.learning_rate, momentum=task.momentum, softmax=task.output == "softmax"
        )
        self.compiled = jax.jit(self.step, donate_argnums=(0, 1))

    def step(self, theta: Parameters, v: Parameters, X: Any, y: Any, rows: Any) -> Any:
        return self.update(theta, v, X, y) if rows is None else self.update(theta, v, X[rows], y[rows])

    def reset(self) -> None:
        self.theta = [(jnp.array(W), jnp.array(b)) for W, b in zip(self.job.weights, self.job.biases, strict=True)]
        self.v = jax.tree.map(jnp.zeros_like, self.theta)
        self.losses: Any = []

    def run(self, epochs: int) -> None:
        n, theta, v = self.job.task.batch_size, self.theta, self.v
        for order in self.job.orders(epochs):
            for start in range(0, len(order), n):
                rows = None if self.job.full_batch else order[start : start + n]
                theta, v, loss = self.compiled(theta, v, self.X, self.y, rows)
                self.losses.append(loss)
        self.theta, self.v = jax.block_until_ready((theta, v))

    def outcome(self) -> Outcome:
        losses = np.array(jax.device_get(self.losses)).reshape(-1, self.job.task.steps_per_epoch).mean(axis=1)
        return Outcome(losses, [np.asarray(W) for W, _ in self.theta], [np.asarray(b) for _, b in self.theta])


class Scan(Step):
    """The whole run in one `lax.scan`; the order of all batches is drawn before."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.compiled = jax.jit(self.all_steps, static_argnames="steps", donate_argnums=(0, 1))

    def all_steps(self, theta: Parameters, v: Parameters, X: Any, y: Any, rows: Any, steps: int) -> Any:
        def one(carry: Any, rows: Any) -> Any:
            theta, v, loss = self.step(carry[0], carry[1], X, y, rows)
            return (theta, v), loss

        return jax.lax.scan(one, (theta, v), rows, length=steps, unroll=4)  # the fastest of 1, 2, 4, 8

    def run(self, epochs: int) -> None:
        task = self.job.task
        rows = None
        if not self.job.full_batch:
            rows = np.concatenate(list(self.job.orders(epochs))).reshape(-1, task.batch_size)
        steps = epochs * task.steps_per_epoch
        (self.theta, self.v), self.losses = jax.block_until_ready(
            self.compiled(self.theta, self.v, self.X, self.y, rows, steps)
        )
