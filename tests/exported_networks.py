"""Networks to export: every activation beside every normalization, with numbers that are nowhere the start's."""

import numpy as np

import chainrule as cr
from chainrule.arrays import Array

CASES = [(f, norm) for f in cr.activations.names() for norm in (None, "batch_norm", "layer_norm")]


def scattered(net: cr.Network) -> cr.Network:
    """The network with other numbers in every place."""
    rng = np.random.default_rng(1)
    net.numbers[...] = rng.normal(size=net.numbers.size)
    net.running_statistics[...] = rng.uniform(0.5, 2, net.running_statistics.size)
    return net


def network(activation: str, normalization: str | None, dtype: str) -> cr.Network:
    """A network with this activation in the middle and at the end."""
    return scattered(
        cr.Network(
            [3, 5, 4, 2],
            hidden=["tanh", activation],
            output=activation,
            normalization=normalization,
            dropout=[0.5, 0.0],
            dtype=dtype,
        )
    )


def samples(dtype: str) -> Array:
    """A few ordinary samples, zeros, and some far out."""
    X = np.random.default_rng(2).normal(size=(8, 3))
    X[5], X[6], X[7] = 0, X[6] * 100, X[7] * -1e4
    return X.astype(dtype)
