"""Settings are declared once, and whatever is sent is either a run's settings or an error that names the field."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from chainrule.formulas import optimizers
from chainrule.play import choices, setup
from chainrule.play.choices import ChoiceError, parse


def test_defaults_are_the_reports_xor_and_round_trip_through_json() -> None:
    made = parse({})
    assert (made.data, made.hidden, made.epochs) == ("xor", (3, 3), 5000)
    assert parse(json.loads(json.dumps(made.to_json()))) == made


def test_every_field_is_told_with_its_own_default_as_a_value_of_it() -> None:
    told = json.loads(json.dumps(choices.schema(), allow_nan=False))
    assert [field["name"] for field in told] == list(choices.FIELDS)
    assert {field["name"]: field["default"] for field in told} == parse({}).to_json()


@pytest.mark.parametrize("name", sorted(optimizers.names()))
def test_every_optimizer_has_the_packages_defaults(name: str) -> None:
    settings = parse({"optimizer": name}).optimizer_settings
    usual = optimizers.get(name)
    if name == "sgd":  # the page begins with the report's
        assert settings["learning_rate"] == 0.3
    else:
        assert settings
        assert all(getattr(usual, key) == value for key, value in settings.items())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epochs", 0, "from 1 to 100,000"),
        ("epochs", 100_001, "from 1 to 100,000"),
        ("epochs", True, "whole number"),
        ("epochs", "10", "whole number"),
        ("epochs", 2.5, "whole number"),
        ("epochs", 10**400, "401 digits"),
        ("noise", 10**400, "401 digits"),
        ("noise", math.nan, "from 0 to 1"),
        ("noise", math.inf, "from 0 to 1"),
        ("noise", -0.1, "from 0 to 1"),
        ("noise", True, "number"),
        ("noise", None, "number"),
        ("standardize", 1, "true or false"),
        ("data", "xr", "did you mean 'xor'"),
        ("data", ["xor"], "a name"),
        ("features", [], "1 to 7 items"),
        ("features", "x1", "a list"),
        ("hidden", [3, 65], "from 1 to 64"),
        ("hidden", [1] * 7, "0 to 6 items"),
        ("activations", ["sigmoid", "softmax"], "unknown activations"),
        ("activations", ["sigmoid"], "one for each of the 2"),
        ("points", [[0, 0]], "three numbers"),
        ("points", [[0, 0, math.nan]], "number"),
        ("points", [[0, 0, 0]] * 2001, "2,000 items"),
        ("class_names", ["x" * 61], "60 characters"),
        ("edits", [[0.5, 0, 0]], "an epoch, a place"),
        ("edits", [[6000, 0, 0]], "epochs from 0 to 5,000"),
        ("parameters", [math.inf], "number"),
        ("optimizer_settings", {"learning_rate": 0}, "from 1e-06 to 1,000"),
        ("optimizer_settings", {"learning_rat": 0.1}, "no parameter"),
        ("optimizer_settings", {"nesterov": 1}, "true or false"),
        ("optimizer_settings", [], "an object"),
        ("schedule_settings", {"alpha": 0.1}, "no parameter"),
        ("optimizer_settings", {"clip_norm": 0}, "clip_norm must be a number from 1e-06 to 1,000, got 0"),
        ("optimizer_settings", {"clip_norm": "off"}, "clip_norm must be a number"),
        ("optimizer_settings", {"momentum": None}, "momentum must be a number from 0 to 0.99999, got None"),
    ],
)
def test_what_cannot_be_names_the_field_and_the_bound(name: str, value: Any, said: str) -> None:
    with pytest.raises(ChoiceError, match=said) as error:
        parse({name: value})
    assert error.value.field == name
    assert len(str(error.value)) < 500


def test_what_may_be_left_out_is_none_or_a_number() -> None:
    settings = {"optimizer": "lbfgs", "optimizer_settings": {"max_evaluations": 50.0}}
    assert parse(settings).optimizer_settings["max_evaluations"] == 50
    assert parse({"optimizer_settings": {"clip_value": None}}).optimizer_settings["clip_value"] is None
    assert "clip_value" not in parse({"optimizer": "lbfgs"}).optimizer_settings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"boundaries": [10], "factors": [0.1, 0.01]}, "one for each of the 1 boundaries, got 2"),
        ({"boundaries": [20, 10], "factors": [0.1, 0.01]}, "boundaries must increase"),
        ({"boundaries": [], "factors": []}, "1 to 8 items"),
        ({"boundaries": [1.5], "factors": [0.1]}, "whole number"),
        ({"boundaries": [10], "factors": [-0.1]}, "from 0 to 1,000"),
        ({"boundaries": [10], "factors": ["0.1"]}, "number"),
    ],
)
def test_piecewise_constant_rates_fit_one_another(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ChoiceError, match=said) as error:
        setup.prepare(parse({"schedule": "piecewise_constant_decay", "schedule_settings": given}))
    assert error.value.field == "schedule_settings"


def test_unknown_settings_and_no_object_are_refused() -> None:
    with pytest.raises(ChoiceError, match="no setting 'epoch'"):
        parse({"epoch": 10})
    with pytest.raises(ChoiceError, match="must be an object"):
        parse([])


def test_javascript_writes_whole_numbers_as_floats() -> None:
    assert parse({"epochs": 10.0}).epochs == 10


def test_features_are_in_one_order_each_once() -> None:
    assert parse({"features": ["product", "x1", "x1"]}).features == ("x1", "product")
