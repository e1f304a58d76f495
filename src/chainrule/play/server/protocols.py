"""HTTP and WebSocket as uvicorn speaks them, with an end to every patience.

A request must arrive, and an answer be taken, within a time; who opens too many connections is refused; headers that
are too long are 431; and a WebSocket can be cut off while much waits to be taken.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["Socket", "TimedProtocol"]

MOST_CONNECTIONS = 512
SECONDS_TO_ARRIVE = 20.0
SECONDS_TO_BE_TAKEN = 60.0


class TimedProtocol(H11Protocol):  # type: ignore[misc]
    """HTTP with a deadline: a request that trickles in, or an answer that is not taken, ends the connection."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self.within(SECONDS_TO_ARRIVE)

    def data_received(self, data: bytes) -> None:
        arriving = self.arriving()
        if not arriving or self.deadline is None:
            self.within(SECONDS_TO_ARRIVE)
        super().data_received(data)
        if self.deadline is not None and not self.arriving():
            self.within(SECONDS_TO_BE_TAKEN)

    def arriving(self) -> bool:
        """Whether the request is not there as a whole."""
        return self.conn.their_state.__name__ in ("IDLE", "SEND_BODY")

    def on_response_complete(self) -> None:
        self.within(None)
        super().on_response_complete()
        if self.transport.is_closing():  # it is closed when all is taken, but not later than this
            self.loop.call_later(SECONDS_TO_BE_TAKEN, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(SECONDS_TO_BE_TAKEN, self.transport.abort)

    def handle_websocket_upgrade(self, event: Any) -> None:
        self.within(None)
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self.within(None)
        super().connection_lost(exc)

    def within(self, seconds: float | None) -> None:
        """Begin the clock anew, or stop it."""
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP: as plain text, with the status that is right."""
        error = str(sys.exc_info()[1] or msg)
        hint = getattr(sys.exc_info()[1], "error_status_hint", 400)
        status = 403 if "Host: header" in error else hint if hint in (414, 431) else 400
        reason = {403: "Forbidden", 414: "URI Too Long", 431: "Request Header Fields Too Large"}.get(
            status, "Bad Request"
        )
        head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain\r\nx-content-type-options: nosniff\r\n"
        self.transport.write(f"{head}content-length: {len(reason)}\r\nconnection: close\r\n\r\n{reason}".encode())
        self.transport.close()


class Socket(WebSocketsSansIOProtocol):  # type: ignore[misc]
    """A WebSocket that the application can cut off, even while much waits to be taken."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["chainrule.abort"] = self.transport.abort
