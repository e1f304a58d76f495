"""What a random state decides, drawn as scikit-learn draws it: the first weights and the order of the samples.

So the same `random_state` gives the weights that scikit-learn begins with and the batches that it takes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.activations import Sigmoid

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["Order", "draw_start"]


class Order(np.random.Generator):
    """Permutes the samples of every epoch, as `sklearn.utils.shuffle` does what it shuffled before.

    Args:
        random_state: the source.
        last: the order that the next one is made from, (n,); None for that of the rows.
    """

    def __init__(self, random_state: np.random.RandomState, last: Any = None) -> None:
        super().__init__(np.random.MT19937(0))  # which is never asked
        self.random_state, self.last = random_state, last

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """The next order of x samples, (x,)."""
        if self.last is None or len(self.last) != x:
            self.last = np.arange(x)
        self.last = self.last[self.random_state.permutation(x)]
        return self.last


def draw_start(network: Network, random_state: np.random.RandomState) -> None:
    """Draw weights and biases from U(−l, l) with l = √(6 / (fan_in + fan_out)), or √(2 / ...) beside a sigmoid.

    Glorot & Bengio 2010, eq. 16, as scikit-learn takes it: biases too; and an output layer goes by the hidden layer
    before it.
    """
    layers = network.structure.layers
    for i, (layer, weight, bias) in enumerate(zip(layers, network.weights, network.biases, strict=True)):
        beside = layers[max(i - 1, 0)] if i == len(layers) - 1 else layer
        factor = 2.0 if len(layers) > 1 and isinstance(beside.activation, Sigmoid) else 6.0
        limit = math.sqrt(factor / (layer.fan_in + layer.fan_out))
        weight[...] = random_state.uniform(-limit, limit, weight.shape)
        bias[...] = random_state.uniform(-limit, limit, bias.shape)
