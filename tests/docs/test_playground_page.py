"""The page on the playground has the numbers of the measurements."""

import re
from pathlib import Path

import click
import playground_page
import pytest

from chainrule.play.command import play

PAGE = Path(playground_page.__file__).parent / "playground.md"


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert playground_page.render(text, playground_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in playground_page.render(PAGE.read_text(encoding="utf-8"), None)


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        playground_page.render("# The playground", None)


def test_the_options_are_those_of_the_command() -> None:
    rows = re.findall(r"^\| `(--[\w-]+)(?: ([^`]+))?` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    options = {option.opts[0]: option for option in play.params if isinstance(option, click.Option)}
    assert [name for name, _ in rows] == list(options)
    for name, value in rows:
        option = options[name]
        wanted = "" if option.is_flag else "FILE" if isinstance(option.type, click.Path) else str(option.default)
        assert value == wanted
