"""Data sets to learn on: points of the plane, X (n, 2), or small images, and their classes, y (n, 1).

The same seed gives the same points.
"""

from __future__ import annotations

from importlib import resources
from typing import TypeAlias

import numpy as np

from chainrule.arguments import as_count, as_generator, require
from chainrule.arrays import Array

__all__ = ["circles", "digits", "gaussians", "linear", "moons", "spirals", "xor"]

Seed: TypeAlias = "int | np.random.Generator | None"


def linear(n: int = 100, *, seed: Seed = 0) -> tuple[Array, Array]:
    """The report's linear set: points uniform in the unit square, split by the diagonal (report, section 3).

    Exactly half of the points (the larger half, if n is odd) are of class 0, x₁ > x₂; the others are of class 1.

    Args:
        n: how many points, at least 2.
        seed: a whole number, a Generator, or None for new points each time.

    Returns:
        X (n, 2) in [0, 1), y (n, 1) of 0 and 1, in random order.

    >>> X, y = linear()
    >>> X.shape, y.sum(), bool(((X[:, 1] > X[:, 0]) == y[:, 0]).all())
    ((100, 2), np.float64(50.0), True)
    """
    n, rng = as_count("n", n, least=2), as_generator("seed", seed)
    low_high = np.sort(rng.random((n, 2)), axis=1)  # uniform above the diagonal ...
    y = halves(n)
    X = np.where(y == 0, low_high[:, ::-1], low_high)  # ... and mirrored, below it
    return shuffled(X, y, rng)


def xor() -> tuple[Array, Array]:
    """The report's XOR set: 11 points on one diagonal of the unit square, 10 on the other (report, section 3).

    Points (t, t) with t = 0, 0.1, …, 1 are of class 0, points (t, 1 − t) of class 1; the centre is on the first only.

    Returns:
        X (21, 2), y (21, 1) of 0 and 1.

    >>> X, y = xor()
    >>> X.shape, y.sum()
    ((21, 2), np.float64(10.0))
    """
    t = np.arange(11) / 10
    off_centre = t[t != 0.5]
    X = np.concatenate([np.stack([t, t], axis=1), np.stack([off_centre, 1 - off_centre], axis=1)])
    y = np.concatenate([np.zeros(len(t)), np.ones(len(off_centre))])
    return X, y[:, None]


def moons(n: int = 200, *, noise: float = 0.1, seed: Seed = 0) -> tuple[Array, Array]:
    """Two half circles of radius 1 that reach into one another, one of each class.

    Args:
        n: how many points, at least 2.
        noise: standard deviation of the Gaussian noise on each coordinate, ≥ 0.
        seed: a whole number, a Generator, or None for new points each time.

    Returns:
        X (n, 2), y (n, 1) of 0 and 1, in random order.

    >>> X, y = moons(noise=0.0)
    >>> bool(np.allclose(np.hypot(*X[y[:, 0] == 0].T), 1))
    True
    """
    n, rng = as_count("n", n, least=2), as_generator("seed", seed)
    angle, y = rng.uniform(0, np.pi, (n, 1)), halves(n)
    upper = np.hstack([np.cos(angle), np.sin(angle)])
    return shuffled(with_noise(np.where(y == 0, upper, [1, 0.5] - upper), noise, rng), y, rng)


def circles(n: int = 200, *, noise: float = 0.1, factor: float = 0.5, seed: Seed = 0) -> tuple[Array, Array]:
    """Two circles around the origin: class 0 on the one of radius 1, class 1 on the inner one.

    Args:
        n: how many points, at least 2.
        noise: standard deviation of the Gaussian noise on each coordinate, ≥ 0.
        factor: radius of the inner circle, in (0, 1).
        seed: a whole number, a Generator, or None for new points each time.

    Returns:
        X (n, 2), y (n, 1) of 0 and 1, in random order.

    >>> X, y = circles(noise=0.0)
    >>> bool(np.allclose(np.hypot(*X[y[:, 0] == 1].T), 0.5))
    True
    """
    n, rng = as_count("n", n, least=2), as_generator("seed", seed)
    require("factor", factor, 0, 1)
    angle, y = rng.uniform(0, 2 * np.pi, (n, 1)), halves(n)
    radius = np.where(y == 0, 1.0, factor)
    return shuffled(with_noise(radius * np.hstack([np.cos(angle), np.sin(angle)]), noise, rng), y, rng)


