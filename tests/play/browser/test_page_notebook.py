"""The playground in a real JupyterLab: a cell draws it, and page and Python have one state."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

import chainrule as cr
from tests.play.browser.conftest import Watched, missing, require, started
from tests.play.browser.driving import eventually

NETWORK = 'cr.Network([2, 3, 1], hidden="tanh", seed=0)'
BEGIN = f"import chainrule as cr\nwidget = cr.playground({NETWORK}, *cr.datasets.xor())\nwidget"
READ = "print(widget.settings['seed'], widget.epoch, widget.network.predict([[0.2, 0.7]]).item())"
THREADS = "import threading\nprint(sum(each.name == 'chainrule playground' for each in threading.enumerate()))"
DONE = re.compile(r"\[\d+\]:")


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cells = page.locator(".jp-CodeCell")

    def run(self, number: int) -> None:
        """Run a cell to its end."""
        cell = self.cells.nth(number)
        count = cell.locator(".jp-InputArea-prompt")
        before = count.inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        eventually(self.page, lambda: count.inner_text() != before and DONE.fullmatch(count.inner_text()) is not None)

    def drawn(self, number: int) -> Locator:
        """Run a cell that ends with a widget; the widget, trained."""
        self.run(number)
        widget = self.cells.nth(number).locator(".chainrule-playground")
        expect(widget).to_have_attribute("data-state", "done")
        return widget

    def prints(self, number: int, *wanted: str) -> None:
        """Run a cell until it prints one of these: the page tells Python of a change when it has come to rest."""

        def printed() -> str:
            self.run(number)
            return self.cells.nth(number).locator(".jp-OutputArea-output").inner_text().strip()

        eventually(self.page, lambda: printed() in wanted)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebooks lie, and what Jupyter keeps."""
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="module")
def jupyter(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab as it is by default, but for its own questions to other hosts."""
    require(missing() or ("" if find_spec("jupyterlab") else "there is no JupyterLab: pip install jupyterlab"))
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")
    yield from started(
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.extension_manager=readonly",
        JUPYTERLAB_SETTINGS_DIR=str(folder / "settings"),
        **{place: str(folder / place.lower()) for place in own},
    )


@pytest.fixture
def open_notebook(context: BrowserContext, watched: Watched, jupyter: str, folder: Path) -> Iterator[Any]:
    """Opens a notebook of these cells. At the end: no error was said, and no other host was asked."""
    tracebacks: list[str | bytes] = []

    def look(message: str | bytes) -> None:
        """What the kernel says when no cell runs is drawn in no cell."""
        if b"Traceback" in (message if isinstance(message, bytes) else message.encode()):
            tracebacks.append(message)

    def opened(*cells: str) -> Notebook:
        code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        content = [{**code, "id": f"cell{number}", "source": source} for number, source in enumerate(cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        name = f"{secrets.token_hex(4)}.ipynb"
        made = {"cells": content, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (folder / name).write_text(json.dumps(made))
        page = context.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", look))
        page.goto(jupyter.replace("/lab?", f"/doc/tree/{name}?"))
        page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for()
        return Notebook(page)

    yield opened
    watched.found_nothing(jupyter)
    assert tracebacks == []
    assert [url for url in watched.asked if re.search("/lab/api/(news|update|extensions)", url)] == []


def read(widget: Any) -> str:
    """What READ prints of it."""
    return f"{widget.settings['seed']} {widget.epoch} {widget.network.predict([[0.2, 0.7]]).item()}"


def test_the_page_and_python_have_one_state(open_notebook: Any) -> None:
    book = open_notebook(BEGIN, READ, "widget.settings |= {'hidden': [5], 'epochs': 300}\nwidget.epoch = 40")
    widget = book.drawn(0)
    # The same bits as here, where the same is done without a notebook.
    same = cr.playground(cr.Network([2, 3, 1], hidden="tanh", seed=0), *cr.datasets.xor())
    book.prints(1, read(same))
    widget.locator("#setting-seed").fill("7")
    same.settings |= {"seed": 7}
    book.prints(1, read(same))
    stands = widget.locator("output[for=cursor]")
    stands.scroll_into_view_if_needed()  # what is out of sight is not drawn
    widget.locator("#cursor").fill("1")
    same.epoch = 1
    book.prints(1, read(same))

    run = widget.get_attribute("data-run")
    book.run(2)
    expect(widget).not_to_have_attribute("data-run", str(run))
    expect(widget.locator("#setting-hidden-0")).to_have_value("5")
    expect(widget.locator("#setting-epochs")).to_have_value("300")
    stands.scroll_into_view_if_needed()
    expect(stands).to_have_text(re.compile("^epoch (3|4).* of 300$"))
    same.settings |= {"hidden": [5], "epochs": 300}
    same.epoch = int(stands.inner_text().split()[1])
    book.prints(1, read(same))


def test_the_page_is_at_home_in_the_notebook(open_notebook: Any) -> None:
    book = open_notebook(BEGIN)
    page, widget = book.page, book.drawn(0)
    # Keys that mean something to the notebook are not for it while the page has the focus.
    widget.locator("[data-story]").first.focus()
    for key in ("a", "b", "d", "d"):
        page.keyboard.press(key)
    expect(book.cells).to_have_count(1)
    widget.get_by_role("button", name="Step inside").click()
    step = widget.locator(".inside-way select")
    expect(step).to_have_js_property("selectedIndex", 0)
    page.keyboard.press("ArrowRight")
    expect(step).to_have_js_property("selectedIndex", 1)

    assert widget.get_attribute("data-theme") == "light"
    light = colour(widget)
    page.get_by_text("Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(widget).to_have_attribute("data-theme", "dark")
    eventually(page, lambda: all(dark < bright for dark, bright in zip(colour(widget), light, strict=True)))

    page.set_viewport_size({"width": 560, "height": 900})
    eventually(page, lambda: tops(widget) == sorted(tops(widget)))
    assert widget.evaluate("widget => widget.scrollWidth <= widget.clientWidth")


def test_widgets_are_their_own_and_views_of_one_are_one(open_notebook: Any) -> None:
    long = "other = cr.playground(seed=3, data='spirals', hidden=[8, 8], batch_size=8, epochs=20_000)\nother"
    book = open_notebook(BEGIN, "widget", long, THREADS, "other.close()")
    first, second = book.drawn(0), book.drawn(1)
    book.run(2)
    other = book.cells.nth(2).locator(".chainrule-playground")
    first.locator("#setting-seed").fill("9")
    expect(second.locator("#setting-seed")).to_have_value("9")
    expect(other.locator("#setting-seed")).to_have_value("3")
    for view in (first, second):
        red, _, blue = colour(view)
        assert red > blue + 20  # in colours, not in greys
    # A cell that is run again trains anew, and what it trained before ends.
    for _ in range(3):
        book.run(2)
        expect(other).to_have_attribute("data-state", "training")
    book.prints(3, "1", "0")  # it may be over by now
    book.run(4)
    book.prints(3, "0")


def colour(widget: Locator) -> list[float]:
    """Red, green and blue of the surface, on average."""
    surface = widget.locator(".plane-surface")
    surface.scroll_into_view_if_needed()
    pixels = surface.evaluate("""surface => {
        const small = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true });
        small.drawImage(surface, 0, 0, 32, 32);
        return [...small.getImageData(0, 0, 32, 32).data];
    }""")
    return [sum(pixels[channel::4]) / 32**2 for channel in range(3)]


def tops(widget: Locator) -> list[float]:
    """How far down the panels begin that a narrow page shows in this order."""
    boxes = [widget.locator(f"#panel-{name}").bounding_box() for name in ("stories", "plane", "controls", "drawing")]
    return [box["y"] for box in boxes if box]
