"""A server that runs: its socket, its addresses, its end.

SIGTERM and Ctrl-C are a normal end, which nothing delays: no page that is open, no run that is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import uvicorn

from chainrule.play.server import pages
from chainrule.play.server.app import application
from chainrule.play.server.channels import Channels
from chainrule.play.server.engine import Engine
from chainrule.play.server.guard import MOST_HEADER_BYTES, Address
from chainrule.play.server.protocols import Socket, TimedProtocol

__all__ = ["Playing", "bound", "free_port"]

MOST_MESSAGE_BYTES = 4_096
"""Of what a page says through its channel: a hello."""


class Server(uvicorn.Server):  # type: ignore[misc]
    """uvicorn's server, with an end that is no error and that nothing delays."""

    def __init__(self, config: Any, channels: Channels, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.channels = channels
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.channels.close()
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn raises the signal again after its end; here the end was what was asked for."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


class Playing:
    """A playground on a socket.

    Args:
        engine: who computes.
        listening: the socket, bound.
        given: settings that the page begins with.
        files: the page.

    Attributes:
        token: what must be known; None if only this machine reaches the socket.
        urls: where the page is: the first for this machine, the others for the rest.
    """

    def __init__(
        self,
        engine: Engine,
        listening: socket.socket,
        *,
        given: Mapping[str, Any] | None = None,
        files: Mapping[str, pages.File] | None = None,
    ) -> None:
        self.engine = engine
        self.socket = listening
        self.given = given
        self.files = pages.read() if files is None else files
        host, port = listening.getsockname()[:2]
        number = ipaddress.ip_address(host.partition("%")[0])
        self.token = None if number.is_loopback else secrets.token_urlsafe(24)
        names = {"127.0.0.1", "localhost", "[::1]"} if number.is_loopback or number.is_unspecified else set()
        written = f"[{number}]" if number.version == 6 else str(number)
        here = "127.0.0.1" if number.is_unspecified else written
        others = [] if number.is_loopback else [socket.gethostname().lower()]
        self.address = Address(
            frozenset({*names, written, *others, socket.getfqdn().lower()}), port, number.is_unspecified
        )
        end = f":{port}/" + (f"?token={self.token}" if self.token else "")
        self.urls = [f"http://{name}{end}" for name in dict.fromkeys([here, *others])]

    def run(self, ready: Callable[[Channels], None] = lambda channels: None) -> None:
        """Serve until SIGTERM or Ctrl-C, or until `stop` is called.

        Args:
            ready: called in the event loop as soon as the page can be opened.
        """
        asyncio.run(self.serve(ready))
        if any(thread.name.startswith("chainrule ") for thread in threading.enumerate()):
            # A thread in machine code sees too late that it is to end; Python would pull the code away from under it.
            sys.stdout.flush()
            sys.stderr.flush()
            if threading.current_thread() is threading.main_thread():
                os._exit(0)

    async def serve(self, ready: Callable[[Channels], None]) -> None:
        """Serve in the present event loop."""
        channels = Channels()
        app = application(
            self.engine, self.address, files=self.files, channels=channels, token=self.token, given=self.given
        )
        config = uvicorn.Config(
            app,
            http=TimedProtocol,
            ws=Socket,
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            ws_max_size=MOST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            timeout_keep_alive=20,  # longer than clients that reuse a connection keep one
            timeout_graceful_shutdown=0,
        )
        self.server = Server(config, channels, lambda: ready(channels))
        await self.server.serve(sockets=[self.socket])

    def stop(self) -> None:
        """End `run`, from any thread."""
        self.server.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address.

    Raises:
        OSError: the port is taken, or there is no such address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    # With the protocol named, asyncio knows that it is TCP and sends at once: else each answer would wait for 40 ms.
    made = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere this would share the port with another program
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def free_port(host: str, after: int) -> int | None:
    """The next port after this one that is free, if one of the next hundred is."""
    for port in range(after + 1, min(after + 100, 65_535) + 1):
        try:
            bound(host, port).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return None
        else:
            return port
    return None
