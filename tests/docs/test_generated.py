"""The generated pages are what their generators make of the results that are committed."""

from pathlib import Path

import generate
import performance_page
import performance_pictures
import pytest

DOCS = Path(generate.__file__).parent


def test_performance_is_made_of_the_measurements() -> None:
    page = performance_page.render(performance_page.read())
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_page_and_pictures_of_no_measurements_at_all() -> None:
    page = performance_page.render({})
    assert "not measured" in page
    assert "Not measured yet: `chainrule bench growth`." in page
    for picture in (performance_pictures.steps({}), performance_pictures.growth({})):
        assert picture.startswith(b"\x89PNG")


def test_failures_stand_on_the_page() -> None:
    about = {
        "processor": "p",
        "machine": "m",
        "system": "s",
        "cores": 1,
        "chainrule": "1",
        "python": "3",
        "packages": {},
    }
    failed = {"title": "a step", "quick": False, "repeats": 9, "machine": about, "failed": "no memory"}
    page = performance_page.render({"xor": failed, "growth": failed})
    assert page.count("no memory") == 2


@pytest.mark.parametrize("name", ["reproduce", "performance-steps", "performance-growth"])
def test_the_picture_is_there(name: str) -> None:
    assert (DOCS / "images" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
