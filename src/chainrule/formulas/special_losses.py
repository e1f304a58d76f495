"""Losses of targets of a kind: hinge of two sides, Poisson of counts. Both average over the outputs, as in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.elementary import heaviside, maximum, xdivy, xlogy
from chainrule.formulas.losses import Loss

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Hinge", "Poisson"]


class Hinge(Loss):
    """max(1 − y a, 0) for targets y of −1 and 1: what a support vector machine pays (Cortes & Vapnik 1995).

    Derivative −y where y a < 1, else 0, at the kink too. Labels 0 and 1 are taken for −1 and 1, as in Keras. It is made
    for output="identity": a is a score, its sign the class.

    >>> Hinge()([0.5, 0.5, 2.0], [1, -1, 1]), Hinge()([0.5, 0.5, 2.0], [1, 0, 1])
    (0.6666666666666666, 0.6666666666666666)
    """

    mean_over_outputs = True
    target_bounds = (-np.inf, np.inf)
    targets = "labels −1 and 1, or 0 and 1"

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return maximum(1 - y * a, 0.0)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return -(y * heaviside(1 - y * a, 0.0))

    def encode(self, y: Any, n_outputs: int, dtype: npt.DTypeLike) -> Array:
        y = super().encode(y, n_outputs, dtype)
        low = -1 if (y == -1).any() else 0
        wrong = (y != low) & (y != 1)
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(
                f"y must hold {low} and 1 only, but row {row}, column {column} is {y[row, column]}; "
                f"{self.name} takes {self.targets}"
            )
        return np.where(y == low, -1, y).astype(y.dtype)


class Poisson(Loss):
    """a − y ln a for counts y ≥ 0 and a rate a > 0: minus the logarithm of Poisson's probability, less its ln y!.

    Derivative 1 − y / a. The prediction is the rate itself, as in Keras (and PyTorch with `log_input=False`; by default
    PyTorch takes its logarithm), so the output must be of no negative values: softplus, say. Where a is 0, the loss of
    y > 0 is infinite; no ε is added to a.

    >>> Poisson()([2.0, 1.0], [0, 1])
    1.5
    """

    mean_over_outputs = True
    target_bounds = (0.0, np.inf)
    targets = "counts, numbers of at least 0"

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return a - xlogy(y, a)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return 1 - xdivy(y, a)
