"""Data sets: the report's two exactly as it describes them, the others on their curves, all the same from one seed."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from chainrule import datasets
from chainrule.arrays import Array

Maker = Callable[..., tuple[Array, Array]]
RANDOM: list[Maker] = [datasets.linear, datasets.moons, datasets.circles, datasets.spirals, datasets.gaussians]
any_linear: Any = datasets.linear  # for what a type checker would not let through
any_gaussians: Any = datasets.gaussians
random_sets = pytest.mark.parametrize("make", RANDOM, ids=lambda make: str(make.__name__))


def test_linear_is_the_reports() -> None:
    for seed in range(5):
        X, y = datasets.linear(seed=seed)
        assert X.shape == (100, 2)
        assert y.shape == (100, 1)
        assert np.count_nonzero(y == 1) == np.count_nonzero(y == 0) == 50
        assert ((X >= 0) & (X < 1)).all()
        assert ((X[:, 1] > X[:, 0]) == (y[:, 0] == 1)).all()


def test_linear_is_uniform_in_the_unit_square() -> None:
    n = 40_000
    X, _ = datasets.linear(n, seed=1)
    counts, _, _ = np.histogram2d(X[:, 0], X[:, 1], bins=8, range=[[0, 1], [0, 1]])
    assert (np.abs(counts - n / 64) < 5 * math.sqrt(n * 63) / 64).all()


def test_linear_is_not_sorted_by_class() -> None:
    _, y = datasets.linear(seed=0)
    changes = np.count_nonzero(np.diff(y[:, 0]))  # 49.5 on average, standard deviation 5
    assert 25 < changes < 75


def test_xor_is_the_reports() -> None:
    X, y = datasets.xor()
    first, second = X[y[:, 0] == 0], X[y[:, 0] == 1]
    assert (X.shape, y.shape, len(first), len(second)) == ((21, 2), (21, 1), 11, 10)
    np.testing.assert_array_equal(first[:, 0], first[:, 1])
    np.testing.assert_allclose(second.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(np.sort(first[:, 0]), np.linspace(0, 1, 11), rtol=0, atol=1e-15)
    assert np.count_nonzero((X == 0.5).all(axis=1)) == 1
    assert len(np.unique(X, axis=0)) == 21


@random_sets
@pytest.mark.parametrize("n", [2, 3, 101])
def test_shapes_dtypes_and_balanced_classes(make: Maker, n: int) -> None:
    X, y = make(n, seed=0)
    assert X.shape == (n, 2)
    assert y.shape == (n, 1)
    assert X.dtype == y.dtype == np.float64
    assert np.isfinite(X).all()
    assert np.unique(y, return_counts=True)[1].tolist() == [(n + 1) // 2, n // 2]


@random_sets
def test_same_seed_same_bits(make: Maker) -> None:
    def bits(seed: Any) -> bytes:
        return b"".join(array.tobytes() for array in make(20, seed=seed))

    assert bits(3) == bits(3) == bits(np.random.default_rng(3))
    assert bits(3) != bits(4)
    rng = np.random.default_rng(3)
    assert bits(rng) != bits(rng)
    assert bits(None) != bits(None)


def test_moons_are_half_circles() -> None:
    X, y = datasets.moons(200, noise=0)
    upper, lower = X[y[:, 0] == 0], X[y[:, 0] == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-14)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-14)
    for moon in (upper, [1, 0.5] - lower):  # as far to the left as to the right, and as high as they should be
        assert abs(moon[:, 0].mean()) < 5 * math.sqrt(0.5 / len(moon))
        assert abs(moon[:, 1].mean() - 2 / math.pi) < 5 * math.sqrt((0.5 - 4 / math.pi**2) / len(moon))
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


@pytest.mark.parametrize("factor", [0.3, 0.5])
def test_circles_are_circles(factor: float) -> None:
    X, y = datasets.circles(200, noise=0, factor=factor)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y[:, 0] == 0, 1, factor), rtol=1e-14)
    for k in (0, 1):  # all around the centre
        circle = X[y[:, 0] == k]
        assert np.abs(circle.mean(axis=0)).max() < 5 * math.sqrt(0.5 / len(circle))


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_turn_with_the_radius(classes: int) -> None:
    X, y = datasets.spirals(300, classes=classes, turns=1.5, noise=0)
    radius = np.hypot(*X.T)
    angle = 2 * np.pi * (1.5 * radius + y[:, 0] / classes)
    np.testing.assert_allclose(X, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-12)
    assert sorted(set(y[:, 0])) == list(range(classes))
    assert abs((radius**2).mean() - 0.5) < 5 / math.sqrt(12 * len(radius))  # even along the arm: r² is uniform


def test_gaussians_lie_around_the_unit_circle() -> None:
    X, y = datasets.gaussians(30_000, classes=3, spread=0.2)
    for k in range(3):
        cluster = X[y[:, 0] == k] - [math.cos(2 * math.pi * k / 3), math.sin(2 * math.pi * k / 3)]
        assert np.abs(cluster.mean(axis=0)).max() < 5 * 0.2 / math.sqrt(len(cluster))
        assert np.abs(cluster.std(axis=0) - 0.2).max() < 5 * 0.2 / math.sqrt(2 * len(cluster))


def test_noise_has_the_deviation_that_it_is_said_to_have() -> None:
    still, noisy = (datasets.circles(20_000, noise=noise, seed=0)[0] for noise in (0, 0.1))
    # The same seed: the same points and the same order, so that the difference is the noise alone.
    assert abs((noisy - still).std() - 0.1) < 5 * 0.1 / math.sqrt(2 * still.size)


def test_digits_are_scikit_learns() -> None:
    X, y = datasets.digits()
    images, labels = load_digits(return_X_y=True)
    assert X.dtype == y.dtype == np.float64
    assert y.shape == (1797, 1)
    np.testing.assert_array_equal(16 * X, images)
    np.testing.assert_array_equal(y[:, 0], labels)
    X[0, 0] = 7  # the caller's own
    assert datasets.digits()[0][0, 0] == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: datasets.linear(1), ValueError, "n must be a whole number of at least 2, got 1"),
        (lambda: any_linear(10.0), TypeError, "n must be a whole number, got 10.0"),
        (lambda: datasets.linear(seed=-1), ValueError, "seed must be a whole number of at least 0, got -1"),
        (
            lambda: any_linear(seed=0.5),
            TypeError,
            "seed must be a whole number or a numpy.random.Generator, got 0.5",
        ),
        (lambda: datasets.moons(noise=-0.1), ValueError, "noise must be a finite number at least 0, got -0.1"),
        (lambda: datasets.moons(noise=math.nan), ValueError, "noise must be a finite number at least 0, got nan"),
        (lambda: datasets.circles(factor=1), ValueError, "factor must be .* greater than 0 and less than 1, got 1"),
        (lambda: datasets.spirals(classes=1), ValueError, "classes must be a whole number of at least 2, got 1"),
        (lambda: datasets.spirals(2, classes=3), ValueError, "n must be a whole number of at least 3, got 2"),
        (lambda: datasets.spirals(turns=0), ValueError, "turns must be a finite number greater than 0, got 0"),
        (lambda: datasets.gaussians(classes=1), ValueError, "classes must be a whole number of at least 2, got 1"),
        (lambda: datasets.gaussians(2, classes=3), ValueError, "n must be a whole number of at least 3, got 2"),
        (lambda: datasets.moons(1), ValueError, "n must be a whole number of at least 2, got 1"),
        (lambda: datasets.circles(1), ValueError, "n must be a whole number of at least 2, got 1"),
        (lambda: datasets.gaussians(spread=-1), ValueError, "spread must be a finite number at least 0, got -1"),
        (lambda: any_gaussians(spread="1"), TypeError, "spread must be a finite number at least 0, got '1'"),
    ],
)
def test_bad_arguments(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
