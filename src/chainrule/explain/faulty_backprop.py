"""The backward pass with switchable lines: what a gradient becomes if a line of it is wrong.

The right pass is that of `backprop.py`, in float64, one layer at a time from the output down; a `Fault` changes the
value of one line at one layer. Layers are counted from 0 here, as in the code; in messages from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import forward
from chainrule.formulas.losses import Loss
from chainrule.structure import Structure

__all__ = ["Fault", "Gradient", "Known", "Line", "Stage", "backward_with", "down", "known"]

Line = Literal["forward", "below", "through", "weight", "bias"]
Gradient = tuple[list[Array], list[Any]]
"""∂L/∂W and ∂L/∂b of every layer."""


@dataclass(frozen=True)
class Known:
    """What is known before the backward pass begins: the forward pass, all in float64."""

    structure: Structure
    theta: Array
    X: Array  # (n, d_0)
    y: Array  # (n, d_L)
    loss: Loss
    z: tuple[Array, ...]
    a: tuple[Array, ...]

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.X)

    @property
    def last(self) -> int:
        """The index of the output layer."""
        return len(self.structure.layers) - 1

    @property
    def collapses(self) -> bool:
        """Whether the output's delta is p − y, so that its derivative appears nowhere."""
        return self.loss.shortens(self.structure.layers[-1].activation)

    def weight(self, i: int) -> Array:
        """W of layer i."""
        return self.structure.layers[i].weight(self.theta)

    def a_prev(self, i: int) -> Array:
        """What enters layer i."""
        return self.a[i - 1] if i > 0 else self.X

    def slope(self, i: int, z: Array | None = None, a: Array | None = None) -> Array:
        """f′ of layer i, from its own z and a unless others are given; of softmax and log softmax: the diagonal."""
        f, z, a = self.structure.layers[i].activation, self.z[i] if z is None else z, self.a[i] if a is None else a
        if f.name == "softmax":
            return a * (1 - a)
        if f.name == "log_softmax":
            return 1 - np.exp(a)
        return np.broadcast_to(np.asarray(f.slope(z, a, *f.parameters), dtype=np.float64), z.shape)

    def raw_error(self) -> Array:
        """The error at the output: p − y where the chain collapses, else ∂L/∂a."""
        slope = self.loss.slope_from_logits if self.collapses else self.loss.terms_slope
        return slope(self.a[-1], self.y) * self.loss.share(self.y.shape)

    def without_bias(self) -> Known:
        """The same network, its biases left out of the forward pass."""
        theta = self.theta.copy()
        for layer in self.structure.layers:
            layer.bias(theta)[...] = 0
        return known(self.structure, theta, self.X, self.y, self.loss)


def require_plain(structure: Structure) -> None:
    """Raise unless every layer is a product and an activation, for whose backward pass the mistakes are known.

    Raises:
        ValueError: a layer has more; the message names it.
    """
    for i, layer in enumerate(structure.layers, start=1):
        found = layer.normalization or layer.dropout or (layer.activation if layer.activation.trained else None)
        if found is not None:
            raise ValueError(
                f"layer {i} has {found!r}, but diagnose knows the mistakes in layers of weights, a bias and an "
                "activation without parameters that are learned; hold its gradients against cr.check_gradients, or "
                "against cr.trace tensor by tensor"
            )


def known(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss) -> Known:
    """The forward pass of these samples, in float64 whatever dtype comes in.

    Raises:
        ValueError: as of `require_plain`.
    """
    require_plain(structure)
    theta, X, y = (np.asarray(array, dtype=np.float64) for array in (theta, X, y))
    z, a = forward(structure, theta, X)
    return Known(structure, theta, X, y, loss, tuple(z), tuple(a))


@dataclass(frozen=True)
class Stage:
    """What the backward pass has computed at one layer."""

    known: Known
    i: int
    above: Any  # the stage of the layer i + 1; None at the output
    raw: Any = None  # ∂L/∂a, (n, d_out)
    delta: Any = None  # ∂L/∂z, (n, d_out)
    grad_weight: Any = None
    grad_bias: Any = None


@dataclass(frozen=True)
class Fault:
    """A wrong line at one layer.

    Attributes:
        number: of the mistake in the catalogue.
        kind: which form of it; the same mistake in several layers is one mistake if its kind is one.
        line: which line it changes: "below" (∂L/∂a), "through" (∂L/∂z), "weight" or "bias"; "forward" changes none, it
            says that the forward pass is another.
        layer: where the first numbers are that it makes wrong, from 0.
        right: the line as it should be.
        wrong: the line as it is.
        change: gives the line's value, from the value so far and the stage.
        scales: whether it multiplies the value by a number instead of replacing it.
        rate: the learning rate, where the fault has one.
    """

    number: int
    kind: str
    line: Line
    layer: int
    right: str
    wrong: str
    change: Callable[[Any, Stage], Any]
    scales: bool = False
    rate: float = 0.0

    @property
    def key(self) -> tuple[int, str]:
        """What tells one mistake from another, wherever it is made."""
        return self.number, self.kind


@np.errstate(all="ignore")  # a wrong line may well overflow
def down(run: Known, i: int, above: Stage | None, faults: Sequence[Fault] = ()) -> Stage:
    """One layer of the backward pass, with these faults of layer i; `above` is the stage of layer i + 1."""

    def line(name: Line, value: Any, stage: Stage) -> Any:
        for fault in faults:
            if fault.line == name:
                value = fault.change(value, stage)
        return value

    f = run.structure.layers[i].activation
    stage = Stage(run, i, above)
    if above is None:
        stage = replace(stage, raw=line("below", run.raw_error(), stage))
        delta = stage.raw if run.collapses else f.backward(stage.raw, run.z[i], run.a[i])
    else:
        stage = replace(stage, raw=line("below", above.delta @ run.weight(i + 1).T, stage))
        delta = f.backward(stage.raw, run.z[i], run.a[i])
    stage = replace(stage, delta=line("through", delta, stage))
    stage = replace(stage, grad_weight=line("weight", run.a_prev(i).T @ stage.delta, stage))
    return replace(stage, grad_bias=line("bias", stage.delta.sum(axis=0), stage))


def backward_with(run: Known, faults: Sequence[Fault] = ()) -> Gradient:
    """The gradient that comes of a backward pass with these faults; of none, the right one.

    >>> import chainrule as cr
    >>> net, X, y = cr.Network([2, 3, 1], seed=0), [[0.5, 1.0], [1.0, 0.0]], [[1.0], [0.0]]
    >>> run = known(net.structure, net.parameters, X, y, cr.losses.get("binary_cross_entropy"))
    >>> np.allclose(backward_with(run)[0][0], net.gradients(X, y).weights[0], rtol=1e-14)
    True
    """
    grad_weights: list[Array] = []
    grad_biases: list[Array] = []
    stage = None
    for i in reversed(range(run.last + 1)):
        stage = down(run, i, stage, [fault for fault in faults if fault.layer == i])
        grad_weights.insert(0, stage.grad_weight)
        grad_biases.insert(0, stage.grad_bias)
    return grad_weights, grad_biases
