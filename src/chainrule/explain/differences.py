"""A derivative by differences: what it is, how far it can be trusted, and where there is none.

Fourth-order central differences, (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12h, at h and at h/2. Where both
agree the function is smooth there. Where they do not, a kink lies between the points (a ReLU's, say): h shrinks until
it no longer does. Where the slopes to the left and to the right differ however small h is, the kink is at x itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array

__all__ = ["Slope", "slope"]

STEP = 2.0**-9
SHRINK = 2.0**-4
TRIES = 4
SMOOTH = 1e-7
"""How near, relative to the slope, both differences must be for the function to count as smooth."""
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Slope:
    """A derivative by differences.

    Attributes:
        value: the derivative; NaN where no differences agreed.
        error: about how far it may be off.
        left: the slope to the left, where there is a kink at the point itself; else None.
        right: the slope to the right.
        halvings: how often h was made smaller to step around a kink nearby.
    """

    value: float
    error: float
    left: float | None = None
    right: float | None = None
    halvings: int = 0


def slope(f: Callable[[Array], float], x: Array, i: int, at_x: float) -> Slope:
    """The derivative of f in entry i of x, a float64 vector; at_x is f(x). x is put back as it was.

    >>> round(slope(lambda x: float(x[0] ** 3), np.array([2.0]), 0, 8.0).value, 9)
    12.0
    >>> kink = slope(lambda x: float(abs(x[0])), np.array([0.0]), 0, 0.0)
    >>> round(kink.left), round(kink.right)
    (-1, 1)
    """
    centre, h = float(x[i]), STEP * max(1.0, abs(float(x[i])))
    best = Slope(np.nan, np.inf)
    for tries in range(TRIES):
        values = {}
        for k in (-4, -2, -1, 1, 2, 4):  # in units of h/2
            x[i] = centre + k * h / 2
            values[k] = f(x)
        x[i] = centre
        wide = (values[-4] - 8 * values[-2] + 8 * values[2] - values[4]) / (12 * h)
        near = (values[-2] - 8 * values[-1] + 8 * values[1] - values[2]) / (6 * h)
        noise = 8 * EPSILON * max(abs(at_x), *map(abs, values.values())) / h
        # Of a smooth function the slopes to both sides come together as h shrinks; of a kink they do not.
        gap_wide = (values[2] - 2 * at_x + values[-2]) / h
        gap_near = (values[1] - 2 * at_x + values[-1]) / (h / 2)
        apart = abs(gap_near) > 0.9 * abs(gap_wide) and abs(gap_near) > 1e-4 * max(abs(wide), abs(near)) + 100 * noise
        error = abs(wide - near)
        if not apart and error < best.error:
            best = Slope(near if error > noise else wide, error + noise, halvings=tries)
        if not apart and error <= SMOOTH * max(abs(wide), abs(near)) + noise:
            return best
        if apart and tries == TRIES - 1:
            left, right = (at_x - values[-1]) / (h / 2), (values[1] - at_x) / (h / 2)
            return Slope((left + right) / 2, noise, left, right, halvings=tries)
        h *= SHRINK
    return best
