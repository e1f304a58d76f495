"""Whether the units of a layer are copies of one another, and stay so."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.structure import Structure

__all__ = ["between_units"]


def between_units(structure: Structure, theta: Array) -> float:
    """The largest difference between any two units of a hidden layer, in a weight in, a weight out or the bias.

    0 exactly where all units of each layer are copies, bit for bit.

    >>> structure = Structure.of([1, 2, 1], hidden="tanh", output="sigmoid")
    >>> between_units(structure, np.array([3.0, 3.0, 0.5, 0.5, 2.0, 2.0, 1.0]))  # W and b of one layer, then the other
    0.0
    >>> between_units(structure, np.array([3.0, 3.0, 0.5, 0.5, 2.0, 2.25, 1.0]))
    0.25
    """
    largest = 0.0
    for layer, after in zip(structure.layers[:-1], structure.layers[1:], strict=True):
        of_units = np.vstack([layer.weight(theta), layer.bias(theta)[None], after.weight(theta).T])  # a column a unit
        largest = max(largest, float(np.ptp(of_units, axis=1).max()))
    return largest
