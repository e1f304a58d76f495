"""Forward and backward: the reference.

The report's four equations (section 2.3), for any layers, activations and loss, in plain NumPy. Everything else in the
package that computes a gradient must agree with this file, tensor by tensor.

    n      samples, one a row                report    here
    d      units of a layer                  â⁽ⁱ⁻¹⁾    a_prev  (n, d_in)    what enters layer i
    W      weight (d_in, d_out)              a⁽ⁱ⁾      z       (n, d_out)   pre-activation
    b      bias (d_out,)                     â⁽ⁱ⁾      a       (n, d_out)   activation
    L      loss, the mean over samples       da⁽ⁱ⁾     delta   (n, d_out)   ∂L/∂z

Between z and what leaves a layer lie its stages: the activation, and where a layer has them a normalization before it
and dropout after it. Each stage brings its own value and its own chain rule (`formulas/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.activations import Activation
from chainrule.formulas.losses import Loss
from chainrule.structure import Layer, Stage, Structure

__all__ = ["Backprop", "backprop", "forward", "predict", "predicted"]

Keep = Mapping[int, Array]
"""By layer: 1 for each activation (n, d) that dropout keeps, and 0 for the others."""


@dataclass(frozen=True)
class Backprop:
    """Every number of one forward and one backward pass. Index l of each tuple is layer l, the first one's is 0.

    The shortcut p − y gives `delta[-1]` where `collapsed` says so; `grad_a[-1]` is the long chain's first link in any
    case, and may be infinite where the output is saturated.
    """

    loss: float
    X: Array  # (n, d_0): the input, the a_prev of the first layer
    z: tuple[Array, ...]  # (n, d_out) each
    a: tuple[Array, ...]  # (n, d_out) each: what leaves the layer; a[-1] is the prediction
    values: tuple[tuple[Array, ...], ...]  # z and what each stage makes of it, the last of them a
    grad_a: tuple[Array, ...]  # ∂L/∂a, (n, d_out) each: the report's dâ
    delta: tuple[Array, ...]  # ∂L/∂z, (n, d_out) each: the report's da
    grad_values: tuple[tuple[Array, ...], ...]  # ∂L by each of `values`, the first of them delta, the last grad_a
    grad_weight: tuple[Array, ...]  # ∂L/∂W, (d_in, d_out) each
    grad_bias: tuple[Array, ...]  # ∂L/∂b, (d_out,) each
    grad_trained: tuple[dict[str, Array], ...]  # ∂L by what the stages learn, by its name
    grad_X: Array  # ∂L/∂X, (n, d_0): the report's dâ⁽⁰⁾
    collapsed: bool


def forward(structure: Structure, theta: Array, X: Array) -> tuple[list[Array], list[Array]]:
    """The pre-activations z and the activations a of every layer; X is (n, d_0) of θ's dtype.

    As in training, where a batch brings its own statistics, but nothing drops out.

    >>> from chainrule.structure import Structure
    >>> structure = Structure.of([1, 1], hidden=[], output="sigmoid")
    >>> forward(structure, np.array([2.0, -1.0]), np.array([[0.5]]))  # W = [[2]], b = [-1]
    ([array([[0.]])], [array([[0.5]])])
    """
    passed = through_layers(structure, theta, X)
    return [values[0] for values in passed], [values[-1] for values in passed]


def through_layers(structure: Structure, theta: Array, X: Array, keep: Keep | None = None) -> list[list[Array]]:
    """For every layer its z, and what each stage makes of it in turn."""
    passed = []
    a_prev = X
    for i, layer in enumerate(structure.layers):
        values = [a_prev @ layer.weight(theta) + layer.bias(theta)]
        for stage, given in stages(layer, theta, keep, i):
            values.append(stage.forward(values[-1], *given))
        a_prev = values[-1]
        passed.append(values)
    return passed


def stages(layer: Layer, theta: Array, keep: Keep | None, i: int) -> list[tuple[Stage, list[Array]]]:
    """The stages of layer i, each with what it takes besides its input; without a mask nothing drops out."""
    learning: list[tuple[Stage, list[Array]]] = [
        (stage, layer.trained(theta, stage)) for stage in (layer.normalization, layer.activation) if stage is not None
    ]
    return learning if layer.dropout is None or keep is None else [*learning, (layer.dropout, [keep[i]])]


def predict(structure: Structure, theta: Array, X: Array) -> Array:
    """The output activations (n, d_out), as of `predicted`."""
    return predicted(structure, theta, X)[1]


def predicted(structure: Structure, theta: Array, X: Array) -> tuple[Array, Array]:
    """The output's z and a (n, d_out): nothing drops out, and running statistics stand for those of a batch.

    Args:
        structure: the network's layers.
        theta: its parameters and the running statistics after them; or those of many networks, one a row, for
            predictions (networks, n, d_out).
        X: the samples, (n, d_0).
    """
    z = a = X
    for layer in structure.layers:
        z = a = a @ layer.weight(theta) + layer.bias(theta)[..., None, :]
        if layer.normalization is not None:
            places = layer.places | layer.statistics
            names = layer.normalization.trained + layer.normalization.statistics
            a = layer.normalization.evaluate(a, *(theta[..., None, places[name]] for name in names))
        a = layer.activation.forward(a, *(vector[..., None, :] for vector in layer.trained(theta, layer.activation)))
    return z, a


def mean_loss(structure: Structure, z: Array, a: Array, y: Array, loss: Loss, weights: Array | None = None) -> float:
    """The loss of the output layer's z and a (n, d_out) for targets y (n, d_out) and weights (n,) of the samples."""
    terms = loss.terms(z, a, y, structure.layers[-1].activation)
    return float(np.sum(terms if weights is None else terms * weights[:, None]) * loss.share(y.shape))


