"""The page on the playground has the numbers of the measurements."""

from pathlib import Path

import playground_page
import pytest

PAGE = Path(playground_page.__file__).parent / "playground.md"


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert playground_page.render(text, playground_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in playground_page.render(PAGE.read_text(encoding="utf-8"), None)


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        playground_page.render("# The playground", None)
