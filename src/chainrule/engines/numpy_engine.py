"""The NumPy engine: a training step as one flat list of calls, in place, with BLAS for the products.

Units are rows here and samples are columns, with a last row of ones under every layer's input, so that a layer's block
[W; b] multiplies [a_prev; 1] in one product and its gradient is one product too:

    forward     z = blockᵀ @ [a_prev; 1]        (d_out, n)
    backward    ∂L/∂block = [a_prev; 1] @ deltaᵀ   (d_in + 1, d_out)
                ∂L/∂a_prev = W @ delta             (d_in, n)

Everything that is no product is a formula of `formulas/`, recorded once and turned into calls by `program.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engines.job import Job
from chainrule.engines.numpy_update import NumpyUpdate
from chainrule.engines.program import Call, in_place, run
from chainrule.formulas.dropout import Dropout, mask, step_key
from chainrule.formulas.expression import Expression
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import BatchNorm
from chainrule.structure import Layer, Structure

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.formulas.optimizers import State

__all__ = ["NumpyEngine", "gradients", "gradients_on"]


class NumpyEngine:
    """Does a job a block of steps at a time."""

    def __init__(self, job: Job) -> None:
        self.job, self.optimizer, self.t = job, job.optimizer, job.first_state["t"]
        self.y = np.ascontiguousarray(targets(job.y, job.weights))
        gradient = np.zeros_like(job.parameters)
        self.update = NumpyUpdate(job, gradient)
        how: dict[str, Any] = {"weighted": job.weights is not None, "drops_out": job.structure.drops_out}
        self.steps = {
            size: Step(job.structure, job.theta, gradient, job.loss, size, **how)
            for size in dict.fromkeys(job.batches.sizes)
        }
        self.full_batch = job.batches.steps_per_epoch == 1
        if self.full_batch:
            self.steps[len(job.X)].load(job.X, self.y)

    def go_on_with(self, job: Job) -> None:
        """Take the next steps on other samples of the same run, none of which is a full batch."""
        self.job, self.y = job, np.ascontiguousarray(targets(job.y, job.weights))

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        job, losses = self.job, np.empty(steps)
        numbers = self.update.numbers(self.optimizer, self.t, steps)
        with np.errstate(all="ignore"):  # limits are values here, and a diverged run shows in its losses
            for i in range(steps):
                rows = job.batches.next()
                step = self.steps[len(rows)]
                if not self.full_batch:
                    step.gather(job.X, self.y, rows)
                step.drop_out(step_key(job.key, self.t + i))
                run(step.calls)
                losses[i] = step.loss
                losses[i] += self.update.take(numbers[i])
                run(step.keeping)
        self.t += steps
        return losses

    @property
    def state(self) -> State:
        """The optimizer's state after the steps that were taken."""
        return {"t": self.t, **self.update.slots}


def targets(y: Array, weights: Array | None) -> Array:
    """The targets (d_out, n), with the samples' weights as a further row where there are any."""
    return y.T if weights is None else np.concatenate([y.T, weights[None]])


