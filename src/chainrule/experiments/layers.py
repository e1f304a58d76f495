"""What comes through the layers of deep networks before training, over samples and seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.experiments.signals import root_mean_square
from chainrule.experiments.tasks import tasks
from chainrule.formulas import losses
from chainrule.network import Network

__all__ = ["WIDTH", "before_training", "sizes_of_gradients", "spread"]

WIDTH = 32
"""Units a layer."""


def before_training(hidden: str, initializer: Any, depth: int, seeds: Iterable[int]) -> tuple[Array, Array]:
    """The activations a and the gradients ∂L/∂z of all hidden layers on the spirals, (networks, layers, n, d) each."""
    spirals, passes = tasks()["spirals"], []
    for seed in seeds:
        network = Network([2, *[WIDTH] * depth, 1], hidden=hidden, initializer=initializer, seed=seed)
        passes.append(backprop(network.structure, network.parameters, spirals.X, spirals.y, losses.get(spirals.loss)))
    return np.array([passed.a[:-1] for passed in passes]), np.array([passed.delta[:-1] for passed in passes])


def spread(a: Array) -> Array:
    """The root of the variance over the samples, averaged over the units: a (..., n, d) gives (...).

    What all samples have in common, such as sigmoid's ½, does not enter: it tells the next layer nothing.
    """
    return np.sqrt(a.var(axis=-2).mean(axis=-1))


def sizes_of_gradients(delta: Array) -> Array:
    """The root mean square of each layer's ∂L/∂z: (networks, layers, n, d) gives (networks, layers)."""
    return np.array([[root_mean_square(each) for each in layers] for layers in delta])
