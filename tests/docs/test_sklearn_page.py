"""The page on the estimators has the numbers of the measurements."""

from pathlib import Path

import pytest
import sklearn_page

PAGE = Path(sklearn_page.__file__).parent / "sklearn.md"


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert sklearn_page.render(text, sklearn_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in sklearn_page.render(PAGE.read_text(encoding="utf-8"), None)


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        sklearn_page.render("# Estimators", None)
