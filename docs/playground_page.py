"""docs/playground.md: its figures, from benchmarks/results/; and the README's picture of the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import performance_page

from benchmarks.playground import CHROMIUM, serving
from benchmarks.tables import tables_of

__all__ = ["picture", "read", "render", "write"]

HERE = Path(__file__).parent
SHOWN = "theme=light"
WORKS = ("playground", "soak")


def read(folder: Path = performance_page.RESULTS) -> dict[str, Any]:
    """The results of both works, as far as they were measured."""
    found = {name: performance_page.read_work(name, folder) for name in WORKS}
    return {name: result for name, result in found.items() if result is not None}


def render(text: str, results: Mapping[str, Any]) -> str:
    """The page with its tables written again."""
    made = [table for found in results.values() for table in tables_of(found)]
    tables = [f"**{table.title}**\n\n{performance_page.table(table)}" for table in made]
    measured = "\n\n".join([*tables, performance_page.machines(results)]) if results else None
    return performance_page.after_mark(text, "playground.md", WORKS, measured)


def write() -> None:
    """Write the page again."""
    path = HERE / "playground.md"
    path.write_text(render(path.read_text(encoding="utf-8"), read()), encoding="utf-8")


def picture() -> bytes:
    """The page as a person sees it, as PNG.

    Raises:
        RuntimeError: there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise RuntimeError("there is no Chromium; on Debian and Ubuntu: apt install chromium")
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900}, device_scale_factor=1.5)
        page.goto(f"{address}#{SHOWN}")
        page.locator("[data-story=spiral]").click()
        page.wait_for_function("() => document.documentElement.dataset.state === 'done'")
        taken = page.screenshot()
        browser.close()
    return taken
