"""Step inside: the pieces are those of the derivation at that moment, safe, proved and linked to one another."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.play import moments, setup
from chainrule.play.choices import ChoiceError, parse
from chainrule.play.derivation_page import page

CASES: dict[str, dict[str, Any]] = {
    "report": {},
    "batch norm, dropout, Adam": {
        "normalization": "batch_norm", "dropout": 0.2, "l2": 0.01, "batch_size": 7, "optimizer": "adam",
    },
    "three classes": {"data": "spirals", "classes": 3, "hidden": [4, 4], "activations": ["relu", "prelu"]},
    "regression": {"data": "saddle", "features": ["x1", "product"], "optimizer_settings": {"learning_rate": 0.01}},
    "L-BFGS": {"optimizer": "lbfgs"},
    "a schedule": {"schedule": "cosine_decay"},
}  # fmt: skip


@pytest.mark.parametrize("notation", ["report", "standard"])
@pytest.mark.parametrize("name", CASES)
def test_pieces_of_a_page(name: str, notation: str) -> None:
    choices = parse({"epochs": 20, **CASES[name]})
    made = json.loads(json.dumps(page(choices, 10, [0, 3, 5], notation), allow_nan=False))
    assert made["proved"] is True
    assert {step["phase"] for step in made["steps"]} >= {"forward", "loss", "backward"}
    keys = [step["key"] for step in made["steps"]]
    assert len(set(keys)) == len(keys)
    whole = made["given"] + "".join(step["html"] for step in made["steps"])
    for element in ElementTree.fromstring(f"<div>{whole}</div>").iter():  # every piece is closed
        assert element.tag not in ("script", "style", "link", "img")
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert element.get("href", "#").startswith("#")
    for step in made["steps"]:
        assert step["html"].startswith(f'<section class="step" id="{step["key"]}">')
        ElementTree.fromstring(step["html"])
    ids = re.findall(r'id="([^"]*)"', whole)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]*)"', whole)) <= set(ids)


def test_numbers_are_this_moments() -> None:
    choices = parse({"epochs": 50, "optimizer": "adam", "batch_size": 4})
    at, prepared = moments.network_at(choices, 20), setup.prepare(choices)
    expected = cr.derive(
        at.network, prepared.inputs[[2, 7]], prepared.y[[2, 7]], optimizer=at.optimizer, state=at.state
    )
    made = page(choices, 20, [2, 7], "report")
    assert made["loss"] == expected.trace.numbers.loss
    assert at.state["t"] == 20 * 6
    assert "This is step 121" in made["given"]
    last = expected.steps[-1]
    assert repr(float(last.result[0, 0])) in made["steps"][-1]["html"]
    assert page(choices, 21, [2, 7], "report")["loss"] != made["loss"]


OWN = [[0.1, 0.2, 0], [0.5, -0.7, 1], [-0.6, 0.4, 1], [0, 0.25, 1], [-0.5, 1, 0], [1, 1, 0]]
WITH_ALL: dict[str, Any] = {
    "data": "own", "points": OWN, "l1": 0.003, "l2": 0.02, "dropout": 0.4, "seed": 3,
    "optimizer_settings": {"learning_rate": 0.1, "momentum": 0.9, "clip_value": 0.05, "clip_norm": 0.1},
    "edits": [[0, 3, 0.5], [7, 0, -1.5]],
}  # fmt: skip


@pytest.mark.parametrize("settings", [{}, {"normalization": "batch_norm"}, {"optimizer": "adam"}], ids=str)
@pytest.mark.parametrize("epoch", [0, 4, 7, 9])
def test_the_walk_is_the_step_that_the_run_takes(settings: dict[str, Any], epoch: int) -> None:
    settings = WITH_ALL | settings
    if "optimizer" in settings:
        del settings["optimizer_settings"]
    choices = parse({"epochs": 12, **settings})
    at, prepared = moments.network_at(choices, epoch), setup.prepare(choices)
    step = cr.derive(
        at.network, prepared.inputs, prepared.y, optimizer=at.optimizer, state=at.state,
        dropout_key=at.dropout_key, l1=0.003, l2=0.02,
    )  # fmt: skip
    after = moments.network_at(choices, epoch + 1)
    np.testing.assert_allclose(step.trace.updated, after.network.parameters, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(step.trace.objective, after.history[-1], rtol=1e-12)
    assert at.dropout_key is not None
    made = page(choices, epoch, list(range(len(OWN))), "report")
    assert made["loss"] == step.trace.objective
    assert repr(float(step.trace.updated[0])) in "".join(each["html"] for each in made["steps"])
    assert "What dropout leaves out in this step" in made["given"]


def test_a_run_without_dropout_has_no_key() -> None:
    assert moments.network_at(parse({"epochs": 3}), 2).dropout_key is None


def test_rules_concern_the_pieces_alone() -> None:
    style = page(parse({"epochs": 1}), 0, [0], "report")["style"]
    assert style.startswith(".derivation {")
    assert style.count("{") == style.count("}")
    assert "@import" not in style
    assert "url(" not in style


@pytest.mark.parametrize(
    ("raw", "epoch", "samples", "notation", "message"),
    [
        ({}, 1, [], "report", "1 to 8 places"),
        ({}, 1, list(range(9)), "report", "1 to 8 places"),
        ({}, 1, "012", "report", "1 to 8 places"),
        ({}, 1, [21], "report", "from 0 to 20, as there are 21 points, got 21"),
        ({}, 1, [-1], "report", "got -1"),
        ({}, 1, [True], "report", "got True"),
        ({}, 1, [0.5], "report", "got 0.5"),
        ({}, 1, [0], "latin", "notation must be 'report' or 'standard', got 'latin'"),
        ({}, 4, [0], "report", "epoch must be a whole number from 0 to 3"),
        ({"hidden": [64, 64], "activations": ["relu"] * 2, "features": ["x1"]}, 1, [0], "report", None),
        ({"hidden": [64, 64, 64]}, 1, [0], "report", "8,577 parameters is too large.*the most is 5,000"),
    ],
)
def test_bounds(raw: dict[str, Any], epoch: int, samples: Any, notation: str, message: str | None) -> None:
    choices = parse({"epochs": 3, **raw})
    if message is None:
        assert page(choices, epoch, samples, notation)["proved"]
    else:
        with pytest.raises(ChoiceError, match=message):
            page(choices, epoch, samples, notation)
