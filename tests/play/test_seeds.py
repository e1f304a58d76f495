"""Many seeds: each run is the one that a single seed gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule.play import choices, moments, seeds
from chainrule.play.choices import ChoiceError
from chainrule.play.frames import pack, unpack
from tests.play.runs import recorded


def fanned(settings: dict[str, Any], count: int, cancelled: Any = lambda: False) -> list[Any]:
    """All frames."""
    frames: list[Any] = []
    seeds.fan(choices.parse(settings), count, lambda *frame: frames.append(frame), cancelled, 4)
    return frames


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 300, "seed": 5},
        {"data": "moons", "n": 40, "batch_size": 8, "dropout": 0.1, "epochs": 20, "validation_share": 0.25},
        {"data": "waves", "n": 30, "epochs": 30, "optimizer_settings": {"learning_rate": 0.02}},
        {"loss": "mean_squared_error", "epochs": 100},
    ],
)
def test_each_curve_is_that_of_its_seed(settings: dict[str, Any]) -> None:
    header, arrays = fanned(settings, 12)[-1]
    first = settings.get("seed", 0)
    assert (header["done"], header["of"], header["run"]) == (12, 12, 4)
    np.testing.assert_array_equal(arrays["seed"], np.arange(first, first + 12))
    for k in (0, 11):
        alone = settings | {"seed": first + k}
        history = moments.network_at(choices.parse(alone), settings["epochs"]).history
        np.testing.assert_array_equal(arrays["loss"][k], np.array(history)[arrays["epoch"].astype(int)])
        np.testing.assert_equal(arrays["accuracy"][k, -1], recorded(alone)[1]["accuracy"][-1])


def test_frames_count_up_and_the_last_counts_what_is_solved() -> None:
    frames = fanned({"epochs": 2000}, 60)
    done = [header["done"] for header, _ in frames]
    assert done == sorted(set(done))
    assert len(done) > 1
    header, arrays = frames[-1]
    assert 30 < header["solved"] == (arrays["accuracy"][:, -1] == 1).sum() < 60
    assert header["seconds_left"] == 0
    for header, arrays in frames:
        assert len(arrays["loss"]) == len(arrays["accuracy"]) == len(arrays["seed"]) == header["done"]


def test_a_regression_has_no_count_of_solved_runs_and_a_diverging_one_no_loss() -> None:
    header, arrays = fanned(
        {"data": "waves", "n": 30, "epochs": 500, "optimizer_settings": {"learning_rate": 50.0}}, 3
    )[-1]
    assert header["solved"] is None
    assert not np.isfinite(arrays["loss"][:, -1]).any()


def test_the_first_frame_comes_before_any_run() -> None:
    frames: list[Any] = []

    def send(header: dict[str, Any], arrays: Any) -> None:
        frames.append((header, arrays))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        seeds.fan(choices.parse({"epochs": 100_000}), 1000, send, lambda: False, 4)
    header, arrays = unpack(pack(*frames[0]))
    assert (header["done"], header["of"], header["solved"], header["seconds_left"]) == (0, 1000, 0, None)
    assert arrays["loss"].shape == arrays["accuracy"].shape == (0, len(arrays["epoch"]))
    assert arrays["epoch"][[0, -1]].tolist() == [0, 99_999]


@pytest.mark.parametrize("settings", [{}, {"data": "spirals", "batch_size": 32}])
def test_a_fan_is_cancelled_in_the_middle_of_a_run(settings: dict[str, Any]) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 20

    frames = fanned(settings | {"epochs": 100_000}, 1, cancelled)
    assert [header["done"] for header, _ in frames] == [0]


@pytest.mark.parametrize(
    ("count", "said"), [(0, "at least 1"), (1001, "at most 1,000"), (True, "whole number"), ("5", "whole number")]
)
def test_how_many_there_may_be(count: Any, said: str) -> None:
    with pytest.raises(ChoiceError, match=said) as error:
        fanned({}, count)
    assert error.value.field == "count"


def test_too_much_work_is_refused_with_its_bound() -> None:
    large = {"data": "moons", "n": 2000, "hidden": [64], "activations": ["tanh"], "epochs": 10_000}
    with pytest.raises(ChoiceError, match="200,000,000,000"):
        fanned(large, 1000)
