"""Forward and backward: the reference.

The report's four equations (section 2.3), for any layers, activations and loss, in plain NumPy. Everything else in the
package that computes a gradient must agree with this file, tensor by tensor.

    n      samples, one a row                report    here
    d      units of a layer                  â⁽ⁱ⁻¹⁾    a_prev  (n, d_in)    what enters layer i
    W      weight (d_in, d_out)              a⁽ⁱ⁾      z       (n, d_out)   pre-activation
    b      bias (d_out,)                     â⁽ⁱ⁾      a       (n, d_out)   activation
    L      loss, the mean over samples       da⁽ⁱ⁾     delta   (n, d_out)   ∂L/∂z
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.losses import Loss
from chainrule.structure import Structure

__all__ = ["Backprop", "backprop", "forward"]


@dataclass(frozen=True)
class Backprop:
    """Every number of one forward and one backward pass. Index l of each tuple is layer l, the first one's is 0.

    The shortcut p − y gives `delta[-1]` where `collapsed` says so; `grad_a[-1]` is the long chain's first link in any
    case, and may be infinite where the output is saturated.
    """

    loss: float
    X: Array  # (n, d_0): the input, the a_prev of the first layer
    z: tuple[Array, ...]  # (n, d_out) each
    a: tuple[Array, ...]  # (n, d_out) each; a[-1] is the prediction
    grad_a: tuple[Array, ...]  # ∂L/∂a, (n, d_out) each: the report's dâ
    delta: tuple[Array, ...]  # ∂L/∂z, (n, d_out) each: the report's da
    grad_weight: tuple[Array, ...]  # ∂L/∂W, (d_in, d_out) each
    grad_bias: tuple[Array, ...]  # ∂L/∂b, (d_out,) each
    grad_X: Array  # ∂L/∂X, (n, d_0): the report's dâ⁽⁰⁾
    collapsed: bool


def forward(structure: Structure, theta: Array, X: Array) -> tuple[list[Array], list[Array]]:
    """The pre-activations z and the activations a of every layer; X is (n, d_0) of θ's dtype.

    >>> from chainrule.structure import Structure
    >>> structure = Structure.of([1, 1], hidden=[], output="sigmoid")
    >>> forward(structure, np.array([2.0, -1.0]), np.array([[0.5]]))  # W = [[2]], b = [-1]
    ([array([[0.]])], [array([[0.5]])])
    """
    z, a = [], []
    a_prev = X
    for layer in structure.layers:
        z.append(a_prev @ layer.weight(theta) + layer.bias(theta))
        a_prev = layer.activation.forward(z[-1])
        a.append(a_prev)
    return z, a


def mean_loss(structure: Structure, z: Array, a: Array, y: Array, loss: Loss) -> float:
    """The loss of an output layer's z and a (n, d_out) against the targets y (n, d_out)."""
    terms = loss.terms(z, a, y, structure.layers[-1].activation)
    return float(np.sum(terms) * loss.share(y.shape))


@np.errstate(over="ignore", invalid="ignore")  # a diverged network has a loss of NaN; saturation is in `grad_a`'s text
def backprop(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss, *, collapse: bool = True) -> Backprop:
    """The loss, its gradient, and every number on the way there.

    Args:
        structure: the network's layers.
        theta: its parameters, (n_parameters,).
        X: the samples, (n, d_0).
        y: the targets, one number an output, (n, d_out).
        loss: the loss function.
        collapse: take the shortcut delta = (p − y) / n at the output where it holds, which is where the output
            activation is the loss's link (sigmoid with binary, softmax with categorical cross entropy). Else, and
            with collapse=False, go the report's long way: dâ = ∂L/∂â, then da = dâ · â(1 − â). Both are equal but
            for rounding, until the output saturates: there only the shortcut stays right.
    """
    z, a = forward(structure, theta, X)
    share = loss.share(y.shape)
    collapsed = collapse and loss.shortens(structure.layers[-1].activation)
    grad_a, delta, grad_weight, grad_bias = [], [], [], []
    upstream = loss.terms_slope(a[-1], y) * share  # dâ of the output layer
    for i in reversed(range(len(structure.layers))):
        layer = structure.layers[i]
        a_prev = a[i - 1] if i > 0 else X
        grad_a.append(upstream)
        if collapsed and i == len(structure.layers) - 1:
            delta.append(loss.slope_from_logits(a[i], y) * share)  # dâ and da in one: (p − y) / n
        else:
            delta.append(layer.activation.backward(upstream, z[i], a[i]))  # a = f(z):  da = dâ · f′(z)
        grad_weight.append(a_prev.T @ delta[-1])  # z = a_prev @ W + b:  dW = a_prev.T @ da
        grad_bias.append(delta[-1].sum(axis=0))  # the same b in every row:  db = the sum of da over the samples
        upstream = delta[-1] @ layer.weight(theta).T  # z = a_prev @ W + b:  dâ of the layer below = da @ W.T
    return Backprop(
        loss=mean_loss(structure, z[-1], a[-1], y, loss),
        X=X,
        z=tuple(z),
        a=tuple(a),
        grad_a=tuple(reversed(grad_a)),
        delta=tuple(reversed(delta)),
        grad_weight=tuple(reversed(grad_weight)),
        grad_bias=tuple(reversed(grad_bias)),
        grad_X=upstream,
        collapsed=collapsed,
    )
