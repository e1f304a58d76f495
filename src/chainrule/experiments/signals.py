"""What passes through the layers of a network: activations on the way forward, gradients on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.formulas import activations, initializers
from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.network import Network
from chainrule.structure import Structure
from chainrule.training.samples import checked

__all__ = ["FLAT", "LABELS", "Signals", "right", "signals", "signals_at_start", "steepest", "wrong"]

FLAT = 0.05
"""A unit is saturated on a sample where its activation's slope is below this part of the steepest."""
LABELS = {
    "sigmoid": "sigmoid",
    "relu": "ReLU",
    "tanh": "tanh",
    "leaky_relu": "leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "gelu_tanh": "GELU (tanh form)",
    "silu": "SiLU",
    "mish": "Mish",
    "celu": "CELU",
    "softplus": "softplus",
    "softsign": "softsign",
    "hard_sigmoid": "hard sigmoid",
    "hard_swish": "hard swish",
}
"""Activations of hidden layers, as people write them."""


def right(activation: str) -> Initializer:
    """The initializer that its authors made for an activation, or for its kind.

    Glorot's where it is odd or sigmoid, with the inverse of its slope at 0 as gain (Glorot & Bengio 2010); LeCun's
    where it was made to normalize itself, SELU, and for its kin (Klambauer et al. 2017); else He's (He et al. 2015).

    >>> right("sigmoid"), right("relu")
    (GlorotNormal(gain=4.0), HeNormal(gain=1.0))
    """
    if activation in ("sigmoid", "hard_sigmoid", "tanh", "softsign"):
        return initializers.get("glorot_normal", gain=1 / float(activations.get(activation).derivative(np.zeros(1))[0]))
    return initializers.get("lecun_normal" if activation in ("elu", "selu", "celu") else "he_normal")


def wrong(activation: str) -> Initializer:
    """One that people use with the activation and that was made for another: tanh's for sigmoid and for rectifiers,
    that of rectifiers for SELU and its kin, and for tanh weights of one small size whatever the width.

    >>> wrong("sigmoid"), wrong("tanh")
    (GlorotNormal(gain=1.0), Normal(mean=0.0, stddev=0.05))
    """
    if activation in ("tanh", "softsign"):
        return initializers.get("normal", stddev=0.05)
    return initializers.get("he_normal" if activation in ("elu", "selu", "celu") else "glorot_normal")


@dataclass(frozen=True)
class Signals:
    """The layers of one network on some samples. Index l of each array is hidden layer l, the first one's is 0.

    Attributes:
        activation: the root of the mean square of the activations, over samples and units.
        delta: that of ∂L/∂z.
        grad_weight: the norm of ∂L/∂W, of the output layer too.
        saturated: the share of activations, over samples and units, whose slope is below `FLAT` of the steepest.
        dead: the share of units whose slope is 0 on every sample: no gradient passes, so that nothing revives them.
    """

    activation: Array
    delta: Array
    grad_weight: Array
    saturated: Array
    dead: Array


@np.errstate(all="ignore")  # a network that has diverged has signals of NaN
def signals(structure: Structure, theta: Array, X: Array, y: Array, loss: Any = "binary_cross_entropy") -> Signals:
    """The signals in a network with parameters θ, as training sees it, on samples X (n, d_0) and targets y."""
    loss, X, y = checked(structure, theta.dtype, X, y, loss)
    passed = backprop(structure, theta, X, y, loss)
    hidden = range(len(structure.layers) - 1)
    slopes = [slope(structure, theta, passed.values[i], i) for i in hidden]
    return Signals(
        np.array([root_mean_square(passed.a[i]) for i in hidden]),
        np.array([root_mean_square(passed.delta[i]) for i in hidden]),
        np.array([np.linalg.norm(grad) for grad in passed.grad_weight]),
        np.array(
            [np.mean(np.abs(each) < FLAT * steepest(structure.layers[i].activation)) for i, each in enumerate(slopes)]
        ),
        np.array([np.mean((each == 0).all(axis=0)) for each in slopes]),
    )


def signals_at_start(X: Array, y: Array, sizes: list[int], *, seed: int, **options: Any) -> Signals:
    """The signals in a network before its first step; the options are those of `Network`."""
    network = Network(sizes, seed=seed, **options)
    return signals(network.structure, network.parameters, X, y)


def slope(structure: Structure, theta: Array, values: tuple[Array, ...], i: int) -> Array:
    """f′ of the hidden layer i at every sample and unit, (n, d)."""
    layer = structure.layers[i]
    f, n = layer.activation, 0 if layer.normalization is None else 1
    ones = np.ones_like(values[n])
    return f.backward(ones, values[n], values[n + 1], *layer.trained(theta, f))


@cache
def steepest(f: Activation) -> float:
    """The largest slope of an activation, to a few digits.

    >>> steepest(activations.get("sigmoid"))
    0.25
    """
    return float(np.max(np.abs(f.derivative(np.linspace(-8, 8, 1601)))))


def root_mean_square(values: Array) -> float:
    """√mean(values²), scaled so that no square of a small gradient underflows.

    >>> root_mean_square(np.array([3e-200, 4e-200, 0.0, 0.0]))
    2.5e-200
    """
    largest = float(np.max(np.abs(values)))
    return largest * float(np.sqrt(np.mean(np.square(values / largest)))) if largest > 0 else largest
