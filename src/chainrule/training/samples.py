"""The samples and targets of a run: of a network's sizes and dtype, or an error that says what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array, as_samples
from chainrule.formulas import losses
from chainrule.formulas.losses import Loss

if TYPE_CHECKING:
    from chainrule.structure import Structure

__all__ = ["accuracy", "checked", "require_two_classes"]


def checked(structure: Structure, dtype: np.dtype[Any], X: Any, y: Any, loss: str | Loss) -> tuple[Loss, Array, Array]:
    """The loss, samples and targets of a network.

    Raises:
        TypeError: X or y do not hold real numbers, or loss is no loss.
        ValueError: shapes, values or names that do not fit; the message says which.
    """
    loss = losses.get(loss)
    sizes, output = structure.sizes, structure.layers[-1].activation
    low, high = loss.target_bounds
    if output.bounds[0] < low or output.bounds[1] > high:
        assert loss.link is not None
        raise ValueError(
            f"{loss.name} needs predictions in [{low:g}, {high:g}], but output={output.name!r} gives values in "
            f"[{output.bounds[0]:g}, {output.bounds[1]:g}]; build the network with output={loss.link.name!r}"
        )
    X = as_samples(X, sizes[0], dtype)
    y = loss.encode(y, sizes[-1], dtype)
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows but y has {len(y)}; pass one row of y for each sample")
    return loss, X, y


def require_two_classes(loss: Loss, y: Array) -> None:
    """Raise if there is nothing to tell apart: a cross entropy, and more than one sample, but all of one class.

    Raises:
        ValueError: all rows of y are the same.
    """
    if loss.target_bounds == (0, 1) and len(y) > 1 and (y == y[0]).all():
        raise ValueError(
            f"y holds one class only: all {len(y)} rows are {y[0].tolist()}; "
            "there is nothing to tell apart, pass samples of at least two classes"
        )


def accuracy(loss: Loss, a: Array, y: Array) -> Array:
    """The share of right classes in predictions a (..., n, d) of targets y (n, d); NaN where the loss knows no classes.

    A class is right if it is the most probable one (categorical cross entropy), or if its probability is on the right
    side of ½ (binary cross entropy, each output by itself).

    >>> from chainrule.formulas import losses
    >>> float(accuracy(losses.get("binary_cross_entropy"), np.array([[0.9], [0.4], [0.6]]), np.array([[1], [0], [0]])))
    0.6666666666666666
    """
    if loss.target_bounds != (0, 1):
        return np.full(a.shape[:-2], np.nan)
    if loss.name == "categorical_cross_entropy":
        return (a.argmax(axis=-1) == y.argmax(axis=-1)).mean(axis=-1)
    return ((a > 0.5) == (y > 0.5)).mean(axis=(-2, -1))
