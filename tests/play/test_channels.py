"""Frames: they come in order, the newest run wins, and a client that is slow or gone costs nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chainrule.play.server import tabs
from chainrule.play.server.channels import Channels, Outbox
from tests.play.fakes import Running, header_of, running, until


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as made:
        yield made


@contextmanager
def channel(server: Running, name: str = "a") -> Iterator[ClientConnection]:
    with connect(f"ws://{server.host}/api/channel", origin=server.origin, max_size=None) as made:
        made.send(json.dumps({"type": "hello", "channel": name}))
        yield made


def begin(server: Running, run: int, channel: str = "a", **settings: object) -> int:
    return server.post("run", {"channel": channel, "run": run, "settings": settings})[0]


def test_frames_come_in_order(server: Running) -> None:
    with channel(server) as tab:
        assert server.post("run", {"channel": "a", "run": 3, "settings": {"frames": 5}})[::2] == (202, {"run": 3})
        found = [header_of(bytes(tab.recv(5))) for _ in range(6)]
        assert found == [*({"type": "moments", "run": 3, "place": i} for i in range(5)), {"type": "end", "run": 3}]
        assert server.post("seeds", {"channel": "a", "run": 4, "settings": {}, "count": 100})[0] == 202
        assert header_of(bytes(tab.recv(5))) == {"type": "seeds", "run": 4, "of": 100}
        assert server.post("seeds", {"channel": "a", "run": 5, "settings": {}, "count": 1001})[0] == 400


def test_channels_are_apart(server: Running) -> None:
    with channel(server, "a") as first, channel(server, "b") as second:
        begin(server, 1, "a")
        begin(server, 2, "b")
        assert header_of(bytes(first.recv(5)))["run"] == 1
        assert header_of(bytes(second.recv(5)))["run"] == 2


def test_the_newest_run_wins(server: Running) -> None:
    with channel(server) as tab:
        begin(server, 1, frames=10_000, pause=0.01)
        assert header_of(bytes(tab.recv(5)))["run"] == 1
        assert begin(server, 2, frames=2) == 202
        runs, ended = [], False
        while not ended:
            header = header_of(bytes(tab.recv(5)))
            runs.append(header["run"])
            ended = header["type"] == "end"
        assert runs == sorted(runs)
        assert runs[-3:] == [2, 2, 2]
        assert until(lambda: server.fake.cancelled == [1])
        assert begin(server, 1) == 409


def test_a_run_can_be_cancelled(server: Running) -> None:
    with channel(server) as tab:
        begin(server, 1, frames=10_000, pause=0.01)
        tab.recv(5)
        assert server.post("cancel", {"channel": "a"})[0] == 202
        assert until(lambda: server.fake.cancelled == [1])
        assert server.fake.under_way == 0


@pytest.mark.parametrize(
    ("kind", "message", "field"), [("ValueError", "it went wrong", "epochs"), ("KeyError", "the server made", None)]
)
def test_a_run_that_fails_says_so(server: Running, kind: str, message: str, field: str | None) -> None:
    with channel(server) as tab:
        begin(server, 1, **{"raise": kind})
        said = header_of(bytes(tab.recv(5)))
        assert (said["type"], said["run"], said["field"]) == ("error", 1, field)
        assert said["message"].startswith(message)
        begin(server, 2)
        assert header_of(bytes(tab.recv(5)))["type"] == "moments"


def test_requests_may_overtake_the_socket(server: Running) -> None:
    answer: list[int] = []
    early = threading.Thread(target=lambda: answer.append(begin(server, 1)))
    early.start()
    time.sleep(0.2)
    with channel(server) as tab:
        assert header_of(bytes(tab.recv(5)))["run"] == 1
        early.join(5)
    assert answer == [202]


def test_a_channel_that_does_not_exist_is_said(server: Running) -> None:
    status, _, said = server.post("run", {"channel": "nobody", "run": 1, "settings": {}})
    assert (status, said["error"]["field"]) == (409, "channel")


def test_a_client_that_vanishes_costs_nothing(server: Running) -> None:
    with channel(server) as tab:
        begin(server, 1, frames=10_000, pause=0.01)
        tab.recv(5)
        tab.socket.shutdown(socket.SHUT_RDWR)
    assert until(lambda: server.fake.cancelled == [1])
    assert until(lambda: not server.channels.open)
    assert server.channels.sockets == server.fake.under_way == 0


def test_a_client_that_comes_again_takes_its_channel_over(server: Running) -> None:
    with channel(server) as first:
        assert until(lambda: "a" in server.channels.open)
        before = server.channels.open["a"]
        with channel(server) as second:
            with pytest.raises(ConnectionClosed):
                first.recv(5)
            assert until(lambda: server.channels.open.get("a") not in (None, before))
            begin(server, 1)
            assert header_of(bytes(second.recv(5)))["run"] == 1


def test_a_slow_client_is_waited_for_and_then_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabs, "SECONDS_TO_TAKE", 1.0)
    with running() as server, server.shaken() as slow:
        hello = b'{"type": "hello", "channel": "a"}'
        slow.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        assert begin(server, 1, frames=1000, size=100_000) == 202  # 800 MB
        assert until(lambda: server.fake.under_way == 1)
        sizes = []
        for _ in range(20):
            sizes.append(sum(each.outbox.size for each in server.channels.open.values()))
            time.sleep(0.02)
        assert max(sizes) <= 8_000_000
        assert len(server.fake.sent) < 40
        assert until(lambda: server.fake.cancelled == [1])
        assert until(lambda: not server.channels.open)
        assert until(lambda: server.fake.under_way == 0)


def test_channels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as server:
        server.channels.most = 2
        with channel(server, "a"), channel(server, "b"):
            assert until(lambda: len(server.channels.open) == 2)
            with pytest.raises(InvalidStatus, match="503"), channel(server, "c"):
                pass
        assert until(lambda: not server.channels.open)
        with channel(server, "c"):
            assert until(lambda: len(server.channels.open) == 1)


@pytest.mark.parametrize(
    "hello", ["", "[]", "{}", '{"type": "hello"}', '{"type": "hello", "channel": 1}', "[" * 4000, b"\0"]
)
def test_a_channel_begins_with_hello(server: Running, hello: str | bytes) -> None:
    with connect(f"ws://{server.host}/api/channel", origin=server.origin) as tab:
        tab.send(hello)
        with pytest.raises(ConnectionClosed) as closed:
            tab.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert server.channels.sockets == 0 or until(lambda: server.channels.sockets == 0)


def test_who_says_nothing_or_too_much_is_closed(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with channel(server) as tab:
        tab.send("x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            tab.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    monkeypatch.setattr(tabs, "SECONDS_TO_GREET", 0.2)
    address = f"ws://{server.host}/api/channel"
    with connect(address, origin=server.origin) as tab, pytest.raises(ConnectionClosed):
        tab.recv(5)
    assert until(lambda: server.channels.sockets == 0)


def test_a_short_run_does_not_wait_behind_long_ones(server: Running) -> None:
    with channel(server, "a"), channel(server, "b"), channel(server, "c"), channel(server, "d") as last:
        for name in "abc":
            begin(server, 1, name, frames=10_000, pause=0.01)
        begun = time.monotonic()
        begin(server, 1, "d")
        assert header_of(bytes(last.recv(5)))["run"] == 1
        assert time.monotonic() - begun < 5
        assert server.fake.under_way >= 3


def test_runs_at_once_are_bounded_and_what_waits_is_replaced() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        channels = Channels(most_at_work=1)
        first, second = await channels.join("a"), await channels.join("b")
        begun: list[str] = []
        go = threading.Event()

        def long(put: object, cancelled: object) -> None:
            begun.append("a1")
            go.wait(5)

        channels.start(first, 1, long)
        await asyncio.sleep(0.1)
        for run in range(1, 1000):
            channels.start(second, run, lambda put, cancelled, run=run: begun.append(f"b{run}"))  # type: ignore[misc]
        await asyncio.sleep(0.1)
        waiting, before = len(channels.tasks), list(begun)
        assert waiting == 2
        go.set()
        while channels.tasks:
            await asyncio.sleep(0.01)
        return before, begun

    assert asyncio.run(scenario()) == (["a1"], ["a1", "b999"])


def test_a_frame_larger_than_the_outbox_goes_alone() -> None:
    async def scenario() -> list[int]:
        outbox = Outbox(asyncio.get_running_loop(), most=10)
        sizes = [3, 30, 8, 2, 1]

        def put() -> None:
            for size in sizes:
                outbox.put(bytes(size), lambda: False)

        thread = threading.Thread(target=put)
        thread.start()
        found = []
        for _ in sizes:
            await asyncio.sleep(0.02)
            assert outbox.size <= 30
            found.append(len(await asyncio.wait_for(outbox.take(), 5)))
        thread.join()
        assert outbox.size == 0
        return found

    assert asyncio.run(scenario()) == [3, 30, 8, 2, 1]
