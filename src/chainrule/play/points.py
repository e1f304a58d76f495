"""The points of a run: of a data set of the package, of a surface to be learned, or one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import datasets
from chainrule.arrays import Array
from chainrule.play.fields import ChoiceError

if TYPE_CHECKING:
    from chainrule.play.choices import Choices

__all__ = ["DATA", "NOISY", "OF_CLASSES", "SIZED", "SURFACES", "drawn", "held_out"]

SURFACES: Mapping[str, Callable[[Any, Any], Any]] = {
    "plane": lambda x1, x2: (x1 + x2) / 2,
    "saddle": lambda x1, x2: x1 * x2,
    "waves": lambda x1, x2: np.sin(np.pi * x1) * np.sin(np.pi * x2),
}
"""What is learned in regression, of x₁ and x₂ in [−1, 1)."""
DATA = ("linear", "xor", "circles", "moons", "spirals", "gaussians", *SURFACES, "own")
SIZED = [name for name in DATA if name not in ("xor", "own")]
"""The data whose size is chosen; the report's XOR has its 21 points."""
NOISY = [name for name in SIZED if name != "linear"]
OF_CLASSES = ["spirals", "gaussians"]
"""The data with any number of classes."""


def drawn(choices: Choices) -> tuple[Array, Array]:
    """X (n, 2) and y (n, 1): the targets, or the class of each point from 0 on.

    A surface has points uniform in [−1, 1)², and its noise is added to y; a data set has what `chainrule.datasets`
    says, with the noise as the spread of the Gaussian clusters.

    Raises:
        ChoiceError: points of one's own that make no data.
    """
    n, noise, classes, seed = choices.n, choices.noise, choices.classes, choices.data_seed
    if choices.data == "own":
        return own(choices)
    if choices.data in SURFACES:
        rng = np.random.default_rng(seed)
        X = rng.uniform(-1, 1, (n, 2))
        y = SURFACES[choices.data](X[:, 0], X[:, 1]) + noise * rng.standard_normal(n)
        return X, y[:, None]
    if choices.data == "spirals":
        return datasets.spirals(n, classes=classes, noise=noise, seed=seed)
    if choices.data == "gaussians":
        return datasets.gaussians(n, classes=classes, spread=noise, seed=seed)
    if choices.data == "circles":
        return datasets.circles(n, noise=noise, seed=seed)
    if choices.data == "moons":
        return datasets.moons(n, noise=noise, seed=seed)
    return datasets.linear(n, seed=seed) if choices.data == "linear" else datasets.xor()


def own(choices: Choices) -> tuple[Array, Array]:
    """Points drawn by hand or from a file."""
    if len(choices.points) < 2:
        raise ChoiceError(f"your own data needs at least 2 points, got {len(choices.points)}", "points")
    points = np.array(choices.points)
    X, y = points[:, :2], points[:, 2:]
    if choices.own_task == "classification":
        from chainrule.play.choices import MOST_CLASSES  # which knows of this file

        wrong = y[(y != np.floor(y)) | (y < 0) | (y >= MOST_CLASSES)]
        if len(wrong):
            raise ChoiceError(
                f"a class must be a whole number from 0 to {MOST_CLASSES - 1}, got {wrong[0]:g}; "
                "choose regression for numbers",
                "points",
            )
        if (y == y[0]).all():
            raise ChoiceError("your own data has one class only; add points of another class", "points")
    return X, y


def held_out(choices: Choices, n: int) -> Array:
    """Which of n points are kept for validation, (n,) bool: a share of them, drawn with the data's seed.

    Raises:
        ChoiceError: of few points that share is all of them.
    """
    kept = round(choices.validation_share * n)
    if kept == n:
        raise ChoiceError(
            f"all {n} points would be kept for validation; lower the validation share or add points", "validation_share"
        )
    return np.random.default_rng(choices.data_seed).permutation(n) < kept
