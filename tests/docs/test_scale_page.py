"""The page on clusters has the numbers of the measurements."""

from pathlib import Path

import pytest
import scale_page

PAGE = Path(scale_page.__file__).parent / "scale.md"


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert scale_page.render(text, scale_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in scale_page.render(PAGE.read_text(encoding="utf-8"), None)
    assert scale_page.picture(None).startswith(b"\x89PNG")


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        scale_page.render("# Past one machine", None)
