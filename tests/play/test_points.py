"""The points of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.play import points
from chainrule.play.choices import ChoiceError, parse


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"data": "linear", "n": 30, "data_seed": 3}, lambda: cr.datasets.linear(30, seed=3)),
        ({"data": "xor"}, cr.datasets.xor),
        ({"data": "circles", "n": 30, "noise": 0.2}, lambda: cr.datasets.circles(30, noise=0.2)),
        ({"data": "moons", "n": 30, "noise": 0.2}, lambda: cr.datasets.moons(30, noise=0.2)),
        ({"data": "spirals", "n": 30, "classes": 3}, lambda: cr.datasets.spirals(30, classes=3, noise=0.1)),
        ({"data": "gaussians", "n": 30, "classes": 4}, lambda: cr.datasets.gaussians(30, classes=4, spread=0.1)),
    ],
)
def test_data_sets_are_the_packages(settings: dict[str, Any], expected: Any) -> None:
    for mine, theirs in zip(points.drawn(parse(settings)), expected(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(("name", "at"), [("plane", 0.25), ("saddle", 0.0), ("waves", 0.0)])
def test_surfaces_are_what_they_say_with_noise_added(name: str, at: float) -> None:
    assert points.SURFACES[name](0.5, 0.0) == pytest.approx(at)
    X, y = points.drawn(parse({"data": name, "noise": 0.0, "n": 500}))
    np.testing.assert_array_equal(y[:, 0], points.SURFACES[name](X[:, 0], X[:, 1]))
    noisy = points.drawn(parse({"data": name, "noise": 0.5, "n": 500}))[1]
    assert 0.4 < (noisy - y).std() < 0.6


def test_own_points_are_taken_as_they_are() -> None:
    X, y = points.drawn(parse({"data": "own", "points": [[1, 2, 0], [3, 4, 2]]}))
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(y, [[0], [2]])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "at least 2 points"),
        ([[0, 0, 1], [1, 1, 1]], "one class only"),
        ([[0, 0, 0], [1, 1, 0.5]], "whole number from 0 to 5, got 0.5"),
        ([[0, 0, 0], [1, 1, 6]], "got 6"),
        ([[0, 0, 0], [1, 1, -1]], "got -1"),
    ],
)
def test_own_points_that_make_no_classes(rows: Any, said: str) -> None:
    with pytest.raises(ChoiceError, match=said) as error:
        points.drawn(parse({"data": "own", "points": rows}))
    assert error.value.field == "points"


def test_own_numbers_may_be_any() -> None:
    settings = {"data": "own", "own_task": "regression", "points": [[0, 0, 0.5], [1, 1, -7]]}
    np.testing.assert_array_equal(points.drawn(parse(settings))[1], [[0.5], [-7]])


def test_the_share_for_validation_is_drawn_once_for_a_seed() -> None:
    settings = parse({"data": "moons", "n": 50, "validation_share": 0.3})
    kept = points.held_out(settings, 50)
    assert kept.sum() == 15
    np.testing.assert_array_equal(kept, points.held_out(settings, 50))
    assert not points.held_out(parse({}), 21).any()


def test_not_all_points_are_kept_for_validation() -> None:
    few = {"data": "own", "points": [[0, 0, 0], [1, 1, 1]], "validation_share": 0.8}
    with pytest.raises(ChoiceError, match="all 2 points would be kept for validation") as error:
        points.held_out(parse(few), 2)
    assert error.value.field == "validation_share"
    assert points.held_out(parse(few), 3).sum() == 2
