"""The study of trainability: planes of settings, their border, and what is concluded from them."""

import copy
import math
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments import plane, studies
from chainrule.experiments.intervals import bootstrap
from chainrule.experiments.plane import Axis, Plane, Trained
from chainrule.experiments.studies.trainability import Trainability
from chainrule.experiments.study import Outcome, Watch

SMALL: dict[str, Any] = {"seeds": 2, "size": 24, "seed_size": 16, "epochs": 150}
RATE = Axis("learning_rate", "rate", 0.1, 1000.0, log=True)
MOMENTUM = Axis("momentum", "momentum", 0.0, 0.9, log=False)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("trainability", **SMALL)


def test_a_point_of_a_plane_is_a_run_of_its_own() -> None:
    trained = plane.train(Plane(RATE, MOMENTUM, {"initial_scale": 4.0}), 16, 40, 3, Watch())
    row, column = 5, 7
    network = cr.Network([2, 3, 3, 1], seed=3)
    network.parameters[...] *= 4.0
    optimizer = cr.SGD(float(RATE.at(7.5 / 16)), momentum=float(MOMENTUM.at(5.5 / 16)))
    history = network.fit(*cr.datasets.xor(), optimizer=optimizer, epochs=40, engine="compiled", verbose=0)
    assert trained.loss[row, column] == history.loss[-1]


def test_learned_means_that_no_point_can_be_wrong() -> None:
    _, y = cr.datasets.xor()
    for wrong in range(21):  # the best network with one wrong point: that one at ½, all others certain
        z = np.where(y == 1, 40.0, -40.0)
        z[wrong] = 0
        assert cr.losses.get("binary_cross_entropy")(z, y) == pytest.approx(plane.LEARNED, rel=1e-12)


def test_axes_go_to_and_fro() -> None:
    for axis in (RATE, MOMENTUM):
        assert axis.at([0, 1]).tolist() == pytest.approx([axis.low, axis.high])
        np.testing.assert_allclose(axis.position(axis.at(np.linspace(0, 1, 7))), np.linspace(0, 1, 7), atol=1e-12)
        part = axis.part(0.25, 0.5)
        assert (part.low, part.high) == pytest.approx((axis.at(0.25), axis.at(0.5)))


def test_box_dimension_of_known_sets() -> None:
    size = 243
    carpet = np.ones((1, 1), bool)
    for _ in range(5):  # Sierpinski's carpet: log 8 / log 3
        carpet = np.block([[carpet, carpet, carpet], [carpet, 0 * carpet, carpet], [carpet, carpet, carpet]]) > 0
    assert carpet.shape == (size, size)
    assert plane.box_dimension(carpet) == pytest.approx(math.log(8) / math.log(3), abs=0.1)
    rows, columns = np.indices((256, 256))
    disc = np.hypot(rows - 128, columns - 128) < 100
    assert plane.box_dimension(plane.border(disc)) == pytest.approx(1, abs=0.12)
    assert plane.circle_dimension(256) == pytest.approx(1, abs=0.15)
    assert plane.box_dimension(disc) == pytest.approx(2, abs=0.15)
    noise = np.random.default_rng(0).random((256, 256)) < 0.5
    assert plane.box_dimension(plane.border(noise)) == pytest.approx(1.9, abs=0.1)
    assert plane.box_dimension(np.zeros((64, 64), bool)) is None


def test_crowded_tile() -> None:
    points = np.zeros((32, 32), bool)
    points[20:23, 9] = points[0, 0] = True
    assert plane.crowded(points, 4) == (2, 1)


def test_slope_of_the_slow_border() -> None:
    """Networks that learn where η / (1 − μ) is large enough: the smallest rate goes as 1 − μ."""
    size = 200
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(RATE.at(at), MOMENTUM.at(at))
    trained = Trained(np.zeros((size, size)), np.where(x / (1 - y) > 10, 5.0, np.inf))
    (slope,) = plane.slopes([plane.least_rates(trained, Plane(RATE, MOMENTUM, {}))])
    assert slope == pytest.approx(1, abs=0.03)


def test_outcome(outcome: Outcome) -> None:
    results = outcome.results
    assert results["networks"] == 24**2 + 12**2 + 2 * 2 * 16**2 + 16**2
    assert [picture.name for picture in outcome.pictures] == ["rate-momentum", "rate-scale", "border"]
    for picture in outcome.pictures:
        (image,) = picture.figure.axes[0].images
        assert np.ptp(np.asarray(image.get_array())) > 0.1
    near = results["zoom"]
    assert 0.1 <= near["rate_range"][0] < near["rate_range"][1] <= 1000
    assert len(outcome.answer) >= 4


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results = copy.deepcopy(outcome.results)
    results["momentum"]["learned"] = bootstrap([0.5, 0.5])
    results["momentum"]["slope"] = bootstrap([1.0, 1.0])
    results["scale"]["not_finite"] = 1234
    said = " ".join(Trainability.answer(results))
    for sentence in ("50.0 % (50.0 to 50.0 %) of the settings learn", "1 (1 to 1); 1 would be", "1,234 came to a loss"):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)
    results["momentum"]["dimension_here"] = 1.0
    assert "is a smooth line" in " ".join(Trainability.answer(results))
    results["momentum"]["dimension_here"] = results["momentum"]["slope"] = results["momentum"]["fastest"] = None
    assert len(Trainability.answer(results)) == len(outcome.answer) - 2


def test_where_nothing_learns_there_is_still_an_answer() -> None:
    outcome = studies.run("trainability", **SMALL, rate_range=(1e-6, 1e-5))
    assert outcome.results["momentum"]["fastest"] is None
    assert "0.0 % (0.0 to 0.0 %) of the settings learn" in outcome.answer[0]
    assert outcome.tables[0].rows[0][3] == "–"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 8}, "size must be a whole number of at least 16, got 8"),
        ({"rate_range": (0.0, 1.0)}, "learning_rate_range must be a finite number greater than 0, got 0.0"),
        ({"rate_range": (2.0, 1.0)}, "learning_rate_range must go up, got 2 1"),
        ({"momentum_range": (0.0, 1.0)}, "momentum_range must be a finite number at least 0 and less than 1, got 1.0"),
        ({"scale_range": (-1.0, 1.0)}, "initial_scale_range must be a finite number greater than 0, got -1.0"),
        ({"epochs": 1}, "epochs must be a whole number of at least 2, got 1"),
        ({"initial_scale": 0.0}, "initial_scale must be a finite number greater than 0, got 0.0"),
        ({"momentum": 1.0}, "momentum must be a finite number at least 0 and less than 1, got 1.0"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        studies.get("trainability", **settings)
