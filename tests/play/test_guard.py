"""Who is refused, and beside each of them who is not. Requests are sent as bytes: a library would mend them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chainrule.play.server.guard import Address
from tests.play.fakes import HANDSHAKE, Running, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as made:
        yield made


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_its_own_names_are_let_in(server: Running, name: str) -> None:
    status, _, body = server.ask("GET", "/", host=f"{name}:{server.port}")
    assert (status, body) == (200, b"<!doctype html><title>page</title>")


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "localhost.evil.com:PORT",
        "127.0.0.1.evil.com:PORT",
        "evil.com:PORT",
        "localhost.:PORT",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:PORT0",
        "127.0.0.1:PORT:PORT",
        "user@127.0.0.1:PORT",
        "127.0.0.2:PORT",
        "2130706433:PORT",
        "0.0.0.0:PORT",
        "null",
        "",
    ],
)
def test_other_names_are_refused(server: Running, host: str) -> None:
    status, headers, body = server.ask("GET", "/api/schema", host=host.replace("PORT", str(server.port)))
    assert status == 403
    assert b"Traceback" not in body
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("second", ["Host: {host}", "Host: evil.com", "Origin: {origin}\r\nOrigin: {origin}"])
def test_headers_that_stand_twice_are_refused(server: Running, second: str) -> None:
    line = second.format(host=server.host, origin=server.origin)
    assert server.ask("GET", "/", line)[0] == 403
    assert server.ask("GET", "/", f"Origin: {server.origin}")[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.com",
        "null",
        "http://localhost.evil.com:PORT",
        "https://HOST",
        "http://127.0.0.1",
        "http://localhost:PORT",
    ],
)
def test_pages_of_others_are_refused(server: Running, origin: str) -> None:
    line = "Origin: " + origin.replace("HOST", server.host).replace("PORT", str(server.port))
    own = f"Origin: {server.origin}"
    kind, body = "Content-Type: application/json", b'{"settings": {}}'
    assert server.ask("GET", "/", line)[0] == 403
    assert server.ask("POST", "/api/code", line, kind, body=body)[0] == 403
    assert server.ask("GET", "/api/channel", line, *HANDSHAKE)[0] == 403
    assert server.ask("GET", "/", own)[0] == 200
    assert server.ask("POST", "/api/code", own, kind, body=body)[0] == 200


def test_what_acts_says_where_it_comes_from(server: Running) -> None:
    assert server.ask("POST", "/api/code", "Content-Type: application/json", body=b'{"settings": {}}')[0] == 403
    assert server.ask("GET", "/api/channel", *HANDSHAKE)[0] == 403
    assert server.ask("OPTIONS", "/api/code")[0] == 403
    assert server.ask("GET", "/api/schema")[0] == 200


def test_a_socket_of_the_page_is_let_in(server: Running) -> None:
    server.shaken().close()


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
)
def test_what_the_browser_says_of_the_sender_is_heeded(server: Running, site: str, status: int) -> None:
    assert server.ask("GET", "/api/schema", f"Sec-Fetch-Site: {site}")[0] == status
    assert server.ask("GET", "/assets/a-1.js", f"Sec-Fetch-Site: {site}")[0] == status


def test_a_link_to_the_page_may_stand_anywhere(server: Running) -> None:
    link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
    assert server.ask("GET", "/", *link)[0] == 200
    assert server.ask("GET", "/", *link[:2], "Sec-Fetch-Dest: iframe")[0] == 403
    assert server.ask("GET", "/api/schema", *link)[0] == 403


@pytest.mark.parametrize("target", ["/", "/assets/a-1.js", "/api/schema", "/nothing", "/api/run"])
def test_every_answer_confines_the_page(server: Running, target: str) -> None:
    _, headers, _ = server.ask("GET", target)
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        f"connect-src 'self' ws://{server.host}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "cache-control" in headers
    assert "server" not in headers


@pytest.fixture(scope="module")
def locked() -> Iterator[Running]:
    with running(token="a-secret") as made:
        yield made


def test_with_a_token_nothing_is_open(locked: Running) -> None:
    cookie = f"Cookie: a=b; chainrule_{locked.port}=a-secret; c=d"
    for target in ("/", "/api/schema", "/assets/a-1.js", "/nothing"):
        assert locked.ask("GET", target)[0] == 401
        assert locked.ask("GET", target, cookie)[0] == (404 if target == "/nothing" else 200)
    own = f"Origin: {locked.origin}"
    assert locked.ask("GET", "/api/channel", own, *HANDSHAKE)[0] == 401
    body, kind = b'{"settings": {}}', "Content-Type: application/json"
    assert locked.ask("POST", "/api/code", own, kind, body=body)[0] == 401
    assert locked.ask("POST", "/api/code", own, kind, cookie, body=body)[0] == 200
    assert locked.ask("GET", "/", cookie.replace("a-secret", "a-secre"))[0] == 401
    assert locked.ask("GET", "/", cookie, host="evil.com")[0] == 403


def test_the_address_that_is_printed_brings_the_token_once(locked: Running) -> None:
    status, headers, _ = locked.ask("GET", "/?token=a-secret")
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"]
    assert re.fullmatch(rf"chainrule_{locked.port}=a-secret; HttpOnly; Path=/; SameSite=strict", cookie, re.IGNORECASE)
    assert locked.ask("GET", "/", f"Cookie: {cookie.partition(';')[0]}")[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        "/?token=",
        "/?token=A-SECRET",
        "/?token=a-secret&token=a-secret",
        "/api/schema?token=a-secret",
        "/?token=%E9",
        "/?tok=1",
    ],
)
def test_other_addresses_bring_nothing(locked: Running, target: str) -> None:
    status, headers, _ = locked.ask("GET", target)
    assert status == 401
    assert "set-cookie" not in headers


def test_a_server_for_everybody_is_called_by_number_or_by_its_names() -> None:
    address = Address(frozenset({"127.0.0.1", "localhost", "desk"}), 80, everywhere=True)
    for name in ("192.168.1.7", "[fe80::1]:80", "Desk:80", "localhost"):
        assert address.is_called(name)
    for name in ("192.168.1.7:81", "evil.com", "192.168.1.7.evil.com", "[evil]", "desk.evil.com", "1.2.3"):
        assert not address.is_called(name)
    assert not Address(frozenset({"127.0.0.1"}), 80).is_called("192.168.1.7")
