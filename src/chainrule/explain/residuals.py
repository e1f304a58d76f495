"""How far given gradients are from others: relative to their size, with what rounding alone may do allowed for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.faulty_backprop import Known, down

__all__ = ["Given", "magnitudes", "residual", "residuals"]

RELATIVE = {"float64": 1e-6, "float32": 1e-4, "check": 1e-3}  # how far from a tensor's largest entry a number may be
ROUNDINGS = 64  # how many of the largest number that was added up may be lost besides, where a sum cancels


@dataclass(frozen=True)
class Given:
    """A gradient to be explained; a bias of None was not given."""

    weights: list[Array]
    biases: list[Array | None]
    dtype: str = "float64"

    @property
    def relative(self) -> float:
        """How far a number may be off, relative to its tensor's size."""
        return RELATIVE[self.dtype]


def residual(given: Array | None, value: Array, magnitude: float) -> float:
    """How far a tensor is from what a hypothesis makes of it, relative to its size; infinite if shapes differ."""
    if given is None:
        return 0.0
    if np.shape(value) != given.shape:
        return np.inf
    with np.errstate(all="ignore"):
        off = float(np.max(np.abs(given - value)))
        size = float(np.max(np.abs(value))) + magnitude
        if off == 0:
            return 0.0
        share = off / size if size > 0 else np.inf
    return share if np.isfinite(share) else np.inf


def residuals(run: Known, given: Given) -> list[tuple[float, float]]:
    """How far each dW and db is from the right one."""
    sizes, stage = magnitudes(run, given), None
    off: list[tuple[float, float]] = []
    for i in reversed(range(run.last + 1)):
        stage = down(run, i, stage)
        off.insert(
            0,
            (
                residual(given.weights[i], stage.grad_weight, sizes[i][0]),
                residual(given.biases[i], stage.grad_bias, sizes[i][1]),
            ),
        )
    return off


@np.errstate(all="ignore")
def magnitudes(run: Known, given: Given) -> list[tuple[float, float]]:
    """What rounding alone may add to the size of each dW and db: where a sum cancels, its terms count, not the sum."""
    sizes: list[tuple[float, float]] = []
    lost = ROUNDINGS * float(np.finfo("float32" if given.dtype == "float32" else "float64").eps) / given.relative
    p, y, share = run.a[-1], run.y, run.loss.share(run.y.shape)
    reach = (np.abs(p) + np.abs(y)) * share * (1 if run.collapses else 2 * (np.abs(run.slope(run.last)) + np.abs(p)))
    for i in reversed(range(run.last + 1)):
        if i < run.last:
            spread = np.abs(run.slope(i)) + (run.a[i] ** 2 if run.structure.layers[i].activation.bounds[1] == 1 else 0)
            reach = (reach @ np.abs(run.weight(i + 1)).T) * spread
        sizes.insert(
            0, (lost * float(np.max(np.abs(run.a_prev(i)).T @ reach)), lost * float(np.max(reach.sum(axis=0))))
        )
    return sizes
