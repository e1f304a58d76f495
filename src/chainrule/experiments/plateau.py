"""What keeps a network from solving the report's XOR task: where it stands, and whether it is saturated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainrule import datasets
from chainrule.arrays import Array
from chainrule.experiments.printed import XOR
from chainrule.formulas import activations
from chainrule.network import Network

__all__ = ["ACROSS", "NEAR", "SATURATED", "START", "Standing", "entropy", "standing"]

SATURATED = 0.05
"""A sigmoid unit is saturated on a sample when its activation is nearer than this to 0 or 1: its slope is then below a
fifth of the steepest."""
NEAR = 0.02
"""A network stands on a plateau when its loss is within this part of the plateau's."""


def entropy(seen: Array, y: Array) -> float:
    """The least mean cross entropy of a network that sees of each sample only this number.

    Samples with the same number then get the same output; the best is the share of class 1 among them.

    >>> entropy(np.zeros(4), np.array([[0.0], [0.0], [1.0], [1.0]])) == math.log(2)
    True
    """
    total = 0.0
    for value in np.unique(seen.round(9)):
        p = float(y[seen.round(9) == value].mean())
        total -= np.count_nonzero(seen.round(9) == value) * sum(q * math.log(q) for q in (p, 1 - p) if q > 0)
    return float(total / len(y))


X, Y = datasets.xor()
SIGMOID = activations.get("sigmoid")
START = entropy(np.zeros(len(X)), Y)
"""The loss of a network that gives every point the same output."""
ACROSS = entropy(X.sum(axis=1), Y)
"""The loss of a network that sees only x₁ + x₂: (11 ln 11 − 10 ln 10) / 21, the centre wrong and nothing else."""


@dataclass(frozen=True)
class Standing:
    """How networks stand, an entry for each.

    Attributes:
        gradient: the norm of the loss's gradient.
        saturated: the share of the hidden activations, over units and samples, that are saturated.
        output: of the 11 points (t, 1 − t), (networks, 11).
        centre_alone: whether the centre is the only point that is not classified right.
    """

    gradient: Array
    saturated: Array
    output: Array
    centre_alone: Array


def standing(parameters: Array) -> Standing:
    """How networks with these parameters, (networks, n_parameters), stand."""
    network = Network(XOR.sizes, seed=0)
    line = np.stack([np.arange(11) / 10, 1 - np.arange(11) / 10], axis=1)
    centre = (X == 0.5).all(axis=1)
    rows = []
    for theta in parameters:
        network.parameters[...] = theta
        a, hidden = X, []
        for W, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
            a = SIGMOID(a @ W + b)
            hidden.append(a)
        units = np.concatenate(hidden, axis=1)
        wrong = (network.predict(X) > 0.5)[:, 0] != (Y[:, 0] == 1)
        rows.append(
            (
                np.linalg.norm(network.gradients(X, Y).parameters),
                np.mean((units < SATURATED) | (units > 1 - SATURATED)),
                network.predict(line)[:, 0],
                np.array_equal(wrong, centre),
            )
        )
    return Standing(*(np.array(column) for column in zip(*rows, strict=True)))
