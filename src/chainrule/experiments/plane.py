"""A plane of settings: one network a point, all from the same start, so that neighbours differ only in two settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import datasets
from chainrule.arguments import require
from chainrule.experiments.printed import XOR

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.experiments.study import Watch

__all__ = [
    "LEARNED",
    "Axis",
    "Plane",
    "Trained",
    "border",
    "box_dimension",
    "circle_dimension",
    "crowded",
    "least_rates",
    "slopes",
    "train",
]

LEARNED = float(np.log(2) / 21)
"""A network has learned XOR when its loss is below this: one point of the 21 on the wrong side of ½ costs more."""


@dataclass(frozen=True)
class Axis:
    """A setting of `train_many` and its values from low to high: at even ratios if `log`, else at even distances."""

    setting: str
    label: str
    low: float
    high: float
    log: bool

    def check(self, least: float, most: float = float("inf"), *, closed: bool = False) -> None:
        """Raise an error unless least < low < high < most (least ≤ low if closed)."""
        require(f"{self.setting}_range", self.low, least, most, closed=closed)
        require(f"{self.setting}_range", self.high, least, most, closed=closed)
        if self.low >= self.high:
            raise ValueError(f"{self.setting}_range must go up, got {self.low:g} {self.high:g}")

    def at(self, position: Any) -> Any:
        """The value at a position from 0 (low) to 1 (high).

        >>> float(Axis("learning_rate", "", 0.1, 10.0, log=True).at(0.5))
        1.0
        """
        if self.log:
            return self.low * (self.high / self.low) ** np.asarray(position)
        return self.low + (self.high - self.low) * np.asarray(position)

    def position(self, value: Any) -> Any:
        """Where a value is: the inverse of `at`."""
        value = np.asarray(value, float)
        if self.log:
            return np.log(value / self.low) / np.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def part(self, begin: float, end: float) -> Axis:
        """The part between two positions."""
        return replace(self, low=float(self.at(begin)), high=float(self.at(end)))


@dataclass(frozen=True)
class Plane:
    """Two axes, and the settings that all networks share."""

    x: Axis
    y: Axis
    shared: dict[str, Any]


@dataclass(frozen=True)
class Trained:
    """What became of the networks of a plane, (size, size) each, rows by y from low to high, columns by x.

    Attributes:
        loss: the last one.
        epoch: after how many epochs it was below `LEARNED` for good, as far as was looked; infinity if never.
    """

    loss: Array
    epoch: Array

    @property
    def learned(self) -> Array:
        """Whether each has learned."""
        return np.isfinite(self.epoch)


def train(plane: Plane, size: int, epochs: int, seed: int, watch: Watch) -> Trained:
    """Train size × size XOR networks from the initial weights of one seed."""
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(plane.x.at(at), plane.y.at(at))
    marks = np.unique(np.geomspace(min(10, epochs), epochs, 24).astype(int)) - 1
    runs = watch.train_many(
        XOR.sizes,
        *datasets.xor(),
        seeds=[seed] * size**2,
        epochs=epochs,
        record_at=marks,
        record=("loss",),
        **{plane.x.setting: x.ravel(), plane.y.setting: y.ravel()},
        **plane.shared,
    )
    assert runs.loss is not None
    below = np.logical_and.accumulate((runs.loss < LEARNED)[:, ::-1], axis=1)[:, ::-1]
    epoch = np.where(below.any(axis=1), marks[below.argmax(axis=1)] + 1.0, np.inf)
    return Trained(runs.loss[:, -1].reshape(size, size), epoch.reshape(size, size))


def border(inside: Array) -> Array:
    """The points inside, of a plane of bools, with a neighbour to the side, above or below that is not.

    >>> border(np.array([[True, True, False]])).tolist()
    [[False, True, False]]
    """
    found = np.zeros_like(inside)
    found[:, 1:] |= inside[:, 1:] & ~inside[:, :-1]
    found[:, :-1] |= inside[:, :-1] & ~inside[:, 1:]
    found[1:] |= inside[1:] & ~inside[:-1]
    found[:-1] |= inside[:-1] & ~inside[1:]
    return found


def box_dimension(points: Array, largest: int | None = None) -> float | None:
    """How the number of boxes that hold points grows as they get smaller: the slope of log N in −log side.

    A smooth line has dimension 1, what fills the plane has 2, a fractal lies between (box counting; Mandelbrot 1982).

    Args:
        points: a plane of bools; sides that are no multiple of a box are cut.
        largest: the largest box's side, a power of 2; an eighth of the plane if not given.

    Returns:
        The slope by least squares over the sides 2, 4, 8, …; None where there are no points.

    >>> box_dimension(np.ones((64, 64), bool)), box_dimension(np.eye(64, dtype=bool))
    (2.0, 1.0)
    """
    largest = largest or max(4, 2 ** int(np.log2(min(points.shape) / 8)))
    counts, side = [], 2
    while side <= largest:
        rows, columns = (n // side for n in points.shape)
        boxes = points[: rows * side, : columns * side].reshape(rows, side, columns, side).any(axis=(1, 3))
        counts.append((side, int(boxes.sum())))
        side *= 2
    sides, found = np.array(counts).T
    if not found.all():
        return None
    return round(float(-np.polyfit(np.log(sides), np.log(found), 1)[0]), 12)


def circle_dimension(size: int) -> float:
    """What `box_dimension` says of a circle in a plane of this size: near 1, as of any smooth border."""
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    dimension = box_dimension(border(np.hypot(rows, columns) < 0.4 * size))
    assert dimension is not None
    return dimension


def crowded(points: Array, parts: int) -> tuple[int, int]:
    """The row and column of the tile, of parts × parts, that holds the most points."""
    rows, columns = (n // parts for n in points.shape)
    tiles = points[: rows * parts, : columns * parts].reshape(parts, rows, parts, columns).sum(axis=(1, 3))
    row, column = np.unravel_index(int(tiles.argmax()), tiles.shape)
    return int(row), int(column)


def least_rates(trained: Trained, plane: Plane) -> tuple[Array, Array]:
    """For each y at which some network learns, and y itself: the smallest x that does."""
    learned, size = trained.learned, len(trained.learned)
    rows = np.flatnonzero(learned.any(axis=1))
    at = (np.arange(size) + 0.5) / size
    return plane.y.at(at[rows]), plane.x.at(at[learned[rows].argmax(axis=1)])


def slopes(values: Sequence[tuple[Array, Array]]) -> list[float]:
    """The slope of log x in log(1 − y) for each pair of arrays (y, x) that has at least four points."""
    return [float(np.polyfit(np.log(1 - y), np.log(x), 1)[0]) for y, x in values if len(y) >= 4]
