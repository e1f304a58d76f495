"""What a table's numbers go through before the first layer, and a regression's after the last; exports write it too.

A missing value x (NaN) becomes the column's fill, then x ← (x − mean) / scale; y = target_mean + target_scale · a.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling:
    """The preprocessing of numbers, column by column.

    Attributes:
        fill: what stands for a missing value of each input, (d_in,).
        mean: what is taken from each input, (d_in,).
        scale: what each input is then divided by, (d_in,); no 0.
        target_mean: what is added to each output, (d_out,); None where outputs stay as they are.
        target_scale: what each output is multiplied by before that, (d_out,); None with target_mean.

    Example:
        >>> scaling = Scaling(np.array([2.0]), np.array([1.0]), np.array([4.0]))
        >>> scaling.inputs(np.array([[9.0], [np.nan]])).tolist()
        [[2.0], [0.25]]
    """

    fill: Array
    mean: Array
    scale: Array
    target_mean: Array | None = None
    target_scale: Array | None = None

    def inputs(self, X: Array) -> Array:
        """What the network takes for raw samples X (n, d_in)."""
        return (np.where(np.isnan(X), self.fill, X) - self.mean) / self.scale

    def outputs(self, a: Array) -> Array:
        """What is predicted, for output activations a (n, d_out)."""
        if self.target_mean is None or self.target_scale is None:
            return a
        return self.target_mean + self.target_scale * a