class Step:
    """The buffers of one step on n samples, and the calls that take it: forward, loss, backward."""

    def __init__(
        self,
        structure: Structure,
        theta: Array,
        gradient: Array,
        loss: Loss,
        n: int,
        *,
        weighted: bool = False,
        drops_out: bool = False,
    ) -> None:
        self.theta, self.gradient, self.n, self.dtype, layers = theta, gradient, n, theta.dtype, structure.layers
        self.rows = np.empty((n, layers[0].fan_in), self.dtype)
        self.X = np.ones((n, layers[0].fan_in + 1), self.dtype)  # one sample a row, as the caller's
        self.y = np.empty((layers[-1].fan_out + weighted, n), self.dtype)
        self.loss = np.empty((), self.dtype)
        self.calls: list[Call] = []
        self.keeping: list[Call] = []  # the running statistics, after the step
        self.masks: list[tuple[Dropout, int, Array]] = []

        entering = [self.X.T] + [np.ones((layer.fan_out + 1, n), self.dtype) for layer in layers]  # [a_prev; 1]
        passed = [self.forward(i, layer, entering, drops_out) for i, layer in enumerate(layers)]
        grad = self.at_output(layers[-1], passed[-1], loss, weighted)
        for i in reversed(range(len(layers))):
            self.calls.append(partial(np.dot, entering[i], grad.T, layers[i].block(gradient)))
            if i > 0:
                grad_a = np.empty((layers[i].fan_in, n), self.dtype)
                self.calls.append(partial(np.dot, layers[i].weight(theta), grad, grad_a))
                grad = self.backward(layers[i - 1], passed[i - 1], grad_a)

    def forward(self, i: int, layer: Layer, entering: list[Array], drops_out: bool) -> list[dict[str, Array]]:
        """Append the calls of layer i: its product and its stages, whose arrays come back by the names of formulas."""
        z, a = np.empty((layer.fan_out, self.n), self.dtype), entering[i + 1][:-1]
        self.calls.append(partial(np.dot, layer.block(self.theta).T, entering[i], z))
        passed: list[dict[str, Array]] = []
        stages = [stage for stage in layer.stages if drops_out or not isinstance(stage, Dropout)]
        for k, stage in enumerate(stages):
            arrays = {"x": passed[-1]["y"] if passed else z, **self.learned(layer, stage.trained)}
            arrays["y"] = a if k == len(stages) - 1 else np.empty_like(z)
            if isinstance(stage, Dropout):
                arrays["keep"] = np.empty_like(z)
                self.masks.append((stage, i, arrays["keep"]))
            passed.append(arrays)
            symbols = [Expression.symbol(name) for name in ("x", *given(stage))]
            self.calls += in_place([(stage.forward(*symbols), arrays["y"])], arrays)
            if isinstance(stage, BatchNorm):
                self.keep_statistics(layer, stage, arrays["x"])
        return passed

    def learned(self, layer: Layer, names: tuple[str, ...]) -> dict[str, Array]:
        """What a stage learns, (units, 1) or (1, 1) each, by its name."""
        return {name: self.theta[layer.places[name]][:, None] for name in names}

    def keep_statistics(self, layer: Layer, stage: BatchNorm, z: Array) -> None:
        """Append the calls that put a batch's mean and variance into the running ones."""
        x, kept, observed = map(Expression.symbol, ("x", "kept", "observed"))
        unbiased = self.n / max(self.n - 1, 1)
        for (name, place), formula in zip(layer.statistics.items(), stage.observed(x), strict=True):
            arrays = {"kept": self.theta[place][:, None], "observed": np.empty((layer.fan_out, 1), self.dtype)}
            self.calls += in_place([(formula, arrays["observed"])], {"x": z})
            if name == "running_variance":
                self.calls += in_place([(observed * unbiased, arrays["observed"])], arrays)
            self.keeping += in_place([(stage.running(kept, observed), arrays["kept"])], arrays)

    def at_output(self, layer: Layer, passed: list[dict[str, Array]], loss: Loss, weighted: bool) -> Array:
        """Append the calls of the loss; the array that ∂L/∂z is in after them."""
        z, a, y, weight = map(Expression.symbol, ("z", "a", "y", "weight"))
        arrays = {"z": passed[0]["x"], "a": passed[0]["y"], "y": self.y[: layer.fan_out], "weight": self.y[-1:]}
        share: Any = loss.share((self.n, layer.fan_out))
        terms, delta = np.empty_like(arrays["z"]), np.empty_like(arrays["z"])
        counted = loss.terms(z, a, y, layer.activation)
        self.calls += in_place([(counted * weight if weighted else counted, terms)], arrays)
        self.calls.append(partial(np.add.reduce, terms.reshape(-1), out=self.loss))
        self.calls.append(partial(np.multiply, self.loss, np.array(share, self.dtype), out=self.loss))
        share = share * weight if weighted else share
        if layer.activation.trained:
            self.calls += in_place([(loss.terms_slope(a, y) * share, delta)], arrays)
            return self.backward(layer, passed, delta)
        self.calls += in_place([(loss.output_delta(z, a, y, layer.activation, share), delta)], arrays)
        return delta

    def backward(self, layer: Layer, passed: list[dict[str, Array]], grad: Array) -> Array:
        """Append the calls that take ∂L/∂a of a layer back through its stages; ∂L/∂z is then in the same array."""
        for stage, arrays in zip(reversed(layer.stages[: len(passed)]), reversed(passed), strict=True):
            symbols = [Expression.symbol(name) for name in ("grad", "x", "y", *given(stage))]
            arrays = {**arrays, "grad": grad}
            for name, slopes in zip(stage.trained, stage.trained_slopes(*symbols), strict=True):
                terms, out = np.empty_like(grad), self.gradient[layer.places[name]]
                self.calls += in_place([(slopes, terms)], arrays)
                shape = (1, -1) if len(out) == 1 else terms.shape  # one number for all units
                self.calls.append(partial(np.add.reduce, terms.reshape(shape), axis=1, out=out))
            self.calls += in_place([(stage.backward(*symbols), grad)], arrays)
        return grad

    def load(self, X: Array, y: Array) -> None:
        """Take these n samples: X (n, d_0), y (d_out, n)."""
        self.X[:, :-1], self.y[...] = X, y

    def gather(self, X: Array, y: Array, rows: Array) -> None:
        """Take the samples of these n rows, without another array."""
        np.take(X, rows, 0, self.rows, "clip")
        self.X[:, :-1] = self.rows
        np.take(y, rows, 1, self.y, "clip")

    def drop_out(self, key: int, first: int = 0) -> None:
        """Draw what drops out in the step with this key; `first` is the place of the first sample in its batch."""
        for dropout, layer, keep in self.masks:
            units, n = keep.shape
            keep[...] = mask(dropout, key, layer, units, n, first)


def given(stage: Any) -> tuple[str, ...]:
    """The names of what a stage takes besides its input."""
    return ("keep",) if isinstance(stage, Dropout) else stage.trained


def gradients(
    structure: Structure, theta: Array, X: Array, y: Array, loss: Loss, weights: Array | None = None
) -> tuple[float, Array]:
    """The loss, and its gradient as one vector, (n_parameters,), of one forward and backward pass."""
    return gradients_on(structure, X, y, loss, weights, theta.dtype)(theta)


def gradients_on(
    structure: Structure, X: Array, y: Array, loss: Loss, weights: Array | None, dtype: npt.DTypeLike
) -> Callable[[Array], tuple[float, Array]]:
    """The function of θ that gives the loss on these samples and its gradient, in the same buffers each time."""
    theta = np.empty(structure.n_parameters + structure.n_statistics, dtype)
    gradient = np.zeros_like(theta[: structure.n_parameters])
    step = Step(structure, theta, gradient, loss, len(X), weighted=weights is not None)
    step.load(X, targets(y, weights))

    def at(values: Array) -> tuple[float, Array]:
        theta[...] = values
        with np.errstate(all="ignore"):
            run(step.calls)
        return float(step.loss), gradient.copy()

    return at
