"""Runs beside one another: pins, their differences, and a hundred seeds."""

import re

import pytest
from playwright.sync_api import expect

from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import choose, fill, shown


def test_up_to_four_pins_with_their_differences(open_page: Open, watched: Watched) -> None:
    page = open_page("epochs=200")
    for units in (2, 4, 5, 6):
        page.locator("#pin").click()
        fill(page, "hidden-0", units)
    expect(page.locator("#pin")).to_be_disabled()
    table = page.locator(".compare-table")
    expect(table.locator("thead th")).to_have_count(5)
    row = table.locator("tbody tr", has_text=re.compile("[Hh]idden|[Uu]nits|[Ll]ayers"))
    expect(row).to_contain_text("6")
    expect(row).to_contain_text("3")
    expect(table).not_to_contain_text("Optimizer")  # what does not differ is not listed
    before = len(watched.runs)
    page.locator("[data-restore]").first.click()
    page.wait_for_timeout(300)
    assert len(watched.runs) > before
    assert watched.settings["hidden"] == [3, 3]
    page.locator("[data-unpin]").first.click()
    expect(table.locator("thead th")).to_have_count(4)
    expect(page.locator("#pin")).to_be_enabled()


@pytest.mark.parametrize("panel", ["curves", "gradients"])
def test_a_pin_stays_as_a_ghost_in_the_charts(open_page: Open, panel: str) -> None:
    page = open_page("epochs=200")
    curves = page.locator(f"#panel-{panel} canvas").first
    page.locator("#pin").click()
    choose(page, "optimizer", "adam")
    page.wait_for_timeout(100)
    with_ghost = curves.evaluate("canvas => canvas.toDataURL()")
    page.locator("[data-unpin]").first.click()
    page.wait_for_timeout(100)
    assert curves.evaluate("canvas => canvas.toDataURL()") != with_ghost


def test_a_hundred_seeds(open_page: Open) -> None:
    page = open_page()
    page.locator("#seeds").click()
    panel = page.locator("#panel-seeds")
    expect(panel).to_contain_text(re.compile(r"\b\d+ of 100\b"), timeout=30_000)
    expect(page.locator("#seeds-cancel")).to_have_count(0, timeout=30_000)
    solved = re.search(r"(\d+) of 100", panel.inner_text())
    assert solved is not None
    assert 50 < int(solved[1]) < 100  # about one XOR network in six never solves it


def test_a_fan_can_be_cancelled(open_page: Open) -> None:
    page = open_page("data=spirals&hidden=8,8&batch_size=32&epochs=10")
    shown(page, "epochs").fill("50000")
    page.locator("#seeds").click()
    panel = page.locator("#panel-seeds")
    expect(panel).to_contain_text("0 of 100; the time left is known after the first")
    page.locator("#seeds-cancel").click()
    expect(page.locator("#seeds-cancel")).to_have_count(0)
    expect(panel).to_contain_text("Stopped before a seed had run")
    expect(panel.locator("canvas")).to_have_count(0)
