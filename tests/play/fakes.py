"""An engine that computes nothing, and a server around it on a real socket."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.play.server.channels import Channels
from chainrule.play.server.engine import Cancelled, Engine, Send
from chainrule.play.server.pages import File
from chainrule.play.server.serving import Playing, bound

PAGE = {
    "/": File("index.html", b"<!doctype html><title>page</title>"),
    "/assets/a-1.js": File("assets/a-1.js", b"let a = 1;" * 200),
}


class FieldError(ValueError):
    field = "epochs"


HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


class Fake:
    """An engine whose runs are as long as their settings say, and that remembers what it was asked."""

    def __init__(self) -> None:
        self.under_way = 0
        self.begun: list[int] = []
        self.cancelled: list[int] = []
        self.sent: list[int] = []

    def parse(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        if raw.get("epochs", 1) < 0:
            raise FieldError("epochs must be 1 to 100000, got -1")
        if raw.get("bug"):
            raise KeyError("a mistake of ours")
        return dict(raw)

    def record(self, settings: dict[str, Any], send: Send, cancelled: Cancelled, run: int) -> None:
        """`frames` frames of `size` numbers, `pause` seconds between."""
        self.under_way += 1
        self.begun.append(run)
        try:
            if settings.get("raise"):
                raise {"ValueError": FieldError, "KeyError": KeyError}[settings["raise"]]("it went wrong")
            for place in range(settings.get("frames", 1)):
                if cancelled():
                    self.cancelled.append(run)
                    return
                send({"type": "moments", "run": run, "place": place}, {"numbers": np.zeros(settings.get("size", 1))})
                self.sent.append(run)
                time.sleep(settings.get("pause", 0))
            send({"type": "end", "run": run}, {})
        finally:
            self.under_way -= 1

    def fan(self, settings: dict[str, Any], count: int, send: Send, cancelled: Cancelled, run: int) -> None:
        send({"type": "seeds", "run": run, "of": count}, {})

    def derive(self, settings: Any, epoch: int, samples: Sequence[int], notation: str) -> dict[str, Any]:
        time.sleep(settings.get("pause", 0))
        if settings.get("bug_later"):
            raise KeyError("a mistake of ours")
        return {"epoch": epoch, "samples": samples, "notation": notation}

    def opened(self, name: str, content: bytes) -> dict[str, Any]:
        if not name.endswith(".csv"):
            raise ValueError(f"{name} is of no kind that can be opened")
        return {"table": {"columns": [name], "rows": [[len(content)]]}}

    def engine(self) -> Engine:
        return Engine(
            parse=self.parse,
            schema=lambda: {"version": "0", "fields": [], "stories": []},
            record=self.record,
            fan=self.fan,
            pack=pack,
            derive=self.derive,
            code=lambda settings: "print('é')\n",
            model=lambda settings, epoch, form: (f"model.{form}", "application/octet-stream", b"\0\xff"),
            opened=self.opened,
        )


def pack(header: dict[str, Any], arrays: dict[str, Array]) -> bytes:
    head = json.dumps(header, allow_nan=False).encode()
    return struct.pack("<Q", len(head)) + head + b"".join(array.tobytes() for array in arrays.values())


def header_of(frame: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<Q", frame)
    found = json.loads(frame[8 : 8 + length])
    assert isinstance(found, dict)
    return found


class Running:
    """A server in a thread of the tests."""

    def __init__(self, fake: Fake, playing: Playing, channels: Channels) -> None:
        self.fake = fake
        self.playing = playing
        self.channels = channels
        self.port = playing.address.port
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"

    def raw(self, request: bytes | str, seconds: float = 10.0) -> tuple[int, dict[str, str], bytes]:
        """Send bytes as they are: status, headers, body of the answer (0 if there is none)."""
        content = request.encode("latin-1") if isinstance(request, str) else request
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(content)
            received = b""
            try:
                while part := connection.recv(65_536):
                    received += part
            except ConnectionResetError:
                pass
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(first.split()[1]) if first else 0, headers, body

    def shaken(self) -> socket.socket:
        """A WebSocket that was opened by hand: it is as slow and as rude as the test wants."""
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        lines = ["GET /api/channel HTTP/1.1", f"Host: {self.host}", f"Origin: {self.origin}", *HANDSHAKE, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        return connection

    def ask(
        self, method: str, target: str, *headers: str, body: bytes = b"", host: str | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """A request with exactly these headers, and Host unless that is ''."""
        named = self.host if host is None else host
        ends = [] if "Connection: Upgrade" in headers else ["Connection: close"]
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {named}"] if named else []), *headers, *ends]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return self.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def post(self, name: str, body: bytes | dict[str, Any], *headers: str) -> tuple[int, dict[str, str], Any]:
        """A request as the page sends it; the answer's JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = (f"Origin: {self.origin}", "Content-Type: application/json")
        status, answered, said = self.ask("POST", f"/api/{name}", *own, *headers, body=content)
        return status, answered, json.loads(said)


@contextmanager
def running(token: str | None = None, engine: Engine | None = None, **options: Any) -> Iterator[Running]:
    """A server around an engine, a fake one unless it is given, on a port of its own."""
    fake = Fake()
    playing = Playing(engine or fake.engine(), bound("127.0.0.1", 0), **({"files": PAGE} | options))
    playing.token = token
    there: list[Channels] = []
    ready = threading.Event()

    def begin(channels: Channels) -> None:
        there.append(channels)
        ready.set()

    thread = threading.Thread(target=playing.run, args=[begin], name="server", daemon=True)
    thread.start()
    assert ready.wait(10)
    yield Running(fake, playing, there[0])
    playing.stop()
    thread.join(10)
    assert not thread.is_alive()


def until(true: Any, seconds: float = 10.0) -> bool:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(true())
