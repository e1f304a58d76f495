"""The NumPy engine: a training step as one flat list of calls, in place, with BLAS for the products.

Units are rows here and samples are columns, with a last row of ones under every layer's input, so that a layer's block
[W; b] multiplies [a_prev; 1] in one product and its gradient is one product too:

    forward     z = blockᵀ @ [a_prev; 1]        (d_out, n)
    backward    ∂L/∂block = [a_prev; 1] @ deltaᵀ   (d_in + 1, d_out)
                ∂L/∂a_prev = W @ delta             (d_in, n)

Everything that is no product is a formula of `formulas/`, recorded once and turned into calls by `program.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from chainrule.arrays import Array
from chainrule.engines.job import Job
from chainrule.engines.program import Call, in_place, run
from chainrule.formulas.expression import Expression
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.structure import Structure

__all__ = ["NumpyEngine", "gradients"]


class NumpyEngine:
    """Does a job a block of steps at a time."""

    def __init__(self, job: Job) -> None:
        self.X, self.y, self.batches = job.X, np.ascontiguousarray(job.y.T), job.batches
        gradient = np.zeros_like(job.theta)
        update = update_calls(job.optimizer, job.theta, gradient)
        self.steps = {
            size: Step(job.structure, job.theta, gradient, job.loss, size, then=update)
            for size in dict.fromkeys(job.batches.sizes)
        }
        self.full_batch = job.batches.steps_per_epoch == 1
        if self.full_batch:
            self.steps[len(self.X)].load(self.X, self.y)

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        losses = np.empty(steps)
        with np.errstate(all="ignore"):  # limits are values here, and a diverged run shows in its losses
            for i in range(steps):
                rows = self.batches.next()
                step = self.steps[len(rows)]
                if not self.full_batch:
                    step.gather(self.X, self.y, rows)
                run(step.calls)
                losses[i] = step.loss
        return losses


class Step:
    """The buffers of one step on n samples, and the calls that take it: forward, loss, backward, then the update."""

    def __init__(
        self, structure: Structure, theta: Array, gradient: Array, loss: Loss, n: int, then: Sequence[Call] = ()
    ) -> None:
        dtype, layers = theta.dtype, structure.layers
        self.rows = np.empty((n, layers[0].fan_in), dtype)
        self.X = np.ones((n, layers[0].fan_in + 1), dtype)  # one sample a row, as the caller's
        self.y = np.empty((layers[-1].fan_out, n), dtype)
        self.loss = np.empty((), dtype)
        self.calls: list[Call] = []

        entering = [self.X.T] + [np.ones((layer.fan_out + 1, n), dtype) for layer in layers]  # [a_prev; 1]
        z = [np.empty((layer.fan_out, n), dtype) for layer in layers]
        a = [below[:-1] for below in entering[1:]]
        symbol = {name: Expression.symbol(name) for name in ("z", "a", "y", "grad_a")}
        prediction = symbol["z"], symbol["a"], symbol["y"]

        for i, layer in enumerate(layers):
            self.calls.append(partial(np.dot, layer.block(theta).T, entering[i], z[i]))
            self.calls += in_place([(layer.activation.forward(symbol["z"]), a[i])], {"z": z[i]})

        output = layers[-1].activation
        at_output = {"z": z[-1], "a": a[-1], "y": self.y}
        share = loss.share((n, layers[-1].fan_out))
        terms, delta = np.empty_like(z[-1]), np.empty_like(z[-1])
        self.calls += in_place([(loss.terms(*prediction, output), terms)], at_output)
        self.calls.append(partial(np.add.reduce, terms.reshape(-1), out=self.loss))
        self.calls.append(partial(np.multiply, self.loss, np.array(share, dtype), out=self.loss))
        self.calls += in_place([(loss.delta(*prediction, output, share), delta)], at_output)

        for i in reversed(range(len(layers))):
            self.calls.append(partial(np.dot, entering[i], delta.T, layers[i].block(gradient)))
            if i > 0:
                grad_a = np.empty_like(z[i - 1])
                self.calls.append(partial(np.dot, layers[i].weight(theta), delta, grad_a))
                slope = layers[i - 1].activation.backward(symbol["grad_a"], symbol["z"], symbol["a"])
                delta = grad_a
                self.calls += in_place([(slope, delta)], {"grad_a": grad_a, "z": z[i - 1], "a": a[i - 1]})
        self.calls += then

    def load(self, X: Array, y: Array) -> None:
        """Take these n samples: X (n, d_0), y (d_out, n)."""
        self.X[:, :-1], self.y[...] = X, y

    def gather(self, X: Array, y: Array, rows: Array) -> None:
        """Take the samples of these n rows, without another array."""
        np.take(X, rows, 0, self.rows, "clip")
        self.X[:, :-1] = self.rows
        np.take(y, rows, 1, self.y, "clip")


def update_calls(optimizer: Optimizer, theta: Array, gradient: Array) -> list[Call]:
    """The calls of one update of θ in place, from the gradient; the optimizer's state lives in their arrays."""
    arrays = {"theta": theta, "gradient": gradient, **{slot: np.zeros_like(theta) for slot in optimizer.slots}}
    t = np.zeros((), theta.dtype)
    results = optimizer.rule(*map(Expression.symbol, [*arrays, "t"]), *optimizer.parameters)
    written = [theta, *(arrays[slot] for slot in optimizer.slots)]
    calls = in_place(list(zip(results, written, strict=True)), {**arrays, "t": t})
    if any(argument is t for call in calls for argument in call.args):
        calls.insert(0, partial(np.add, t, np.ones((), theta.dtype), out=t))
    return calls


def gradients(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss) -> tuple[float, Array]:
    """The loss, and its gradient as one vector of θ's shape, of one forward and backward pass."""
    gradient = np.zeros_like(theta)
    step = Step(structure, theta, gradient, loss, len(X))
    step.load(X, y.T)
    with np.errstate(all="ignore"):
        run(step.calls)
    return float(step.loss), gradient