def spirals(
    n: int = 200, *, classes: int = 2, turns: float = 1.5, noise: float = 0.02, seed: Seed = 0
) -> tuple[Array, Array]:
    """Interleaved spirals from the origin to radius 1, one for each class.

    Args:
        n: how many points, at least one for each class.
        classes: how many spirals, at least 2.
        turns: how often each goes around the origin, > 0.
        noise: standard deviation of the Gaussian noise on each coordinate, ≥ 0.
        seed: a whole number, a Generator, or None for new points each time.

    Returns:
        X (n, 2), y (n, 1) of 0 to classes − 1, in random order.

    >>> X, y = spirals(noise=0.0)
    >>> bool((np.hypot(*X.T) <= 1).all())
    True
    """
    classes = as_count("classes", classes, least=2)
    n, rng = as_count("n", n, least=classes), as_generator("seed", seed)
    require("turns", turns, 0)
    y = np.sort(np.arange(n) % classes)[:, None].astype(np.float64)
    radius = np.sqrt(rng.random((n, 1)))  # even along the arm, whose length grows with the radius
    angle = 2 * np.pi * (turns * radius + y / classes)
    return shuffled(with_noise(radius * np.hstack([np.cos(angle), np.sin(angle)]), noise, rng), y, rng)


def gaussians(n: int = 200, *, classes: int = 2, spread: float = 0.2, seed: Seed = 0) -> tuple[Array, Array]:
    """One Gaussian cluster for each class, centred at equal distances on the unit circle.

    Args:
        n: how many points, at least one for each class.
        classes: how many clusters, at least 2.
        spread: standard deviation of a cluster on each coordinate, ≥ 0.
        seed: a whole number, a Generator, or None for new points each time.

    Returns:
        X (n, 2), y (n, 1) of 0 to classes − 1, in random order.

    >>> X, y = gaussians(300, classes=3)
    >>> np.unique(y, return_counts=True)
    (array([0., 1., 2.]), array([100, 100, 100]))
    """
    classes = as_count("classes", classes, least=2)
    n, rng = as_count("n", n, least=classes), as_generator("seed", seed)
    y = np.sort(np.arange(n) % classes)[:, None].astype(np.float64)
    angle = 2 * np.pi * y / classes
    return shuffled(with_noise(np.hstack([np.cos(angle), np.sin(angle)]), spread, rng, name="spread"), y, rng)


def digits() -> tuple[Array, Array]:
    """The 1,797 handwritten digits of 13 people, images of 8 × 8 pixels, that scikit-learn calls `load_digits`.

    The test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak 1998, UCI Machine Learning
    Repository, doi:10.24432/C50P49, licence CC BY 4.0), shipped with the package as it is, but for the scale.

    Returns:
        X (1797, 64) of ink from 0 to 1 in steps of 1/16, row by row; y (1797, 1) of 0 to 9, in the order of the source.

    >>> X, y = digits()
    >>> X.shape, y[:3, 0], X.max()
    ((1797, 64), array([0., 1., 2.]), np.float64(1.0))
    """
    with resources.as_file(resources.files("chainrule") / "digits.npz") as path, np.load(path) as file:
        return file["images"] / 16.0, file["labels"][:, None].astype(np.float64)


def halves(n: int) -> Array:
    """The labels of n samples as a column: 0 for the first half, the larger one if n is odd, then 1."""
    return (np.arange(n) >= (n + 1) // 2).astype(np.float64)[:, None]


def with_noise(X: Array, deviation: float, rng: np.random.Generator, name: str = "noise") -> Array:
    """X with Gaussian noise of this standard deviation, which the caller calls `name`, on every coordinate."""
    require(name, deviation, 0, closed=True)
    return X + deviation * rng.standard_normal(X.shape)


def shuffled(X: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The rows of X and y in one random order."""
    order = rng.permutation(len(X))
    return X[order], y[order]
