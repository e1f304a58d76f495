"""The page for everyone: without a mouse, on a phone, in the dark, read aloud, in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import run_of, trained

AXE = Path(__file__).parents[3] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    said = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
    # Since ARIA 1.2 what is inside a formula is no mere picture: its numbers may be links. The audit follows ARIA 1.1.
    return [line for line in said if not line.startswith("nested-interactive: <math")]


@pytest.mark.parametrize(
    "context",
    [{}, {"color_scheme": "dark"}, PHONE, {"locale": "zh-TW"}, {"reduced_motion": "reduce"}],
    ids=["light", "dark", "phone", "chinese", "still"],
    indirect=True,
)
def test_an_audit_finds_nothing(open_page: Open) -> None:
    page = open_page()
    page.locator("#panel-inside button.primary").click()
    page.locator("#pin").click()
    page.locator("#take-code").click()
    page.locator(".inside-place").wait_for()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert violations(page) == []


def test_the_audit_can_fail(open_page: Open) -> None:
    page = open_page()
    page.evaluate("document.body.append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in violations(page))


def test_everything_is_reached_by_the_keyboard(open_page: Open) -> None:
    page = open_page()
    page.evaluate("document.activeElement?.blur()")
    reached: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        at, seen = page.evaluate("""() => {
            const at = document.activeElement, style = getComputedStyle(at);
            const host = at.closest("[id^=panel-]")?.id ?? "";
            return [`${host} ${at.id || at.dataset.story || at.tagName}`,
                style.outlineStyle !== "none" || style.boxShadow !== "none"
                || at.matches(".unit") && getComputedStyle(at.querySelector(".frame")).strokeWidth === "4px"];
        }""")
        if at.endswith("BODY"):
            break
        assert seen, f"nothing shows that {at} has the focus"
        reached.append(at)
    panels = {at.split(" ")[0] for at in reached}
    wanted = "controls plane timeline curves drawing inside compare seeds take stories"
    assert {f"panel-{name}" for name in wanted.split()} <= panels


def test_a_story_by_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    before = run_of(page)
    page.locator("[data-story=report_linear]").focus()
    page.keyboard.press("Enter")
    trained(page, before)


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_a_phone_scrolls_one_way_only(open_page: Open) -> None:
    page = open_page()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#panel-plane canvas").first.bounding_box()
    assert box is not None
    assert box["width"] >= 280


def test_lecture_mode_is_larger_and_hides_what_it_is_told(open_page: Open) -> None:
    size = "Number.parseFloat(getComputedStyle(document.querySelector('#panel-words')).fontSize)"
    page = open_page()
    small = page.evaluate(size)
    page = open_page("lecture=on&hide=compare,take")
    assert page.evaluate(size) > 1.15 * small
    expect(page.locator("#panel-compare")).to_be_hidden()
    expect(page.locator("#panel-take")).to_be_hidden()
    expect(page.locator("#panel-plane")).to_be_visible()


@pytest.mark.parametrize("context", [{"locale": "zh-TW"}], indirect=True)
def test_the_browsers_language_is_taken(open_page: Open) -> None:
    page = open_page()
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    expect(page.locator("#panel-controls")).to_contain_text("學習率")


def test_the_address_cannot_break_the_page(open_page: Open, watched: Watched) -> None:
    page = open_page("data=%3Cscript%3E&epochs=-1&hidden=9999,x&optimizer=__proto__&points=AAAA&learning_rate=1e999")
    assert watched.settings["data"] == "xor"
    assert watched.settings["hidden"] == [3, 3]
    assert page.locator("script:not([src])").count() == 0


def test_no_other_page_may_ask(context: BrowserContext, watched: Watched, address: str) -> None:
    page = context.new_page()
    page.goto("data:text/html,<title>foreign</title>")
    host = address.split("#")[0].rstrip("/").replace("http://", "")
    refused = page.evaluate(
        """async host => {
        const post = type => fetch(`http://${host}/api/run`, {
            method: "POST", mode: "no-cors", headers: {"Content-Type": type}, body: "{}",
        }).then(answer => answer.type, () => "blocked");
        const socket = new Promise(done => {
            const channel = new WebSocket(`ws://${host}/api/channel`);
            channel.onopen = () => done("open");
            channel.onerror = () => done("refused");
        });
        return [await post("text/plain"), await socket];
    }""",
        host.split("/")[0],
    )
    assert refused[0] in ("opaque", "blocked")  # it may be sent, but nothing of the answer is to be had
    assert refused[1] == "refused"
    assert watched.errors  # the browser says so in the console
    watched.errors.clear()
