"""`chainrule play` as a person has it: what it says, how it ends, what it does about a port that is taken."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from chainrule import cli
from chainrule.play.server import pages, serving

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from chainrule import cli
from chainrule.play.server import engine, pages
from tests.play.fakes import Fake
pages.FOLDER = Path(sys.argv[1])
engine.real = lambda: Fake().engine()
cli.main(sys.argv[2:])
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("the page")
    return tmp_path / "page"


@contextmanager
def started(page: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and the first line that it says."""
    command = [sys.executable, "-c", PROGRAM, str(page), "play", *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def url_in(line: str) -> str:
    found = re.fullmatch(r"The playground is at (http://127\.0\.0\.1:\d+/\S*)\n", line)
    assert found, line
    return found[1]


def post(url: str, name: str, body: dict[str, Any]) -> int:
    headers = {"Content-Type": "application/json", "Origin": url.rstrip("/")}
    request = urllib.request.Request(f"{url}api/{name}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return int(answer.status)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_with_pages_open_and_runs_under_way(page: Path, sent: signal.Signals) -> None:
    with started(page, "--port", "0", "--no-browser") as (process, line):
        url = url_in(line)
        assert urllib.request.urlopen(url).read() == b"the page"
        idle = socket.create_connection(("127.0.0.1", int(url.split(":")[2].strip("/"))))
        with connect(f"{url.replace('http', 'ws')}api/channel", origin=url.rstrip("/")) as tab:
            tab.send('{"type": "hello", "channel": "a"}')
            settings = {"frames": 2, "pause": 60}  # its thread hears of no end
            assert post(url, "run", {"channel": "a", "run": 1, "settings": settings}) == 202
            tab.recv(5)
            begun = time.monotonic()
            process.send_signal(sent)
            out, err = process.communicate(timeout=10)
            assert time.monotonic() - begun < 3  # a loaded machine; it takes 0.3 s
        idle.close()
    assert (process.returncode, err) == (0, "")
    assert out in ("", "Ctrl-C stops it.\n")  # `readline` may have taken it along


def test_it_opens_the_browser_when_it_is_ready(page: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!{sys.executable}\nimport sys, urllib.request\nopen({str(seen)!r}, "w").write('
        "sys.argv[1] + urllib.request.urlopen(sys.argv[1]).read().decode())\n"
    )
    browser.chmod(0o755)
    with started(page, "--port", "0", BROWSER=str(browser)) as (_, line):
        end = time.monotonic() + 10
        while not (seen.exists() and seen.read_text().endswith("page")) and time.monotonic() < end:
            time.sleep(0.02)
        assert seen.read_text() == f"{url_in(line)}the page"


def test_others_need_the_token_that_is_printed(page: Path) -> None:
    with started(page, "--port", "0", "--no-browser", "--host", "0.0.0.0") as (process, line):
        url = url_in(line)
        assert re.search(r"\?token=[\w-]{32}$", url)
        assert process.stdout is not None
        other = process.stdout.readline()
        assert other.startswith("From other machines: http://")
        assert other.rstrip().endswith(url.partition(":")[2].partition(":")[2])
        jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert jar.open(url).read() == b"the page"
        assert jar.open(url.partition("?")[0]).read() == b"the page"
        with pytest.raises(urllib.request.HTTPError, match="401"):
            urllib.request.urlopen(url.partition("?")[0])


def test_a_port_that_is_taken_is_said_and_the_next_is_named(page: Path) -> None:
    with serving.bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with started(page, "--port", str(port), "--no-browser") as (process, line):
            _, err = process.communicate(timeout=20)
    assert (process.returncode, line) == (2, "")
    found = re.fullmatch(rf"chainrule: port {port} is taken; port (\d+) is free: --port (\d+)\n", err)
    assert found, err
    assert found[1] == found[2]
    assert int(found[1]) > port


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
@pytest.mark.parametrize("answer", ["\n", "n\n"])
def test_on_a_terminal_the_next_port_is_offered(page: Path, answer: str) -> None:
    with serving.bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        master, slave = pty.openpty()
        command = [sys.executable, "-c", PROGRAM, str(page), "play", "--port", str(port), "--no-browser"]
        with subprocess.Popen(command, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, close_fds=True) as process:
            os.close(slave)
            said = ""
            while "Y/n]" not in said:
                said += os.read(master, 1000).decode()
            assert f"Port {port} is taken. Take port " in said
            os.write(master, answer.encode())
            said = ""
            wanted = "Ctrl-C stops it" if answer == "\n" else "interrupted"
            while wanted not in said:
                said += os.read(master, 1000).decode()
            if answer == "\n":
                process.send_signal(signal.SIGINT)
            assert process.wait(10) == (0 if answer == "\n" else 1)
        os.close(master)


def refused(capsys: pytest.CaptureFixture[str], *options: str | Path) -> str:
    """What a command says that cannot begin: one line, exit code 2."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["play", "--no-browser", *map(str, options)])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.startswith("chainrule: ")
    assert said.err.count("\n") == 1
    return said.err


def test_a_page_that_is_not_built_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    assert "`make play` builds it" in refused(capsys)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets"])
def test_a_missing_package_is_said(missing: str) -> None:
    hidden = f"import sys; sys.modules[{missing!r}] = None; from chainrule import cli; cli.main(['play'])"
    made = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, cwd=ROOT)
    assert (made.returncode, made.stdout) == (2, "")
    assert made.stderr == f"chainrule: the playground needs {missing}: pip install 'chainrule[play]'\n"


def test_what_it_cannot_begin_with_is_said_in_one_line(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "FOLDER", page)
    (tmp_path / "run.json").write_text("{")
    (tmp_path / "text.csv").write_text("a,b\nx,y\n")
    for options in (
        ["--data", tmp_path / "nothing.csv"],
        ["--data", tmp_path],
        ["--data", tmp_path / "text.csv"],
        ["--open", tmp_path / "nothing.json"],
        ["--open", tmp_path / "run.json"],
        ["--open", tmp_path / "text.csv"],
        ["--data", "a.csv", "--open", "a.json"],
        ["--port", "65536"],
        ["--port", "0", "--host", "no such host"],
        ["--port", "0", "--host", "192.0.2.1"],
    ):
        assert "Traceback" not in refused(capsys, *options)
