"""One server, many open tabs that do whatever comes to mind: does it leak, does anybody ever wait?

Each tab is a WebSocket. It trains a story with other settings, waits for the end or does not, cancels, asks for a
derivation, code or a model, goes away and comes again; one takes its frames slowly. Meanwhile the server is asked for
its schema again and again: how long that takes is how long its event loop stood still. Memory, threads and files of
the server's process are those that Linux tells, after a first part in which machine code is compiled, and at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

__all__ = ["measure"]

PATIENCE = 30.0
TABS, PARTS = 20, 5


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Ten minutes of it, or half a minute.

    Raises:
        RuntimeError: a tab waited for longer than anybody would.
    """
    minutes = 0.5 if quick else 10.0
    with serving() as (server, url):
        found = asyncio.run(soak(url, server, minutes))
    return {"soak": {"tabs": TABS, "minutes": minutes, **found}}


@dataclass
class Seen:
    """What the tabs saw."""

    first: list[float] = field(default_factory=list)
    """Seconds from asking for a run to its first frame."""
    seeds: list[float] = field(default_factory=list)
    """The same of many seeds, whose first frame comes when the first of them are done."""
    loop: list[float] = field(default_factory=list)
    """Seconds that a schema took."""
    answers: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Process:
    """The server's process, as Linux tells it."""

    pid: int

    def status(self) -> dict[str, float]:
        """Megabytes, threads, files."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        told = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        files = len(os.listdir(f"/proc/{self.pid}/fd"))
        return {"megabytes": int(told["VmRSS"].split()[0]) / 1024, "threads": int(told["Threads"]), "files": files}


@contextmanager
def serving() -> Iterator[tuple[Process, str]]:
    """A server as a person starts it."""
    command = [sys.executable, "-m", "chainrule", "play", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the server did not begin"
        try:
            yield Process(process.pid), found[0].rstrip("/")
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


class Tab:
    """One tab, until it is cancelled."""

    def __init__(self, url: str, place: int, stories: list[dict[str, Any]], seen: Seen) -> None:
        self.url = url
        self.name = f"tab-{place}"
        self.slow = place == 0
        self.random = random.Random(place)
        self.stories = stories
        self.seen = seen
        self.run = 0

    async def live(self) -> None:
        """Come, do things, go, come again."""
        async with httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url}, timeout=PATIENCE) as client:
            while True:
                with suppress(ConnectionClosed):
                    address = self.url.replace("http", "ws") + "/api/channel"
                    async with connect(address, origin=self.url, max_size=None) as socket:
                        await socket.send(json.dumps({"type": "hello", "channel": self.name}))
                        for _ in range(self.random.randint(1, 30)):
                            await self.act(client, socket)

    async def act(self, client: httpx.AsyncClient, socket: Any) -> None:
        """One thing, mostly a run."""
        what = self.random.choices(("run", "seeds", "cancel", "derive", "code", "model"), (20, 1, 2, 2, 1, 1))[0]
        if what in ("run", "seeds"):
            self.run += 1
            wanted = {"channel": self.name, "run": self.run, "settings": self.settings()}
            begun = time.perf_counter()
            status = await self.post(client, what, wanted | ({"count": 20} if what == "seeds" else {}))
            if status == 202:
                await self.watch(socket, begun, self.seen.first if what == "run" else self.seen.seeds)
        elif what == "cancel":
            await self.post(client, what, {"channel": self.name})
        else:
            wanted = {"settings": self.settings(), "epoch": 3, "samples": [0], "notation": "report", "format": "c"}
            begun = time.perf_counter()
            await self.post(client, what, wanted)
            self.seen.answers.append(time.perf_counter() - begun)
        await asyncio.sleep(self.random.random() / 2)

    async def watch(self, socket: Any, begun: float, waited: list[float]) -> None:
        """Frames of the newest run: its first in any case, then for as long as there is patience."""
        patience, first = self.random.choice((0.0, 0.2, 2.0)), True
        while first or time.perf_counter() - begun < patience:
            try:
                frame = await asyncio.wait_for(socket.recv(), PATIENCE if first else max(0.01, patience))
            except asyncio.TimeoutError:
                if first:
                    raise RuntimeError(f"run {self.run} of {self.name} sent nothing in {PATIENCE} s") from None
                return
            header = header_of(frame)
            if header["run"] != self.run:
                continue
            if first:
                waited.append(time.perf_counter() - begun)
                first = False
            if self.slow:
                await asyncio.sleep(0.5)
            if header["type"] in ("end", "error"):
                self.seen.ends[header.get("how", "error")] += 1
                return

    async def post(self, client: httpx.AsyncClient, name: str, wanted: dict[str, Any]) -> int:
        answer = await client.post(f"/api/{name}", json=wanted)
        self.seen.statuses[f"{name} {answer.status_code}"] += 1
        return answer.status_code

    def settings(self) -> dict[str, Any]:
        """A story, a little different."""
        story = dict(self.random.choice(self.stories)["settings"])
        story["seed"] = self.random.randrange(1000)
        story["epochs"] = min(story.get("epochs", 5000), self.random.choice((200, 5000, 20_000)))
        return story


def header_of(frame: bytes) -> dict[str, Any]:
    """The header of a frame."""
    (length,) = struct.unpack_from("<Q", frame)
    header: dict[str, Any] = json.loads(json.loads(frame[8 : 8 + length])["__metadata__"]["frame"])
    return header


async def watch_loop(url: str, seen: Seen) -> None:
    """Ask for the schema, ten times a second."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        while True:
            begun = time.perf_counter()
            (await client.get(f"{url}/api/schema")).raise_for_status()
            seen.loop.append(time.perf_counter() - begun)
            await asyncio.sleep(0.1)


async def soak(url: str, server: Process, minutes: float) -> dict[str, Any]:
    """Let the tabs live; what was seen."""
    before, parts = server.status(), list[dict[str, float]]()
    stories = httpx.get(f"{url}/api/schema").json()["stories"]
    seen = Seen()
    tasks = [asyncio.create_task(Tab(url, place, stories, seen).live()) for place in range(TABS)]
    tasks.append(asyncio.create_task(watch_loop(url, seen)))
    for _ in range(PARTS):
        done, _ = await asyncio.wait(tasks, timeout=60 * minutes / PARTS, return_when=asyncio.FIRST_EXCEPTION)
        if done:
            raise RuntimeError(f"a tab failed: {next(iter(done)).exception()!r}")
        parts.append(server.status())
    left = set(tasks)
    while left:  # before Python 3.12 `wait_for` may swallow what cancels it
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)
    await asyncio.sleep(3)
    return {
        "before": before,
        "parts": parts,
        "after": server.status(),
        "waited": {name: spread(vars(seen)[name]) for name in ("first", "seeds", "loop", "answers")},
        "statuses": seen.statuses,
        "ends": seen.ends,
    }


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """How many there were, and how long they took."""
    median, nearly_all, most = np.quantile(seconds, [0.5, 0.99, 1])
    return {"count": len(seconds), "median": float(median), "of 100, 99": float(nearly_all), "most": float(most)}
