"""The page on the playground has the numbers of the measurements."""

import re
from pathlib import Path
from typing import Any

import click
import playground_page
import pytest

from benchmarks import targets
from chainrule.play.command import play

PAGE = Path(playground_page.__file__).parent / "playground.md"


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert playground_page.render(text, playground_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in playground_page.render(PAGE.read_text(encoding="utf-8"), {})


def soaked() -> dict[str, Any]:
    """Results of a server that stood still for two seconds, and grew."""
    waited = {"count": 1234, "median": 0.01, "of 100, 99": 0.2, "most": 0.5}
    parts = [{"megabytes": 150.0 + 40 * part, "threads": 9, "files": 48} for part in range(3)]
    found = {
        "tabs": 20,
        "minutes": 6.0,
        "before": {"megabytes": 90.0, "threads": 3, "files": 7},
        "parts": parts,
        "after": {"megabytes": 230.0, "threads": 2, "files": 8},
        "waited": {"first": waited, "seeds": waited, "loop": {**waited, "most": 2.0}, "answers": waited},
    }
    about = {"processor": "a processor", "machine": "x86_64", "system": "Linux", "cores": 2, "python": "3.12.0"}
    machine = {**about, "chainrule": "1", "packages": {}}
    return {"title": "soak", "quick": False, "repeats": 1, "machine": machine, "soak": found}


def test_a_server_that_stands_still_or_grows_is_told_of() -> None:
    text = playground_page.render(PAGE.read_text(encoding="utf-8"), {"soak": soaked()})
    assert "20 open tabs, 6 minutes" in text
    assert "| 1,234 | 10.0 ms | 200 ms | 2.00 s |" in text
    assert "| after 4 min | 190 MB | 9 | 48 |" in text
    assert "| 3 s after the last tab is gone | 230 MB | 2 | 8 |" in text
    verdicts = {verdict.target.key: verdict for verdict in targets.judge({"soak": soaked()})}
    assert [(verdicts[key].found, verdicts[key].met) for key in ("soak-stall", "soak-leak")] == [
        (2000, False),
        (80, False),
    ]


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        playground_page.render("# The playground", {})


def test_the_options_are_those_of_the_command() -> None:
    rows = re.findall(r"^\| `(--[\w-]+)(?: ([^`]+))?` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    options = {option.opts[0]: option for option in play.params if isinstance(option, click.Option)}
    assert [name for name, _ in rows] == list(options)
    for name, value in rows:
        option = options[name]
        wanted = "" if option.is_flag else "FILE" if isinstance(option.type, click.Path) else str(option.default)
        assert value == wanted
