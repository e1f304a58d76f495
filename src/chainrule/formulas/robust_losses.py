"""Losses that are a parabola for small errors and a straight line for large ones, so that outliers do not rule.

Like Keras and PyTorch they average over the outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from chainrule.arguments import require
from chainrule.formulas.elementary import exp, log1p, magnitude, maximum, minimum, square, tanh, where
from chainrule.formulas.expression import called
from chainrule.formulas.losses import Loss

__all__ = ["Huber", "LogCosh"]


@dataclass(frozen=True)
class Huber(Loss):
    """½ e² where |e| ≤ δ, else δ (|e| − ½ δ), with e = a − y; derivative e cut to [−δ, δ] (Huber 1964).

    Both cases in one are m (|e| − ½ m) with m = min(|e|, δ). PyTorch's `SmoothL1Loss` is this divided by δ.

    Args:
        delta: δ > 0, where the parabola ends.

    >>> Huber()([0.5], [0.0]), Huber()([3.0], [0.0]), Huber(delta=2.0)([3.0], [0.0])
    (0.125, 2.5, 4.0)
    """

    delta: float = 1.0

    mean_over_outputs = True

    def __post_init__(self) -> None:
        require("delta", self.delta, 0)

    @staticmethod
    def value(a: Any, y: Any, delta: Any) -> Any:
        error = magnitude(a - y)
        inner = minimum(error, delta)
        return inner * (error - 0.5 * inner)

    @staticmethod
    def slope(a: Any, y: Any, delta: Any) -> Any:
        return maximum(minimum(a - y, delta), -delta)


@called("ln cosh")
def ln_cosh(x: Any) -> Any:
    """ln cosh(x), with all its digits where cosh(x) is nearly 1 or overflows."""
    near = -(0.5 * log1p(-square(tanh(x))))
    return where(magnitude(x) < 1, near, magnitude(x) + log1p(exp(-(2 * magnitude(x)))) - math.log(2))


class LogCosh(Loss):
    """ln cosh(e) with e = a − y: about ½ e² near 0, |e| − ln 2 far from it; derivative tanh(e).

    Near 0 it is −½ ln(1 − tanh² e), because 1 / cosh² = 1 − tanh²; elsewhere |e| + ln(1 + e^−2|e|) − ln 2, in which no
    cosh overflows.

    >>> LogCosh()([1e4], [0.0]) == 1e4 - math.log(2)
    True
    """

    mean_over_outputs = True

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return ln_cosh(a - y)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return tanh(a - y)
