"""A table's preprocessing as an exporter writes it: the numbers of a `Scaling` in the dtype of the exported file.

    s = fill where x is missing, else (x − mean − mean_rest) / scale        y = target_mean + target_scale · a

A mean rounded to float32 may be off by more than the column's whole scale: 1e9 by 32. What the rounding leaves is
therefore taken away in a second step, `mean_rest`, wherever it would show; x − mean is exact for the x near it. The
fill is that of the scaled column, for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.scaling import Scaling

__all__ = ["ExportedScaling", "exported_scaling"]


@dataclass(frozen=True)
class ExportedScaling:
    """The numbers, of one dtype; None for a step that changes nothing.

    Attributes:
        fill: what a missing value becomes, scaled already, (d_in,).
        mean: what is taken from each input first, (d_in,) or None.
        mean_rest: what is taken after that, (d_in,) or None.
        scale: what is divided by then, (d_in,) or None.
        target_scale: what each output is multiplied by, (d_out,) or None.
        target_mean: what is added then, (d_out,) or None.
    """

    fill: Array
    mean: Array | None
    mean_rest: Array | None
    scale: Array | None
    target_scale: Array | None
    target_mean: Array | None

    @property
    def has_targets(self) -> bool:
        """Whether anything is done to the outputs."""
        return not (self.target_scale is None is self.target_mean)


def exported_scaling(scaling: Scaling, sizes: tuple[int, ...], dtype: np.dtype[Any]) -> ExportedScaling:
    """The scaling of a network with these layer sizes, in this dtype.

    Raises:
        ValueError: an array has not one number a column, a number is not finite, or a scale is 0.

    Example:
        >>> scaling = Scaling(np.zeros(1), np.array([1e6 + 0.3]), np.ones(1))
        >>> made = exported_scaling(scaling, (1, 1), np.dtype("float32"))
        >>> float(made.mean[0]), float(made.mean_rest[0]), made.scale, made.target_mean
        (1000000.3125, -0.012500000186264515, None, None)
    """
    fill, mean, scale = (column(scaling, name, sizes[0], dtype) for name in ("fill", "mean", "scale"))
    targets = [name for name in ("target_scale", "target_mean") if getattr(scaling, name) is not None]
    if len(targets) == 1:
        raise ValueError(f"target_mean and target_scale go together, but only {targets[0]} is given; give both or none")
    by, plus = (column(scaling, name, sizes[-1], dtype) for name in targets) if targets else (None, None)
    rounded = mean.astype(dtype)
    rest = mean - rounded
    shows = np.abs(rest / scale).max() > np.finfo(dtype).eps / 2
    return ExportedScaling(
        fill=((fill - mean) / scale).astype(dtype),
        mean=unless(rounded, 0),
        mean_rest=rest.astype(dtype) if shows else None,
        scale=unless(scale.astype(dtype), 1),
        target_scale=None if by is None else unless(by.astype(dtype), 1),
        target_mean=None if plus is None else unless(plus.astype(dtype), 0),
    )


def column(scaling: Scaling, name: str, size: int, dtype: np.dtype[Any]) -> Array:
    """One array of the scaling in float64, checked."""
    values = np.asarray(getattr(scaling, name), float)
    if values.shape != (size,):
        raise ValueError(f"the scaling's {name} must have shape ({size},), as the network has, got {values.shape}")
    with np.errstate(over="ignore", under="ignore"):
        stored = values.astype(dtype)
    if not np.isfinite(stored).all():
        raise ValueError(f"the scaling's {name} must be finite in {dtype}, got {values[~np.isfinite(stored)][0]}")
    if name == "scale" and not stored.all():
        raise ValueError(f"the scaling's scale must not be 0 in {dtype}, but column {int(np.argmin(abs(stored)))} is")
    return values


def unless(values: Array, number: float) -> Array | None:
    """The values, or None if all are this number."""
    return None if (values == number).all() else values
