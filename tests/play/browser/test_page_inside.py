"""The walk through one training step: the numbers of `chainrule derive`, one step a key."""

import re

from playwright.sync_api import expect

import chainrule as cr
from tests.play.browser.conftest import Open
from tests.play.browser.driving import story


def test_a_walk_goes_forwards_and_backwards_by_the_arrow_keys(open_page: Open) -> None:
    page = open_page()
    page.locator("#panel-inside button.primary").click()
    X, y = cr.datasets.xor()
    steps = cr.derive(cr.Network([2, 3, 3, 1], seed=0), X[:1], y[:1], optimizer=cr.SGD(0.3, momentum=0.9)).steps
    place = page.locator(".inside-place")
    expect(place).to_contain_text(re.compile(rf"\b1\b.*\b{len(steps)}\b"))
    lit = set()
    for number in range(2, len(steps) + 1):
        page.keyboard.press("ArrowRight")
        expect(place).to_contain_text(re.compile(rf"\b{number}\b.*\b{len(steps)}\b"))
        lit.add(page.locator(".inside-beside .lit").count())
    assert max(lit) > 0
    drawing = page.locator("#panel-drawing")
    drawing.scroll_into_view_if_needed()  # what is out of sight is not drawn
    expect(drawing.locator(".lit")).not_to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(place).to_contain_text(re.compile(rf"\b{len(steps) - 1}\b.*\b{len(steps)}\b"))


def test_the_numbers_are_those_of_this_moment(open_page: Open) -> None:
    page = open_page()
    page.locator("#cursor").focus()
    page.keyboard.press("Home")
    page.locator("#panel-inside button.primary").click()
    X, y = cr.datasets.xor()
    first = cr.derive(cr.Network([2, 3, 3, 1], seed=0), X[:1], y[:1]).steps[0]
    shown = page.locator("#panel-inside .inside-paper, #panel-inside").last
    for value in first.result[0]:
        expect(shown).to_contain_text(f"{abs(value):.5g}")


def test_both_notations(open_page: Open) -> None:
    page = open_page()
    page.locator("#panel-inside button.primary").click()
    expect(page.locator(".inside-proved")).to_be_visible()
    seen = set()
    for notation in ("report", "standard"):
        page.locator("#inside-notation").select_option(notation)
        page.wait_for_timeout(600)
        seen.add(page.locator(".inside-paper section").first.inner_html())
    assert len(seen) == 2


def test_the_walk_follows_the_run(open_page: Open) -> None:
    page = open_page()
    page.locator("#panel-inside button.primary").click()
    expect(page.locator(".inside-foot")).to_contain_text("5000")
    story(page, "report_linear")
    expect(page.locator(".inside-foot")).not_to_contain_text("5000")
