"""What a test does to the page, and asks of it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page

__all__ = ["choose", "eventually", "fill", "run_of", "settings_of", "shown", "story", "trained"]


def trained(page: Page, after: int = -1) -> int:
    """Wait until the newest run is there, one later than `after`; its number."""
    page.wait_for_function(
        """after => { const { run, state } = document.documentElement.dataset;
        return Number(run) > after && ["done", "diverged"].includes(state); }""",
        arg=after,
    )
    return run_of(page)


def run_of(page: Page) -> int:
    """The number of the newest run that the page has drawn."""
    return int(page.evaluate("Number(document.documentElement.dataset.run)"))


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until that holds; the page goes on meanwhile."""
    for _ in range(400):
        if holds():
            return
        page.wait_for_timeout(25)
    assert holds()


def fill(page: Page, name: str, value: object) -> int:
    """Put a value into the control of a setting, as typing does; the run that follows."""
    before = run_of(page)
    shown(page, name).fill(str(value))
    return trained(page, before)


def choose(page: Page, name: str, option: str) -> int:
    """Choose an option of a setting; the run that follows."""
    before = run_of(page)
    shown(page, name).select_option(option)
    return trained(page, before)


def shown(page: Page, name: str) -> Locator:
    """The control of a setting, with what it is folded into opened."""
    control = page.locator(f"#setting-{name}")
    control.evaluate("""control => {
        for (let at = control; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    }""")
    return control


def story(page: Page, name: str) -> int:
    """Press the button of a story; the run that follows."""
    before = run_of(page)
    page.locator(f"[data-story={name}]").click()
    return trained(page, before)


def settings_of(page: Page) -> dict[str, str]:
    """What stands in the address after #, by name."""
    text = page.evaluate("location.hash.slice(1)")
    return dict(part.split("=", 1) for part in text.split("&") if "=" in part)
