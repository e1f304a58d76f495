"""What a network takes of a point: its coordinates, their squares, their product, their sines.

Each is a formula of x₁ and x₂, which are recorded and sent to the page as data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.elementary import square

__all__ = ["FEATURES", "columns"]

FEATURES: Mapping[str, Callable[[Any, Any], Any]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: square(x1),
    "x2_squared": lambda x1, x2: square(x2),
    "product": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}


def columns(names: Sequence[str], X: Array) -> Array:
    """These features of the points X (n, 2): (n, len(names)).

    >>> columns(["x1_squared", "product"], np.array([[2.0, 3.0]]))
    array([[4., 6.]])
    """
    return np.stack([FEATURES[name](X[:, 0], X[:, 1]) for name in names], axis=1)
