"""The generated pages are what their generators make of the results that are committed."""

from pathlib import Path

import generate
import performance_page
import performance_pictures
import pytest

from chainrule.engines import choose, many_samples, plan

DOCS = Path(generate.__file__).parent


def test_performance_is_made_of_the_measurements() -> None:
    page = performance_page.render(performance_page.read())
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_the_readme_says_what_was_measured() -> None:
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    measured = performance_page.read()
    assert performance_page.headline(measured) in text, "run `make docs`"
    assert generate.readme(text, measured) == text
    assert "Not measured yet" in generate.readme(text, {})


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


def test_the_page_on_engines_has_the_engines_numbers() -> None:
    text = " ".join((DOCS / "engines.md").read_text(encoding="utf-8").split())
    assert f"computed {plan.MOST_SAMPLES} at a time" in text
    assert f"in up to {many_samples.MOST_BLOCKS} blocks" in text
    assert all(f'`"{name}"`' in text for name in choose.NAMES)
