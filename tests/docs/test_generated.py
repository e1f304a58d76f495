"""The generated pages are what their generators make of the results that are committed."""

from pathlib import Path

import generate

DOCS = Path(generate.__file__).parent


def test_performance_is_made_of_the_measurements() -> None:
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == generate.performance()


def test_the_picture_is_there() -> None:
    assert (DOCS / "images" / "reproduce.png").read_bytes().startswith(b"\x89PNG")
