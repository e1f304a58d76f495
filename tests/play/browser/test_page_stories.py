"""Every story is one click away, and shows what it tells."""

import pytest
from playwright.sync_api import expect

from chainrule.play.stories import STORIES
from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import story


@pytest.mark.parametrize("name", [each["name"] for each in STORIES])
def test_a_story_trains_what_it_says(open_page: Open, watched: Watched, name: str) -> None:
    page = open_page()
    told = next(each for each in STORIES if each["name"] == name)
    if page.locator(f"[data-story={name}]").get_attribute("aria-current") != "true":
        story(page, name)
    for field, value in told["settings"].items():
        asked = watched.settings[field]
        assert (asked | value if isinstance(value, dict) else value) == asked
    for language in ("en", "zh-Hant"):
        page.locator("#language").select_option(language)
        said = page.locator("#panel-stories").inner_text()
        assert "{" not in said
        assert "_" not in said  # every name has its words


@pytest.mark.parametrize("name", ["report_linear", "report_xor"])
def test_the_reports_experiments_reach_every_point(open_page: Open, name: str) -> None:
    page = open_page()
    story(page, "spiral")
    story(page, name)
    expect(page.locator(".status-line")).to_contain_text("100 %")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("vanishing_gradient", "gradient"),
        ("dead_relu", "dead"),
        ("divergence", "diverged"),
        ("symmetry", "same"),
        ("overfitting", "overfit"),
    ],
)
def test_a_story_of_failure_says_what_is_wrong(open_page: Open, name: str, word: str) -> None:
    page = open_page()
    expect(page.locator("#panel-words")).not_to_contain_text(word)
    story(page, name)
    expect(page.locator("#panel-words")).to_contain_text(word)
