"""A real browser before a real server: headless Chromium, driven by Playwright.

Where there is no Chromium or the page is not built these tests are skipped with a word on how to get them, but never
under CI, where that is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.play.browser.driving import trained

Open = Callable[..., Page]

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.long)


def missing() -> str:
    """What the tests lack, and how to get it."""
    if CHROMIUM is None:
        return "there is no Chromium; on Debian and Ubuntu: apt install chromium"
    if not resources.files("chainrule.play").joinpath("static/index.html").is_file():
        return "the page is not built; `make page` builds it"
    return ""


def require(lacking: str) -> None:
    """Skip what lacks something, or fail under CI."""
    if lacking:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file: while Playwright is at work, no other test may have an event loop."""
    require(missing())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server that runs as a person starts it."""
    require(missing())
    yield from serving()


def serving(*options: str | Path) -> Generator[str]:
    """A server with these options: its address, until the test is over. It said no traceback."""
    said = yield from started("chainrule", "play", "--no-browser", "--port", "0", *map(str, options))
    assert "Traceback" not in said


def started(module: str, *options: str, **environment: str) -> Generator[str, None, str]:
    """Whatever module is a server that says its address: that address, until the test is over; all that it said."""
    command = [sys.executable, "-m", module, *options]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"} | environment
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := ADDRESS.search(line):
                break
        else:
            raise AssertionError(f"the server said {said!r}")
        try:
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                rest, _ = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0, rest
    return said + rest


def complaints(message: ConsoleMessage) -> list[str]:
    """What a message in the console complains of."""
    return [message.text] if message.type in ("error", "warning") else []


class Watched:
    """What a context's pages say in the console, and whom they ask."""

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.runs: list[dict[str, Any]] = []
        context.on("console", lambda message: self.errors.extend(complaints(message)))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self.note)

    def note(self, request: Request) -> None:
        self.asked.append(request.url)
        if request.url.endswith("/api/run") and request.method == "POST":
            self.runs.append((request.post_data_json or {}).get("settings", {}))

    def found_nothing(self, address: str) -> None:
        """No error was said, and no other host was asked."""
        assert self.errors == []
        own = address.split("/")[2]
        assert [url for url in self.asked if not url.startswith(("blob:", f"http://{own}/", f"ws://{own}/"))] == []

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the newest run that the page has asked for."""
        return self.runs[-1]


@pytest.fixture
def watched(context: BrowserContext) -> Watched:
    return Watched(context)


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser as a new user has it; `@pytest.mark.parametrize("context", [{...}], indirect=True)` gives options."""
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | getattr(request, "param", {})
    context = browser.new_context(accept_downloads=True, permissions=["clipboard-read", "clipboard-write"], **options)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext, watched: Watched, address: str) -> Iterator[Open]:
    """Opens the page and waits for its first run. At the end: no error was said, and no other host was asked."""

    def opened(state: str = "", *, wait: bool = True) -> Page:
        page = context.new_page()
        page.goto(address + (f"#{state}" if state else ""))
        if wait:
            trained(page)
        return page

    yield opened
    watched.found_nothing(address)
