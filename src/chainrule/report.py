"""The names of the report's own listing (section 3), which runs unchanged after ``from chainrule.report import *``.

A thin face over the package: every name here calls the real thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chainrule import datasets
from chainrule.arguments import as_count, as_generator
from chainrule.formulas.optimizers import SGD
from chainrule.network import Network
from chainrule.training.callbacks import PrintLoss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chainrule.arrays import Array

__all__ = ["Model", "generate_XOR_easy", "generate_linear", "plot_data", "shuffle"]

MOMENTUM = 0.5
"""The report does not say its momentum; 0.5 lands on the losses that it prints (`chainrule reproduce` shows it)."""


def generate_linear(n: int = 100, seed: int = 0) -> tuple[Array, Array]:
    """The linear set: X (n, 2), y (n, 1); see `chainrule.datasets.linear`.

    >>> X, y = generate_linear()
    >>> X.shape, y.shape
    ((100, 2), (100, 1))
    """
    return datasets.linear(n, seed=seed)


def generate_XOR_easy() -> tuple[Array, Array]:  # noqa: N802 (the report's name)
    """The XOR set: X (21, 2), y (21, 1); see `chainrule.datasets.xor`.

    >>> X, y = generate_XOR_easy()
    >>> X.shape, y.shape
    ((21, 2), (21, 1))
    """
    return datasets.xor()


def shuffle(X: Array, y: Array, seed: int = 0) -> tuple[Array, Array]:
    """The rows of X and y in one random order, the same for the same seed.

    >>> X, y = generate_XOR_easy()
    >>> shuffled_X, shuffled_y = shuffle(X, y)
    >>> sorted(shuffled_X.tolist()) == sorted(X.tolist())
    True
    """
    return datasets.shuffled(X, y, as_generator("seed", seed))


class Model:
    """The report's network, built layer by layer: sigmoid everywhere, He initialization, momentum.

    Args:
        momentum: of the gradient descent, in [0, 1).
        seed: of the initial weights.

    Example:
        >>> m = Model()
        >>> m.add_layer((2, 3))
        >>> m.add_layer((3, 1))
        >>> loss = m.train(*generate_XOR_easy(), 0.3, batch_size=21, iteration=2)
        epoch 0: 0.7410...
        >>> pred_y, pred_y_raw = m.predict([[0.0, 1.0]])
    """

    def __init__(self, momentum: float = MOMENTUM, seed: int = 0) -> None:
        self.momentum, self.seed = momentum, seed
        self.sizes: list[int] = []
        self._network: Network | None = None

    def add_layer(self, shape: tuple[int, int]) -> None:
        """Add a layer after those that are there; shape is (units that it takes, units that it has).

        Raises:
            ValueError: it does not take what the layer before it gives, or the model was trained already.
        """
        fan_in, fan_out = (as_count("a layer's size", size) for size in shape)
        if self._network is not None:
            raise ValueError("add every layer before the first train or predict; make a new Model")
        if self.sizes and self.sizes[-1] != fan_in:
            raise ValueError(
                f"the layer {shape} takes {fan_in} units but the one before it has {self.sizes[-1]}; "
                f"add ({self.sizes[-1]}, {fan_out})"
            )
        self.sizes = [*(self.sizes or [fan_in]), fan_out]

    @property
    def network(self) -> Network:
        """The network behind the model.

        Raises:
            ValueError: there is no layer yet.
        """
        if self._network is None:
            if not self.sizes:
                raise ValueError("the model has no layers; add_layer((2, 3)), add_layer((3, 1)) first")
            self._network = Network(self.sizes, seed=self.seed)
        return self._network

    def train(self, X: Array, y: Array, lr: float, batch_size: int = 21, iteration: int = 100_000) -> Sequence[float]:
        """Train `iteration` epochs at the rate lr; prints the loss every 5,000 epochs and returns the losses of all."""
        history = self.network.fit(
            X,
            y,
            optimizer=SGD(lr, momentum=self.momentum),
            epochs=iteration,
            batch_size=batch_size,
            callbacks=[PrintLoss(every=5000)],
        )
        return history.loss

    def predict(self, X: Any) -> tuple[Array, Array]:
        """(pred_y, pred_y_raw): the classes 0 and 1, and the probabilities of class 1; (n, 1) each."""
        pred_y_raw = self.network.predict(X)
        return (pred_y_raw > 0.5).astype(int), pred_y_raw


def plot_data(X: Array, y: Array, pred_y: Array) -> Figure:
    """Show the points with their true classes beside those predicted; the figure is returned too."""
    import matplotlib.pyplot as plt

    from chainrule import plots

    shown, panels = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
    plots.points(panels[0], X, y, title="ground truth")
    plots.points(panels[1], X, pred_y, title="predict")
    plt.show()
    return shown
