"""One tensor of a gradient, entry by entry, held against differences and the complex step."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain import complex_step
from chainrule.explain.differences import Slope, slope

__all__ = ["TensorCheck", "compare"]


@dataclass(frozen=True)
class TensorCheck:
    """One tensor of the gradient, entry by entry; every array holds the entries that were looked at.

    Attributes:
        name: such as "layers.0.weight".
        shape: of the whole tensor.
        entries: which entries, as indices into the flat tensor.
        analytic: the gradient that was to be checked.
        differences: by fourth-order central differences; NaN where none could be had.
        complex_step: by the complex step; None where the function does not take complex numbers.
        wrong: whether the entry is wrong.
        undecided: whether there was nothing to compare it with.
        kinks: whether the function has a kink at the point itself, where any slope between both sides is right.
        stepped: whether a kink nearby was stepped around.
        disagreement: the largest |analytic − differences| over the largest entry of the tensor; NaN where differences
            decide nothing.
        complex_disagreement: the same for the complex step; None without it.
    """

    name: str
    shape: tuple[int, ...]
    entries: Array
    analytic: Array
    differences: Array
    complex_step: Array | None
    wrong: Array
    undecided: Array
    kinks: Array
    stepped: Array
    disagreement: float
    complex_disagreement: float | None

    @property
    def ok(self) -> bool:
        """Whether no entry is wrong, and at least one is known to be right."""
        return not self.wrong.any() and not self.undecided.all()

    @property
    def worst(self) -> tuple[tuple[int, ...], float, float]:
        """The entry farthest off: where, what was given, and what it should be."""
        truth = self.differences if self.complex_step is None else self.complex_step
        gap = np.where(self.wrong | ~self.wrong.any(), np.nan_to_num(np.abs(self.analytic - truth), nan=np.inf), -1.0)
        at = int(gap.argmax())
        where = tuple(int(k) for k in np.unravel_index(int(self.entries[at]), self.shape))
        return where, float(self.analytic[at]), float(truth[at])


@dataclass(frozen=True)
class Tolerance:
    """How far two ways to the same derivative may lie apart.

    Attributes:
        relative: of the derivative itself.
        of_largest: of the largest entry of the tensor: what was rounded on the way there.
        of_gradient: of the largest entry of the whole gradient: σ′ near 0 and 1 is rounded absolutely.
    """

    relative: float
    of_largest: float
    of_gradient: float

    def around(self, x: Array, y: Array, largest: float, overall: float) -> Array:
        """The allowed distance of each entry."""
        allowed: Array = self.relative * np.fmax(np.abs(x), np.abs(y))
        return allowed + self.of_largest * largest + self.of_gradient * overall


DIFFERENCES, EXACT, SINGLE = Tolerance(1e-6, 1e-9, 1e-13), Tolerance(1e-8, 1e-10, 1e-15), Tolerance(1e-3, 1e-4, 1e-6)
CANCELLED = 1e-12
"""What may be left where terms cancel, as a share of the gradient's largest entry."""
BLURRED = 1e-3
"""Differences whose error is beyond this share of the tensor's largest entry decide nothing."""


def compare(
    value: Callable[[Array], float],
    complex_value: Callable[[Array], Any],
    point: Array,
    gradient: Array,
    tensors: Mapping[str, tuple[int, tuple[int, ...]]],
    at_most: int,
    *,
    foreign: bool = False,
    cancelling: Container[str] = (),
) -> tuple[TensorCheck, ...]:
    """Every tensor of a gradient.

    Args:
        value: the function of a float64 vector.
        complex_value: the same of a complex one; None, or no complex number, where it does not take one.
        point: where, a float64 vector.
        gradient: what is to be checked, of the point's shape.
        tensors: the offset and the shape of each tensor within the point.
        at_most: entries of a tensor to look at.
        foreign: whether the function is somebody else's. It may lose the imaginary part without a word (in |x|, say),
            so that its complex step is taken only where it agrees with differences.
        cancelling: tensors whose derivative is 0 because terms cancel, such as a bias before batch normalization: what
            their rounding leaves is judged by the size of the whole gradient.
    """
    point = point.copy()
    at_point, finite = value(point), np.abs(gradient[np.isfinite(gradient)])
    overall = float(finite.max()) if finite.size else 0.0
    checks = []
    for name, (offset, shape) in tensors.items():
        size = int(np.prod(shape, dtype=int))
        entries = np.unique(np.linspace(0, size - 1, min(size, at_most)).round().astype(int))
        slopes = [slope(value, point, int(offset + k), at_point) for k in entries]
        exact = complex_step.gradient(complex_value, point, [int(offset + k) for k in entries])
        if exact is not None and foreign:
            near = [each.value for each in slopes]
            if not np.allclose(exact, near, rtol=1e-5, atol=1e-5 * float(np.abs(exact).max()) + 1e-10):
                exact = None
        checks.append(
            judged(name, shape, entries, gradient[offset + entries], slopes, exact, overall, name in cancelling)
        )
    return tuple(checks)


def judged(
    name: str,
    shape: tuple[int, ...],
    entries: Array,
    given: Array,
    slopes: Sequence[Slope],
    exact: Array | None,
    overall: float,
    cancels: bool = False,
) -> TensorCheck:
    """The verdict on one tensor; overall is the largest entry of the whole gradient."""
    single, analytic = given.dtype == np.float32, given.astype(np.float64)
    differences, errors = (np.array([getattr(each, part) for each in slopes]) for part in ("value", "error"))
    truth = np.nan_to_num(differences) if exact is None else exact
    largest = float(np.nanmax(np.abs([analytic, truth]), initial=0.0))
    blurred = ~np.isfinite(differences) | (errors > BLURRED * largest + 1e-10)
    kinks = np.array([each.left is not None for each in slopes])
    sides = np.array([(each.value, each.value) if each.left is None else (each.left, each.right) for each in slopes])
    allowed = (SINGLE if single else DIFFERENCES).around(analytic, differences, largest, overall) + 10 * errors
    between = (analytic >= sides.min(axis=1) - allowed) & (analytic <= sides.max(axis=1) + allowed)
    wrong, undecided = ~blurred & ~between, blurred
    if exact is not None:
        near = (SINGLE if single else EXACT).around(analytic, exact, largest, overall)
        near += CANCELLED * overall if cancels else 0.0
        wrong, undecided = np.where(kinks, wrong, ~(np.abs(analytic - exact) <= near)), np.zeros_like(blurred)
    if cancels:
        largest = max(largest, overall)
    comparable = ~kinks & ~blurred & (errors <= BLURRED * largest)
    return TensorCheck(
        name=name,
        shape=shape,
        entries=entries,
        analytic=analytic,
        differences=differences,
        complex_step=exact,
        wrong=wrong | ~np.isfinite(analytic),
        undecided=undecided,
        kinks=kinks,
        stepped=np.array([each.halvings > 0 and each.left is None for each in slopes]),
        disagreement=farthest(analytic, differences, comparable | (largest == 0), largest),
        complex_disagreement=None if exact is None else farthest(analytic, exact, ~kinks, largest),
    )


def farthest(x: Array, y: Array, where: Array, largest: float) -> float:
    """The largest distance of two tensors, as a share of the largest entry; NaN where nothing can be compared."""
    return float(np.abs(x - y)[where].max()) / (largest or 1.0) if where.any() else float("nan")
