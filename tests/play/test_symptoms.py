"""Each symptom is said of a run that has it, and not said of one that has not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.play import choices, symptoms
from chainrule.play.setup import Setup, prepare
from tests.play.runs import recorded

DEEP = {"data": "circles", "hidden": [6] * 6, "epochs": 200, "initializer": "glorot_normal"}
NOISY = {
    "data": "moons",
    "n": 60,
    "noise": 0.35,
    "validation_share": 0.5,
    "epochs": 600,
    "hidden": [16, 16],
    "activations": ["tanh"] * 2,
    "optimizer": "adam",
    "optimizer_settings": {"learning_rate": 0.01},
}


def rated(rate: float) -> dict[str, Any]:
    """Gradient descent at this rate."""
    return {"optimizer_settings": {"learning_rate": rate, "momentum": 0.9}}


def own(n_of_class_1: int, size: float = 1.0) -> dict[str, Any]:
    """Twenty points, the last ones of class 1."""
    rows = [[size * i / 20, size * (i % 3) / 3, float(i >= 20 - n_of_class_1)] for i in range(20)]
    return {"data": "own", "points": rows, "epochs": 20}


SAID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "diverged": (
        {"data": "waves", "n": 30, "epochs": 300} | rated(20.0),
        {"data": "waves", "n": 30, "epochs": 300} | rated(0.01),
    ),
    "worsened": ({"epochs": 1} | rated(300.0), {"epochs": 100}),
    "vanishing_gradient": (DEEP | {"activations": ["sigmoid"] * 6}, DEEP | {"activations": ["tanh"] * 6}),
    "dead_units": (
        {"activations": ["relu"] * 2, "epochs": 300} | rated(1.0),
        {"activations": ["leaky_relu"] * 2, "epochs": 300} | rated(1.0),
    ),
    "saturated_units": (own(10, 1000.0) | rated(300.0), own(10)),
    "symmetric_units": ({"initializer": "zeros", "epochs": 50}, {"epochs": 50}),
    "plateau": ({"initializer": "zeros"}, {}),
    "plateau_regression": (
        {"data": "waves", "initializer": "zeros", "epochs": 300} | rated(0.01),
        {"data": "plane", "noise": 0.0, "hidden": [], "activations": [], "epochs": 300} | rated(0.01),
    ),
    "overfitting": (NOISY, NOISY | {"epochs": 40}),
    "slow": ({"epochs": 400}, {"initializer": "zeros"}),
    "unscaled_inputs": (own(10, 1000.0), own(10, 1000.0) | {"standardize": True}),
    "imbalanced": (own(2), own(5)),
    "solved": ({}, {"epochs": 100}),
    "fitted": (
        {"data": "plane", "noise": 0.0, "hidden": [], "activations": [], "epochs": 300} | rated(0.05),
        {"data": "waves", "epochs": 20} | rated(0.05),
    ),
}


def codes(settings: dict[str, Any]) -> list[str]:
    """What is said of a run."""
    return [finding["code"] for finding in recorded(settings)[0][-1]["findings"]]


@pytest.mark.parametrize("code", SAID)
def test_it_is_said_where_it_is_so_and_not_where_it_is_not(code: str) -> None:
    so, not_so = SAID[code]
    assert code in codes(so)
    assert code not in codes(not_so)


def moments_of(setup: Setup, gradient: Array) -> dict[str, Array]:
    """Moments with these gradients, of a run that does not move."""
    m = len(gradient)
    return {
        "epoch": np.arange(m, dtype=float),
        "numbers": np.repeat(setup.network.numbers[None], m, axis=0),
        "loss": np.ones(m),
        "val_loss": np.full(m, np.nan),
        "accuracy": np.full(m, 0.5),
        "gradient": gradient,
    }


def test_the_gradients_findings_name_the_worst_layer() -> None:
    setup = prepare(choices.parse({}))
    falling = symptoms.findings(setup, moments_of(setup, np.tile([1e-5, 1e-4, 1.0], (5, 1))))
    assert falling[0] == {"code": "vanishing_gradient", "layer": 1, "values": {"layer": 1, "last": 3, "ratio": 1e-05}}
    growing = symptoms.findings(setup, moments_of(setup, np.tile([2e3, 5e4, 1.0], (5, 1))))
    assert growing[0] == {"code": "exploding_gradient", "layer": 2, "values": {"layer": 2, "last": 3, "ratio": 5e04}}
    even = symptoms.findings(setup, moments_of(setup, np.tile([1e-2, 100.0, 1.0], (5, 1))))
    assert not {"vanishing_gradient", "exploding_gradient"} & {finding["code"] for finding in even}


def test_every_code_is_tested_and_told_in_the_docstring() -> None:
    assert set(SAID) | {"exploding_gradient"} == set(symptoms.CODES)
    assert symptoms.__doc__ is not None
    assert all(f"    {code} " in symptoms.__doc__ for code in symptoms.CODES)


@pytest.mark.parametrize("code", SAID)
def test_findings_are_json_and_have_the_values_that_the_docstring_names(code: str) -> None:
    told = next(f for f in recorded(SAID[code][0])[0][-1]["findings"] if f["code"] == code)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert symptoms.__doc__ is not None
    line = next(line for line in symptoms.__doc__.splitlines() if line.strip().startswith(f"{code} "))
    assert set(told["values"]) == {word.strip() for word in line[24:46].split(",")}


def test_nothing_is_said_of_a_run_without_moments() -> None:
    assert symptoms.findings(prepare(choices.parse({})), {}) == []
