"""The time cursor: everything shows that moment, and nothing is trained again."""

from playwright.sync_api import Page, expect

from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import fill, run_of, trained


def picture(page: Page, panel: str) -> str:
    """What a panel shows: the pixels of its canvases and its drawings as text."""
    shown = page.locator(f"#panel-{panel}")
    shown.scroll_into_view_if_needed()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return str(
        shown.evaluate("""shown => [...shown.querySelectorAll("canvas, svg")]
        .map(each => each instanceof HTMLCanvasElement ? each.toDataURL() : each.outerHTML).join()""")
    )


def cursor_to(page: Page, share: float) -> None:
    page.locator("#cursor").evaluate(
        """(input, share) => {
        input.value = String(Math.round(share * Number(input.max)));
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }""",
        share,
    )
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_everything_shows_the_moment_of_the_cursor(open_page: Open, watched: Watched) -> None:
    page = open_page()
    asked, run = len(watched.asked), run_of(page)
    seen = {panel: set[str]() for panel in ("plane", "drawing", "histograms")}
    said = set()
    for share in (0.0, 0.5, 1.0):
        cursor_to(page, share)
        for panel, pictures in seen.items():
            pictures.add(picture(page, panel))
        said.add(page.locator(".status-line").inner_text())
    assert [len(pictures) for pictures in seen.values()] == [3, 3, 3]
    assert len(said) == 3
    assert [url for url in watched.asked[asked:] if "/api/" in url] == []
    assert run_of(page) == run


def test_the_cursor_goes_by_the_keyboard(open_page: Open) -> None:
    page = open_page()
    page.locator("#cursor").focus()
    page.keyboard.press("Home")
    expect(page.locator("#panel-timeline")).to_contain_text("0")
    first = picture(page, "plane")
    epoch = page.locator(".status-line").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".status-line")).not_to_have_text(epoch)
    page.keyboard.press("End")
    assert picture(page, "plane") != first


def test_a_weight_changed_by_hand_trains_on_from_there(open_page: Open, watched: Watched) -> None:
    page = open_page()
    cursor_to(page, 0.5)
    before = run_of(page)
    page.locator("#panel-drawing summary").press("Enter")
    page.locator("#edit-value").fill("2.5")
    page.locator("#edit-value").press("Enter")
    trained(page, before)
    [(epoch, place, value)] = watched.settings["edits"]
    assert 0 < epoch < 5000
    assert (place, value) == (0, 2.5)


def test_a_long_run_streams_and_the_newest_wins(open_page: Open, watched: Watched) -> None:
    page = open_page("data=spirals&hidden=16,16&activations=tanh,tanh&epochs=20000&batch_size=10", wait=False)
    page.wait_for_function("() => document.documentElement.dataset.state === 'training'")
    last = fill(page, "epochs", 20)
    assert watched.settings["epochs"] == 20
    page.wait_for_timeout(300)
    assert run_of(page) == last