@np.errstate(over="ignore", invalid="ignore")  # a diverged network has a loss of NaN; saturation is in `grad_a`'s text
def backprop(
    structure: Structure,
    theta: Array,
    X: Array,
    y: Array,
    loss: Loss,
    *,
    weights: Array | None = None,
    keep: Keep | None = None,
    collapse: bool = True,
) -> Backprop:
    """The loss, its gradient, and every number on the way there.

    Args:
        structure: the network's layers.
        theta: its parameters, (n_parameters,).
        X: the samples, (n, d_0).
        y: the targets, one number an output, (n, d_out).
        loss: the loss function.
        weights: what each sample counts for in the mean, (n,); None is 1 for each.
        keep: what dropout keeps; None is all.
        collapse: take the shortcut delta = (p − y) / n at the output where it holds, which is where the output
            activation is the loss's link (sigmoid with binary, softmax with categorical cross entropy). Else, and
            with collapse=False, go the report's long way: dâ = ∂L/∂â, then da = dâ · â(1 − â). Both are equal but
            for rounding, until the output saturates: there only the shortcut stays right.
    """
    passed = through_layers(structure, theta, X, keep)
    z, a = [values[0] for values in passed], [values[-1] for values in passed]
    share: Any = loss.share(y.shape) if weights is None else loss.share(y.shape) * weights[:, None]
    collapsed = collapse and loss.shortens(structure.layers[-1].activation)
    grad_values, grad_weight, grad_bias, grad_trained = [], [], [], []
    upstream = loss.terms_slope(a[-1], y) * share  # dâ of the output layer
    for i in reversed(range(len(structure.layers))):
        layer = structure.layers[i]
        a_prev = a[i - 1] if i > 0 else X
        grads, learned = [upstream], {}
        for k, (stage, given) in reversed(list(enumerate(stages(layer, theta, keep, i)))):
            passing = grads[0], passed[i][k], passed[i][k + 1], *given
            for name, vector, slopes in zip(stage.trained, given, stage.trained_slopes(*passing), strict=False):
                learned[name] = summed(slopes, vector)  # the same for every sample, so the sum over them
            if collapsed and i == len(structure.layers) - 1:
                grads.insert(0, loss.slope_from_logits(a[i], y) * share)  # dâ and da in one: (p − y) / n
            else:
                grads.insert(0, chained(stage, *passing))  # a = f(z):  da = dâ · f′(z)
        delta = grads[0]
        grad_weight.append(a_prev.T @ delta)  # z = a_prev @ W + b:  dW = a_prev.T @ da
        grad_bias.append(delta.sum(axis=0))  # the same b in every row:  db = the sum of da over the samples
        upstream = delta @ layer.weight(theta).T  # z = a_prev @ W + b:  dâ of the layer below = da @ W.T
        grad_values.append(tuple(grads))
        grad_trained.append(learned)
    grad_values.reverse()
    return Backprop(
        loss=mean_loss(structure, z[-1], a[-1], y, loss, weights),
        X=X,
        z=tuple(z),
        a=tuple(a),
        values=tuple(map(tuple, passed)),
        grad_a=tuple(grads[-1] for grads in grad_values),
        delta=tuple(grads[0] for grads in grad_values),
        grad_values=tuple(grad_values),
        grad_weight=tuple(reversed(grad_weight)),
        grad_bias=tuple(reversed(grad_bias)),
        grad_trained=tuple(reversed(grad_trained)),
        grad_X=upstream,
        collapsed=collapsed,
    )


def chained(stage: Stage, grad_y: Array, x: Array, y: Array, *given: Array) -> Array:
    """The chain rule through a stage, ∂L/∂x from ∂L/∂y.

    Where every unit depends on every other, as in softmax, this is the product with the full Jacobian of each sample;
    the engines take the stage's `backward`, which is the same without the matrix.
    """
    if isinstance(stage, Activation) and stage.couples_units:
        return np.stack([grad @ stage.derivative(row) for grad, row in zip(grad_y, x, strict=True)])
    return stage.backward(grad_y, x, y, *given)


def summed(slopes: Array, vector: Array) -> Array:
    """The sum over the samples, and over the units too where all of them share the one number of the vector."""
    return slopes.sum(axis=0) if len(vector) == slopes.shape[1] else slopes.sum(keepdims=True)[0]
