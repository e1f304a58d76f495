"""Each story shows what it says."""

from __future__ import annotations

from typing import Any

import pytest

from chainrule.play import stories
from chainrule.play.choices import parse
from tests.play.runs import recorded

SAID: dict[str, str | None] = {
    "report_linear": "solved",
    "report_xor": "solved",
    "vanishing_gradient": "vanishing_gradient",
    "vanishing_solved": "solved",
    "dead_relu": "dead_units",
    "divergence": "diverged",
    "symmetry": "symmetric_units",
    "overfitting": "overfitting",
    "spiral": "solved",
}
SETTINGS: dict[str, dict[str, Any]] = {story["name"]: story["settings"] for story in stories.STORIES}


def test_every_story_is_tested_and_described() -> None:
    assert list(SETTINGS) == list(SAID)
    assert stories.__doc__ is not None
    assert all(f"    {name} " in stories.__doc__ for name in SETTINGS)


@pytest.mark.parametrize("name", SAID)
def test_the_story_shows_what_it_says(name: str) -> None:
    headers, arrays = recorded(SETTINGS[name])
    found = [finding["code"] for finding in headers[-1]["findings"]]
    assert SAID[name] == found[0] or (name == "dead_relu" and SAID[name] in found)
    if SAID[name] == "solved":
        assert arrays["accuracy"][-1] == 1
        assert found == ["solved"]


@pytest.mark.parametrize("name", SAID)
def test_a_storys_settings_are_settings_and_say_what_they_differ_in(name: str) -> None:
    made = parse(SETTINGS[name])
    assert parse(made.to_json()) == made
    assert set(SETTINGS[name]) <= set(made.to_json())


def test_the_reports_presets_are_the_reports() -> None:
    linear, xor = parse(SETTINGS["report_linear"]), parse(SETTINGS["report_xor"])
    assert (linear.hidden, linear.n, linear.epochs) == ((2, 2), 100, 20_000)
    assert (xor.hidden, xor.activations) == ((3, 3), ("sigmoid", "sigmoid"))
    assert linear.optimizer_settings["learning_rate"] == xor.optimizer_settings["learning_rate"] == 0.3
