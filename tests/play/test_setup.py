"""Settings become what a run takes, or an error that says what does not go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.play.choices import ChoiceError, parse
from chainrule.play.setup import prepare


@pytest.mark.parametrize(
    ("settings", "task", "loss", "output", "outputs"),
    [
        ({}, "binary", "binary_cross_entropy", "sigmoid", 1),
        ({"loss": "hinge"}, "binary", "hinge", "identity", 1),
        ({"loss": "mean_squared_error"}, "binary", "mean_squared_error", "sigmoid", 1),
        ({"data": "spirals", "classes": 3}, "classes", "categorical_cross_entropy", "softmax", 3),
        ({"data": "waves"}, "regression", "mean_squared_error", "identity", 1),
        ({"data": "waves", "output": "tanh"}, "regression", "mean_squared_error", "tanh", 1),
    ],
)
def test_loss_and_output_go_with_the_task(
    settings: dict[str, Any], task: str, loss: str, output: str, outputs: int
) -> None:
    setup = prepare(parse(settings))
    last = setup.network.structure.layers[-1]
    assert (setup.task, setup.loss.name, last.activation.name, last.fan_out) == (task, loss, output, outputs)


def test_training_points_alone_are_standardized() -> None:
    setup = prepare(parse({"data": "moons", "standardize": True, "validation_share": 0.4, "n": 50}))
    X, y = setup.train
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(X.std(axis=0), 1, rtol=1e-12)
    assert setup.held_out is not None
    assert len(X) == len(y) == 30
    assert len(setup.held_out[0]) == 20
    np.testing.assert_array_equal((setup.X - setup.mean) / setup.scale, setup.inputs)


def test_the_network_is_the_one_that_the_names_make() -> None:
    setup = prepare(
        parse({"hidden": [4], "activations": ["relu"], "seed": 5, "dropout": 0.25, "normalization": "layer_norm"})
    )
    same = cr.Network([2, 4, 1], hidden="relu", normalization="layer_norm", dropout=0.25, seed=5)
    assert setup.network.structure == same.structure
    np.testing.assert_array_equal(setup.network.numbers, same.numbers)


def test_given_parameters_are_where_it_begins() -> None:
    setup = prepare(parse({"hidden": [], "parameters": [1, 2, 3]}))
    assert setup.network.numbers.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "name", ["cosine_decay", "exponential_decay", "inverse_time_decay", "one_cycle", "polynomial_decay", "step_decay"]
)
def test_schedules_begin_with_the_optimizers_rate(name: str) -> None:
    setup = prepare(parse({"schedule": name, "epochs": 100}))
    rates = setup.optimizer.learning_rates(0, 100)
    assert rates.max() == pytest.approx(0.3, rel=1e-2)
    assert np.ptp(rates) > 0 or name == "step_decay"  # its first step is after this run


def test_a_schedule_spans_the_whole_run() -> None:
    setup = prepare(parse({"schedule": "cosine_decay", "epochs": 100, "batch_size": 7}))
    assert setup.steps_per_epoch == 3
    assert setup.optimizer.learning_rates(299, 2).tolist() == pytest.approx([0.3 * 2.74e-5, 0.0], rel=1e-2)


def test_all_points_are_shown_with_room() -> None:
    a, b, c, d = prepare(parse({})).domain
    assert (a, b, c, d) == pytest.approx((-0.1, 1.1, -0.1, 1.1))
    a, b, _, _ = prepare(parse({"data": "own", "points": [[2, 0, 0], [2, 1, 1]]})).domain
    assert (a, b) == (1.0, 3.0)


LARGE = {"hidden": [64] * 6, "activations": ["relu"] * 6}


@pytest.mark.parametrize(
    ("settings", "field", "said"),
    [
        ({"output": "tanh"}, "loss", "needs predictions in"),
        ({"output": "softmax"}, "output", "always 1"),
        ({"data": "spirals", "classes": 3, "loss": "mean_squared_error"}, "loss", "more than two classes"),
        ({"data": "waves", "loss": "binary_cross_entropy"}, "loss", "must lie in"),
        ({"data": "waves", "loss": "categorical_cross_entropy"}, "loss", "a loss for numbers"),
        ({"loss": "categorical_cross_entropy"}, "loss", "a loss for two classes"),
        ({"optimizer": "lbfgs", "batch_size": 5}, "batch_size", "full batches"),
        ({"optimizer": "lbfgs", "dropout": 0.5}, "dropout", "dropout to 0"),
        ({"optimizer": "lbfgs", "normalization": "batch_norm"}, "normalization", "batch normalization"),
        ({"optimizer": "lbfgs", "schedule": "cosine_decay"}, "schedule", "no learning rate"),
        ({"parameters": [1.0]}, "parameters", "25 numbers, got 1"),
        ({"edits": [[0, 25, 1.0]]}, "edits", "0 to 24"),
        (
            {"data": "own", "points": [[0, 0, 0], [0, 1, 1]], "standardize": True},
            "standardize",
            "cannot be standardized",
        ),
        (LARGE, "hidden", "20,000"),
        (
            {"data": "moons", "n": 2000, "hidden": [64] * 4, "activations": ["relu"] * 4, "epochs": 50_000},
            "epochs",
            "200,000,000,000",
        ),
        ({"data": "moons", "n": 2000, "batch_size": 1, "epochs": 20_000}, "epochs", "20,000,000"),
    ],
)
def test_what_does_not_go_together(settings: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(ChoiceError, match=said) as error:
        prepare(parse(settings))
    assert error.value.field == field


def test_training_points_of_one_class_blame_the_share() -> None:
    rows = [[i, i, 0] for i in range(9)] + [[9, 9, 1]]
    settings = {"data": "own", "points": rows, "validation_share": 0.5}
    held = [seed for seed in range(20) if prepared_fails(settings | {"data_seed": seed}) == "validation_share"]
    assert 0 < len(held) < 20


def prepared_fails(settings: dict[str, Any]) -> str:
    """The field that is blamed, or nothing."""
    try:
        prepare(parse(settings))
    except ChoiceError as error:
        return error.field
    return ""
