"""How much may be asked: bytes and seconds of a request, and JSON that is nothing but JSON.

Python's JSON takes more than the standard has (NaN, Infinity, names that stand twice, numbers of a million digits);
here these are refused, with a message that says what was found.
"""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from starlette.requests import ClientDisconnect, Request

__all__ = ["RequestError", "asked", "strict_json", "text", "whole"]

MOST_BYTES = 2_000_000
"""Of a request: more than the largest settings of a run."""
MOST_AT_ONCE = 100_000
"""Bytes that are read as JSON in the event loop, 1 ms; more are read in a thread, so that nobody waits for them."""
MOST_FILE_BYTES = 6_000_000
"""Of a request that brings a file, which is a third longer in base64."""
SECONDS_TO_SEND = 15.0
MOST_DEPTH = 16
MOST_WHOLE = 2**53
"""Beyond it numbers of a page are no longer whole."""


class RequestError(Exception):
    """An answer that is an error: its status, its message, and the field that is to blame."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


async def asked(request: Request, most: int = MOST_BYTES) -> dict[str, Any]:
    """What a request asks for: a JSON object.

    Raises:
        RequestError: it is no JSON (415 by its type, 400 by its content), too long (413), or takes too long (408).
    """
    kind, _, parameter = request.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != "application/json" or parameter.strip() not in ("", "charset=utf-8"):
        raise RequestError(415, "a request is JSON: its Content-Type must be application/json")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestError(415, "a request must not be compressed")
    too_long = RequestError(413, f"the request is longer than {most:,} bytes")
    if int(request.headers.get("content-length", 0)) > most:
        raise too_long
    content = bytearray()

    async def read() -> None:
        async for part in request.stream():
            content.extend(part)
            if len(content) > most:
                raise too_long

    try:
        await asyncio.wait_for(read(), SECONDS_TO_SEND)
    except asyncio.TimeoutError:
        raise RequestError(408, f"the request did not arrive within {SECONDS_TO_SEND:g} seconds") from None
    except ClientDisconnect:
        raise RequestError(400, "the request broke off") from None
    if len(content) <= MOST_AT_ONCE:
        return strict_json(bytes(content))
    return await asyncio.to_thread(strict_json, bytes(content))


def strict_json(content: bytes) -> dict[str, Any]:
    """A JSON object, and nothing that JSON does not have.

    Raises:
        RequestError: 400; the message says what was found.

    Example:
        >>> strict_json(b'{"run": 1}')
        {'run': 1}
        >>> strict_json(b'{"run": NaN}')
        Traceback (most recent call last):
        chainrule.play.server.limits.RequestError: the request is no JSON: there is no NaN in it
    """
    try:
        found = json.loads(
            content.decode(),
            parse_constant=constant,
            parse_float=number,
            parse_int=whole_number,
            object_pairs_hook=names_once,
        )
        if b"\\u" in content:
            json.dumps(found, ensure_ascii=False).encode()  # half a character, such as "\ud800", is no text
    except RecursionError:
        raise RequestError(400, "the request is nested too deeply") from None
    except UnicodeError:
        raise RequestError(400, "the request is no JSON: its text is no UTF-8") from None
    except ValueError as error:
        raise RequestError(400, f"the request is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise RequestError(400, "the request must be a JSON object")
    level: list[Any] = [found]
    for _ in range(MOST_DEPTH):
        level = [child for each in level for child in children(each)]
        if not level:
            return found
    raise RequestError(400, f"the request is nested more than {MOST_DEPTH} deep")


def children(value: Any) -> list[Any]:
    """The lists and objects in a list or an object."""
    inside = value.values() if isinstance(value, dict) else value
    return [each for each in inside if isinstance(each, (dict, list))]


def constant(name: str) -> Any:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"there is no {name} in it")


def number(text: str) -> float:
    """A number that float64 can hold."""
    if math.isinf(value := float(text)):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def whole_number(text: str) -> int:
    """A whole number that a page can hold. Python's `int` takes seconds for a million digits."""
    if len(text) > 17 or abs(value := int(text)) > MOST_WHOLE:
        raise ValueError(f"{text[:20]}{'…' if len(text) > 20 else ''} is too large a whole number")
    return value


def names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def whole(asked: dict[str, Any], name: str, least: int, most: int) -> int:
    """The whole number that a request says.

    Raises:
        RequestError: 400; it says none, or one that is out of bounds.
    """
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RequestError(400, f"{name} must be a whole number from {least} to {most}, got {value!r:.40}", name)
    return value


def text(asked: dict[str, Any], name: str, longest: int = 64) -> str:
    """The text that a request says.

    Raises:
        RequestError: 400; it says none, or one that is too long.
    """
    value = asked.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise RequestError(400, f"{name} must be a text of 1 to {longest} characters, got {value!r:.40}", name)
    return value
