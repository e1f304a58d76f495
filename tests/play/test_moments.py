"""A recorded run: its frames, and that each number of a moment is what the package says of that network."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engines import machine_code
from chainrule.play import choices, moments
from chainrule.play.choices import ChoiceError
from chainrule.play.recorder import spread
from chainrule.play.setup import prepare
from tests.play.runs import recorded

RUNS: dict[str, dict[str, Any]] = {
    "xor": {"epochs": 300},
    "minibatches": {"data": "moons", "n": 60, "batch_size": 8, "epochs": 40, "validation_share": 0.3},
    "adam": {"optimizer": "adam", "epochs": 60, "schedule": "cosine_decay", "l2": 0.01},
    "lbfgs": {"optimizer": "lbfgs", "epochs": 30},
    "classes": {"data": "spirals", "classes": 3, "n": 60, "epochs": 50, "standardize": True},
    "regression": {"data": "waves", "n": 50, "epochs": 50, "optimizer_settings": {"learning_rate": 0.05}},
    "dropout": {
        "data": "moons",
        "n": 60,
        "batch_size": 16,
        "dropout": 0.2,
        "normalization": "batch_norm",
        "epochs": 30,
    },
    "edited": {"epochs": 100, "edits": [[0, 0, 1.5], [40, 3, -2.0], [40, 4, 0.5], [100, 5, 1.0]]},
    "edited minibatches": {
        "data": "moons",
        "n": 40,
        "batch_size": 7,
        "dropout": 0.1,
        "epochs": 30,
        "edits": [[11, 2, 1.0]],
        "schedule": "one_cycle",
    },
}


@pytest.mark.parametrize("name", RUNS)
def test_any_moment_is_trained_again_to_the_same_bits(name: str) -> None:
    settings = choices.parse(RUNS[name])
    _, arrays = recorded(RUNS[name])
    epochs = arrays["epoch"].astype(int)
    assert epochs[0] == 0
    assert epochs[-1] == settings.epochs
    assert (np.diff(epochs) > 0).all()
    for place in {0, len(epochs) // 3, len(epochs) // 2, len(epochs) - 1}:
        at = moments.network_at(settings, int(epochs[place]))
        np.testing.assert_array_equal(at.network.numbers, arrays["numbers"][place])
        assert len(at.history) == epochs[place]


@pytest.mark.parametrize("name", RUNS)
def test_a_moment_says_of_its_network_what_the_package_says(name: str) -> None:
    settings = choices.parse(RUNS[name])
    setup = prepare(settings)
    X, y = setup.train
    _, arrays = recorded(RUNS[name])
    for place in (0, len(arrays["epoch"]) // 2, -1):
        at = moments.network_at(settings, int(arrays["epoch"][place]))
        net = at.network
        gradients = net.gradients(X, y, setup.loss)
        penalty = setup.regularization.penalty(net.weights)
        assert arrays["loss"][place] == pytest.approx(gradients.loss + penalty, rel=1e-9)
        norms = [np.linalg.norm(W) for W in gradients.weights]
        np.testing.assert_allclose(arrays["gradient"][place], norms, rtol=1e-7)
        right = share_of_right(setup.task, net.predict(X), y)
        np.testing.assert_equal(arrays["accuracy"][place], right)
        if setup.held_out is not None:
            X_val, y_val = setup.held_out
            assert arrays["val_accuracy"][place] == share_of_right(setup.task, net.predict(X_val), y_val)
            assert arrays["val_loss"][place] == pytest.approx(
                net.gradients(X_val, y_val, setup.loss).loss + penalty, rel=1e-9
            )
        if settings.optimizer != "lbfgs":
            slope = gradients.parameters.copy()
            for layer in net.structure.layers:
                layer.weight(slope)[...] += settings.l2 * layer.weight(net.parameters)
            step = at.optimizer.step(net.parameters, slope, at.state)[0] - net.parameters
            ratios = [
                np.linalg.norm(step[layer.offset : layer.trained_end])
                / np.linalg.norm(net.parameters[layer.offset : layer.trained_end])
                for layer in net.structure.layers
            ]
            np.testing.assert_allclose(arrays["update"][place], ratios, rtol=1e-7)
        else:
            assert np.isnan(arrays["update"]).all()


def share_of_right(task: str, a: Any, y: Any) -> float:
    """The accuracy, written once more."""
    if task == "regression":
        return float("nan")
    classes = a.argmax(axis=1)[:, None] if a.shape[1] > 1 else a > 0.5
    return float((classes == y).mean())


def test_the_curve_is_the_history_and_the_moments_lie_on_it() -> None:
    headers, arrays = recorded(RUNS["xor"])
    history = moments.network_at(choices.parse(RUNS["xor"]), 300).history
    at = arrays["curve_epoch"].astype(int)
    assert len(at) <= 500
    np.testing.assert_array_equal(arrays["curve_loss"], np.array(history)[at])
    shared = np.isin(arrays["epoch"], at)
    np.testing.assert_array_equal(arrays["loss"][shared], np.array(history)[arrays["epoch"][shared].astype(int)])
    assert [header["type"] for header in headers][-1] == "end"
    assert all(header["run"] == 7 for header in headers)


def test_a_run_is_the_one_that_plain_python_does() -> None:
    X, y = cr.datasets.xor()
    net = cr.Network([2, 3, 3, 1], seed=0)
    net.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=300, engine="compiled", verbose=0)
    np.testing.assert_array_equal(recorded(RUNS["xor"])[1]["numbers"][-1], net.numbers)


def test_a_squared_error_counts_classes_too() -> None:
    _, arrays = recorded({"loss": "mean_squared_error", "epochs": 3000, "optimizer_settings": {"learning_rate": 1.0}})
    assert arrays["accuracy"][-1] == 1


def test_the_start_comes_first_and_the_untrained_moment_before_a_kernel_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded({"epochs": 20})
    headers, _ = recorded({"epochs": 20})
    assert [header["type"] for header in headers] == ["start", "moments", "end"]
    monkeypatch.setattr(machine_code, "is_ready", lambda signature: False)
    headers, arrays = recorded({"epochs": 20})
    assert [header["type"] for header in headers] == ["start", "moments", "notice", "moments", "end"]
    assert headers[2]["code"] == "compiling"
    assert arrays["epoch"].tolist() == list(range(21))


def test_the_start_says_what_the_contract_says() -> None:
    frames: list[Any] = []
    settings = choices.parse({"data": "spirals", "classes": 3, "n": 20, "epochs": 1, "features": ["x1", "product"]})
    moments.record(settings, lambda header, arrays: frames.append((header, arrays)), lambda: False, 3)
    header, arrays = frames[0]
    assert (header["task"], header["outputs"], header["epochs"], header["steps_per_epoch"]) == ("classes", 3, 1, 1)
    assert [feature["name"] for feature in header["features"]] == ["x1", "product"]
    assert [len(header[name]) for name in ("layers", "mean", "scale", "domain")] == [3, 2, 2, 4]
    assert {name: array.shape for name, array in arrays.items()} == {"X": (20, 2), "y": (20, 1), "validation": (20, 1)}


def test_a_run_that_diverges_sends_what_was_before() -> None:
    headers, arrays = recorded({"data": "waves", "n": 30, "optimizer_settings": {"learning_rate": 50.0}})
    assert headers[-1]["how"] == "diverged"
    assert headers[-1]["findings"][0]["code"] == "diverged"
    assert headers[-1]["findings"][0]["values"]["rate"] == 50.0
    assert arrays["epoch"][0] == 0
    epoch = headers[-1]["findings"][0]["values"]["epoch"]
    assert arrays["epoch"].max() <= epoch
    with pytest.raises(ChoiceError, match="diverges"):
        moments.network_at(
            choices.parse({"data": "waves", "n": 30, "optimizer_settings": {"learning_rate": 50.0}}), 5000
        )


def test_a_cancelled_run_ends_long_before_its_last_epoch() -> None:
    settings = {"data": "moons", "n": 2000, "batch_size": 1, "epochs": 9000}
    recorded(settings | {"epochs": 1})
    begun = time.perf_counter()
    headers, arrays = recorded(settings, lambda: time.perf_counter() > begun + 0.2)
    assert headers[-1]["how"] == "cancelled"
    assert headers[-1]["findings"] == []
    assert arrays["epoch"].max() < 9000


def test_a_run_that_nobody_waits_for_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cr.Network, "fit", None)
    headers, _ = recorded({"epochs": 20}, lambda: True)
    assert [header["type"] for header in headers] == ["start", "end"]
    assert headers[-1]["how"] == "cancelled"


@pytest.mark.parametrize("epoch", [-1, 301, True, 1.0, "1"])
def test_there_are_no_other_epochs(epoch: Any) -> None:
    with pytest.raises(ChoiceError, match="from 0 to 300") as error:
        moments.network_at(choices.parse({"epochs": 300}), epoch)
    assert error.value.field == "epoch"


@pytest.mark.parametrize(("epochs", "most"), [(0, 60), (1, 120), (5, 120), (5000, 120), (100_000, 25)])
def test_moments_are_spread_from_the_first_to_the_last(epochs: int, most: int) -> None:
    marks = spread(epochs, most)
    assert marks[0] == 0
    assert marks[-1] == epochs
    assert len(marks) == len(set(marks.tolist())) <= most
    assert epochs < 2 or 1 in marks


def test_a_large_network_has_fewer_moments() -> None:
    settings = {"data": "moons", "n": 20, "hidden": [64] * 5, "activations": ["tanh"] * 5, "epochs": 60}
    _, arrays = recorded(settings)
    assert arrays["numbers"].nbytes < 4e6
    assert 10 < len(arrays["epoch"]) < 61
