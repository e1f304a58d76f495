"""Who may ask: a page of this server on this machine, or who holds the token; whoever else is refused with 403 or 401.

A browser lets every page in the world send requests to 127.0.0.1, and a name such as rebound.example may point there.
So on every request

- `Host` is one of the server's own names, with its port: a rebound name is refused;
- `Origin`, if there is one, is this host; whatever acts (POST, and the handshake of a WebSocket) must have one, as
  every browser sends it there;
- `Sec-Fetch-Site`, if there is one, says same-origin or none. Only a link to the page itself may stand elsewhere;
- each of these stands there once.

A server that others can reach demands a token besides: once in the address that it printed, from then on as a cookie.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Address", "Guard", "refused"]

HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
MOST_HEADER_BYTES = 16_384
MOST_TARGET_BYTES = 4_096
ONCE = (b"host", b"origin", b"sec-fetch-site", b"content-type", b"content-length")


@dataclass(frozen=True)
class Address:
    """What the server is called.

    Attributes:
        names: its names and addresses, in lower case, those of IPv6 in brackets.
        port: where it listens.
        everywhere: whether it listens on every address of the machine: then each number is right, because a number
            cannot be rebound.
    """

    names: frozenset[str]
    port: int
    everywhere: bool = False

    def is_called(self, host: str) -> bool:
        """Whether a Host header names this server."""
        found = HOST.fullmatch(host.lower())
        if not found or int(found[2] or 80) != self.port:
            return False
        return found[1] in self.names or (self.everywhere and is_number(found[1]))


def is_number(name: str) -> bool:
    """Whether the name of a host is an IP address."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses, or passes on; every answer gets the headers that confine the page.

    Args:
        app: what is guarded.
        address: what the server is called.
        token: what must be known to be let in; None: nothing.
    """

    def __init__(self, app: ASGIApp, address: Address, token: str | None = None) -> None:
        self.app = app
        self.address = address
        self.token = token
        self.cookie = f"chainrule_{address.port}"  # cookies know no ports: two servers have two names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value.decode("latin-1"))
        answer = self.refusal(scope, headers) or self.stranger(scope, headers) or self.app
        await answer(scope, receive, confined(send, (headers.get(b"host") or [""])[0]))

    def refusal(self, scope: Scope, headers: dict[bytes, list[str]]) -> Response | None:
        """403 for a request that no page of this server sends; 414 and 431 for one that is too long."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_TARGET_BYTES:
            return refused(414, f"the address is longer than {MOST_TARGET_BYTES:,} bytes")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
            return refused(431, f"the headers are longer than {MOST_HEADER_BYTES:,} bytes")
        for name in ONCE:
            if len(headers.get(name, ())) > 1:
                return refused(403, f"the header {name.decode()} stands there twice")
        host, origin, site = (next(iter(headers.get(name, ())), None) for name in ONCE[:3])
        if host is None or not self.address.is_called(host):
            return refused(403, "this server has another name; open the address that `chainrule play` printed")
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if origin is None and acts:
            return refused(403, "the request does not say of which page it is (it has no Origin)")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return refused(403, "the request comes from a page of another server")
        if site not in (None, "same-origin", "none") and not is_link(scope, headers):
            return refused(403, "the request comes from a page of another server")
        return None

    def stranger(self, scope: Scope, headers: dict[bytes, list[str]]) -> Response | None:
        """401 for who does not know the token; who brings it in the address takes it along as a cookie."""
        if self.token is None:
            return None
        known = [cookie.strip().partition("=") for line in headers.get(b"cookie", ()) for cookie in line.split(";")]
        if any(name == self.cookie and self.is_token(value) for name, _, value in known):
            return None
        brought = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if is_page(scope) and len(brought) == 1 and self.is_token(brought[0]):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
            return answer
        return refused(401, "the token is missing or wrong; open the address that `chainrule play` printed, whole")

    def is_token(self, given: str) -> bool:
        """Compared in a time that tells nothing."""
        assert self.token is not None
        return secrets.compare_digest(given.encode(), self.token.encode())


def is_page(scope: Scope) -> bool:
    """Whether the request asks for the page itself."""
    return scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"


def is_link(scope: Scope, headers: dict[bytes, list[str]]) -> bool:
    """Whether somebody followed a link to the page, as into any other window."""
    return (
        is_page(scope)
        and headers.get(b"sec-fetch-mode") == ["navigate"]
        and headers.get(b"sec-fetch-dest") == ["document"]
    )


def refused(status: int, message: str, field: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """An error as the page reads it."""
    return JSONResponse({"error": {"message": message, "field": field}}, status, headers)


def confined(send: Send, host: str) -> Send:
    """A `send` that adds what the browser must know: whom the page may ask, and that nobody may frame it."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        f"connect-src 'self' ws://{host}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    always = {
        b"content-security-policy": policy.encode("latin-1") if HOST.fullmatch(host.lower()) else b"default-src 'none'",
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
        b"cache-control": b"no-store",
    }

    async def confined_send(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            there: set[Any] = {name for name, _ in headers}
            message["headers"] = headers + [(name, value) for name, value in always.items() if name not in there]
        await send(message)

    return confined_send
