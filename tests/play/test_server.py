"""What the server answers, and what it refuses as too much or as no JSON."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chainrule.play.server import answers, limits, pages, protocols
from tests.play.fakes import Running, running

JSON = "Content-Type: application/json"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as made:
        yield made


def test_the_schema_says_what_the_server_was_started_with() -> None:
    with running(given={"epochs": 7}) as server:
        status, _, body = server.ask("GET", "/api/schema")
    assert status == 200
    assert json.loads(body) == {"version": "0", "fields": [], "stories": [], "given": {"epochs": 7}}


def test_answers(server: Running) -> None:
    status, _, page = server.post("derive", {"settings": {}, "epoch": 3, "samples": [0, 2], "notation": "report"})
    assert (status, page) == (200, {"epoch": 3, "samples": [0, 2], "notation": "report"})
    _, _, code = server.post("code", {"settings": {}})
    assert code | {"bytes": base64.b64decode(code["bytes"]).decode()} == {
        "name": "run.py",
        "type": "text/x-python",
        "bytes": "print('é')\n",
    }
    _, _, model = server.post("model", {"settings": {}, "epoch": 0, "format": "onnx"})
    assert (model["name"], base64.b64decode(model["bytes"])) == ("model.onnx", b"\0\xff")
    _, _, opened = server.post("open", {"name": "a.csv", "bytes": base64.b64encode(b"1,2").decode()})
    assert opened == {"table": {"columns": ["a.csv"], "rows": [[3]]}}


def test_what_the_engine_refuses_is_400_and_names_the_field(server: Running) -> None:
    status, _, said = server.post("code", {"settings": {"epochs": -1}})
    assert (status, said) == (400, {"error": {"message": "epochs must be 1 to 100000, got -1", "field": "epochs"}})
    status, _, said = server.post("open", {"name": "a.exe", "bytes": ""})
    assert (status, said["error"]["message"]) == (400, "a.exe is of no kind that can be opened")


@pytest.mark.parametrize("where", ["bug", "bug_later"])
def test_our_own_mistakes_show_no_traceback(server: Running, where: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, headers, said = server.post(
            "derive", {"settings": {where: True}, "epoch": 0, "samples": [], "notation": "report"}
        )
    assert status == 500
    assert said == {"error": {"message": "the server made a mistake; its terminal says which", "field": None}}
    assert headers["x-content-type-options"] == "nosniff"
    assert "a mistake of ours" in caplog.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"run": NaN}', "there is no NaN in it"),
        (b'{"run": -Infinity}', "there is no -Infinity in it"),
        (b'{"run": 1e999}', "1e999 is too large a number"),
        (b'{"run": -1e999}', "-1e999 is too large a number"),
        (b'{"run": 12345678901234567890}', "12345678901234567890 is too large a whole number"),
        (b'{"run": 9007199254740993}', "too large a whole number"),
        (b'{"run": ' + b"9" * 1_000_000 + b"}", "too large a whole number"),
        (b'{"run": 1, "run": 2}', "a name stands twice"),
        (b'{"settings": {"a": 1, "\\u0061": 2}}', "a name stands twice"),
        (b'{"a": "\\ud800"}', "its text is no UTF-8"),
        (b'{"a": "\xff"}', "its text is no UTF-8"),
        (b'{"a": "\x00"}', "no JSON"),
        (b'{"a": ' + b"[" * 17 + b"]" * 17 + b"}", "nested more than 16 deep"),
        (b'{"a": ' + b"[" * 900_000 + b"]" * 900_000 + b"}", "nested too deeply"),
        (b'{"run": -1}', "run must be a whole number from 0"),
        (b'{"run": 1.0}', "run must be a whole number from 0"),
        (b'{"run": true}', "run must be a whole number from 0"),
        (b'{"run": "1"}', "run must be a whole number from 0"),
        (b'{"run": 1}', "channel must be a text"),
        (b'{"run": 1, "channel": ""}', "channel must be a text"),
        (b'{"run": 1, "channel": {}}', "channel must be a text"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_what_is_no_request_is_400(server: Running, body: bytes, message: str) -> None:
    if body.startswith(b'{"run": ') and b"settings" not in body and body.endswith(b"}"):
        body = body[:-1] + b', "settings": {}}'
    begun = time.monotonic()
    status, _, said = server.post("run", body)
    assert (status, message in said["error"]["message"]) == (400, True), said
    assert time.monotonic() - begun < 5
    assert len(said["error"]["message"]) < 200


@pytest.mark.parametrize("settings", [None, [], "xor", 1])
def test_settings_are_an_object(server: Running, settings: Any) -> None:
    for name in ("run", "seeds", "code"):
        status, _, said = server.post(name, {"run": 1, "channel": "a", "count": 1, "settings": settings})
        assert (status, said["error"]["field"]) == (400, "settings")


def test_what_json_has_passes() -> None:
    said = '{"a": [1e308, -9007199254740992, "é\\u00e9\\ud83d\\ude00", null, true], "b": {"a": 0.1}}'
    assert limits.strict_json(said.encode()) == json.loads(said)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (JSON, 200),
        ("content-type: Application/JSON; charset=UTF-8", 200),
        ("Content-Type: text/plain", 415),
        ("Content-Type: application/x-www-form-urlencoded", 415),
        ("Content-Type: multipart/form-data; boundary=application/json", 415),
        ("Content-Type: application/json; charset=utf-16", 415),
        ("Content-Type: application/jsonp", 415),
        (f"{JSON}\r\nContent-Encoding: gzip", 415),
        (f"{JSON}\r\n{JSON}", 403),
        ("X: y", 415),
    ],
)
def test_requests_are_json_by_their_type(server: Running, kind: str, status: int) -> None:
    answer = server.ask("POST", "/api/code", f"Origin: {server.origin}", kind, body=b'{"settings": {}}')
    assert answer[0] == status
    assert "error" in json.loads(answer[2]) or status == 200


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/api/run"), ("GET", "/api/code"), ("POST", "/api/schema"), ("PUT", "/")]
)
def test_other_methods_are_405(server: Running, method: str, target: str) -> None:
    status, headers, body = server.ask(method, target, f"Origin: {server.origin}")
    assert status == 405
    assert headers["allow"]
    assert json.loads(body)["error"]["message"] == f"{method} is not for this address"


def test_bodies_are_bounded(server: Running) -> None:
    own = f"Origin: {server.origin}"
    fits = b'{"settings": {"a": "' + b"a" * (limits.MOST_BYTES - 23) + b'"}}'
    assert len(fits) == limits.MOST_BYTES
    assert server.ask("POST", "/api/code", own, JSON, body=fits)[0] == 200
    assert server.ask("POST", "/api/code", own, JSON, body=fits + b" ")[0] == 413
    claimed = f"POST /api/code HTTP/1.1\r\nHost: {server.host}\r\n{own}\r\n{JSON}\r\nConnection: close\r\n"
    assert server.raw(claimed + "Content-Length: 99999999999\r\n\r\n{")[0] == 413
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert server.raw(claimed.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 40 + b"0\r\n\r\n")[0] == 413
    for length in ("-1", "1e3", "0x10", "1\r\nContent-Length: 2"):
        assert server.raw(claimed + f"Content-Length: {length}\r\n\r\n" + "{}")[0] in (400, 403)


def test_headers_and_addresses_are_bounded(server: Running) -> None:
    assert server.ask("GET", "/", "X: " + "a" * 15_000)[0] == 200
    assert server.ask("GET", "/", "X: " + "a" * 20_000)[0] == 431
    assert server.ask("GET", "/", *["X: a"] * 20_000)[0] == 431
    assert server.ask("GET", "/?" + "a" * 3_000)[0] == 200
    assert server.ask("GET", "/?" + "a" * 5_000)[0] == 414
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:  # one that never ends
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 15_000)
        time.sleep(0.1)
        connection.sendall(b"a" * 2_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"])
def test_what_is_no_http_is_400(server: Running, noise: bytes) -> None:
    status, _, body = server.raw(noise)
    assert (status, body) == (400, b"Bad Request")


def test_requests_that_trickle_in_end(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "SECONDS_TO_ARRIVE", 0.3)
    own = f"Host: {server.host}\r\nOrigin: {server.origin}\r\n{JSON}\r\n"
    head = f"POST /api/code HTTP/1.1\r\n{own}Content-Length: 16\r\n\r\n"
    for begin in ("", "GET / HT", head, head + '{"settings"'):
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.settimeout(0.1)
            connection.sendall(begin.encode())
            ended = False
            while not ended and time.monotonic() - begun < 5:
                try:
                    ended = connection.recv(100) == b""
                except TimeoutError:
                    if begin.startswith("GET"):
                        connection.sendall(b"T")  # a byte now and then keeps nothing open
                except ConnectionError:
                    ended = True
        assert ended, begin
    assert server.post("code", {"settings": {}})[0] == 200


def test_answers_take_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SECONDS", 0.2)
    with running() as slow:
        wanted = {"settings": {"pause": 1.0}, "epoch": 0, "samples": [], "notation": "report"}
        begun = time.monotonic()
        status, _, said = slow.post("derive", wanted)
        assert (status, "no answer within" in said["error"]["message"]) == (503, True)
        assert time.monotonic() - begun < 0.9
        assert slow.post("derive", wanted | {"settings": {}})[0] == 200


def test_files_are_served_with_their_types(server: Running) -> None:
    content = server.playing.files["/assets/a-1.js"].content
    status, headers, body = server.ask("GET", "/assets/a-1.js")
    assert (status, body) == (200, content)
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    _, headers, body = server.ask("GET", "/assets/a-1.js", "Accept-Encoding: gzip")
    assert (headers["content-encoding"], gzip.decompress(body)) == ("gzip", content)
    status, _, body = server.ask("GET", "/assets/a-1.js", f"If-None-Match: {headers['etag']}")
    assert (status, body) == (304, b"")
    assert server.ask("GET", "/")[1]["cache-control"] == "private, no-cache"
    status, headers, body = server.ask("HEAD", "/")
    assert (status, headers["content-length"], body) == (200, "34", b"")


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/%252e%252e%252fsecret.txt",
        "/assets/../../secret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/../static-sibling/secret.txt",
        "/%2e%2e/static-sibling/secret.txt",
        "/assets/a.js%00.txt",
        "/%00",
        "/link.txt",
        "/linked/secret.txt",
        "//secret.txt",
        "/assets//a.js",
        "/assets/./a.js",
        "/assets",
        "/assets/",
        "/assets/%61.js",
        "/ASSETS/a.js",
        "/index.html",
        "SECRET",
        "file:///SECRET",
        "http://127.0.0.1/SECRET",
    ],
)
def test_only_the_pages_files_are_served(tmp_path: Path, target: str) -> None:
    folder, sibling = tmp_path / "static", tmp_path / "static-sibling"
    (folder / "assets").mkdir(parents=True)
    sibling.mkdir()
    (folder / "index.html").write_text("page")
    (folder / "assets" / "a.js").write_text("let a")
    for place in (tmp_path / "secret.txt", sibling / "secret.txt"):
        place.write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(sibling)
    with running(files=pages.read(folder)) as server:
        status, _, body = server.ask("GET", target.replace("SECRET", f"{tmp_path}/secret.txt"))
        assert (status, b"secret" in body) in ((404, False), (400, False))
        assert status == 404 or not target.startswith("/")
        assert server.ask("GET", "/assets/a.js")[2] == b"let a"
        assert server.ask("GET", "/?..%2fsecret.txt")[2] == b"page"


def test_a_page_that_is_not_built_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`make play` builds it" in pages.missing(tmp_path)
    (tmp_path / "index.html").write_text("")
    assert pages.missing(tmp_path) == ""
    with running(files={}) as server:
        assert server.ask("GET", "/")[0] == 503


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="there is no /proc")
def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MOST_CONNECTIONS", 8)
    with running() as server:
        idle = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(20)]
        time.sleep(0.3)
        refused = 0
        for connection in idle:
            connection.settimeout(0.05)
            try:
                refused += connection.recv(1) == b""
            except TimeoutError:
                pass
            except ConnectionError:
                refused += 1
        assert refused == 12
        for connection in idle:
            connection.close()
        time.sleep(0.2)
        assert server.ask("GET", "/")[0] == 200
