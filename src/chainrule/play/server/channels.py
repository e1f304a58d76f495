"""Channels: a tab of the browser each, with the newest thing that it wants done, and the frames on their way to it.

Work runs in threads. A frame goes from its thread into the channel's outbox, which is bounded: a thread whose client
is slow waits; a client that takes nothing for long is cut off; with the client, its work and its frames are gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from chainrule.play.server.engine import Cancelled

__all__ = ["Channel", "Channels", "Outbox"]

MOST_CHANNELS = 64
MOST_WAITING_BYTES = 8_000_000
"""Of frames on their way to one client; a frame that is larger goes alone."""
MOST_AT_WORK = 16
"""Runs at once. Far more than cores: a short run then never waits behind long ones, the system gives each its share."""
SECONDS_TO_TAKE = 10.0
"""How long a client may take nothing of what is ready for it."""

Work = Callable[[Callable[[bytes], None], Cancelled], None]
"""Called with (put, cancelled); it ends soon after cancelled() has become true."""


class Outbox:
    """Frames on their way to a client: put by a thread, taken by the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int = MOST_WAITING_BYTES) -> None:
        self.loop = loop
        self.most = most
        self.frames: deque[bytes] = deque()
        self.size = 0
        self.room = threading.Condition()
        self.ready = asyncio.Event()

    def put(self, frame: bytes, cancelled: Cancelled) -> None:
        """Wait for room, and leave a frame there; one whose run is cancelled is dropped."""
        with self.room:
            while self.size and self.size + len(frame) > self.most and not cancelled():
                self.room.wait(0.1)
            if cancelled():
                return
            self.frames.append(frame)
            self.size += len(frame)
        self.loop.call_soon_threadsafe(self.ready.set)

    async def take(self) -> bytes:
        """The next frame, when there is one."""
        while True:
            with self.room:
                if self.frames:
                    frame = self.frames.popleft()
                    self.size -= len(frame)
                    self.room.notify_all()
                    return frame
                self.ready.clear()
            await self.ready.wait()

    def clear(self) -> None:
        """Forget whatever waits."""
        with self.room:
            self.frames.clear()
            self.size = 0
            self.room.notify_all()


class Channel:
    """A client: its outbox, and which of its runs is the newest."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.outbox = Outbox(loop)
        self.newest = -1
        self.version = 0
        self.queued: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()

    def cancel(self) -> None:
        """End what is under way; nothing more of it is sent."""
        with self.outbox.room:  # a thread that has asked whether it is cancelled puts its frame before, or not at all
            self.version += 1
        self.outbox.clear()
        if self.queued:
            self.queued.cancel()

    def close(self) -> None:
        """The client is gone."""
        self.cancel()
        self.gone.set()


class Channels:
    """Every client, by name, and the threads that work for them."""

    def __init__(self, most: int = MOST_CHANNELS, most_at_work: int = MOST_AT_WORK) -> None:
        self.most = most
        self.open: dict[str, Channel] = {}
        self.sockets = 0
        self.at_work = 0
        self.last_work = time.monotonic()
        self.free = asyncio.Semaphore(most_at_work)
        self.arrival = asyncio.Condition()
        self.tasks: set[asyncio.Task[None]] = set()

    async def join(self, name: str) -> Channel:
        """A client has come, or comes again after its connection broke: the older connection of its name is closed."""
        if name in self.open:
            self.open[name].close()
        channel = self.open[name] = Channel(asyncio.get_running_loop())
        async with self.arrival:
            self.arrival.notify_all()
        return channel

    def leave(self, name: str, channel: Channel) -> None:
        """A client is gone, and with it all that was done for it."""
        channel.close()
        if self.open.get(name) is channel:
            del self.open[name]

    async def called(self, name: str, patience: float = 2.0) -> Channel | None:
        """The channel of that name. Its first request may overtake its socket: so it is waited for, a little."""

        async def arrived() -> Channel:
            async with self.arrival:
                await self.arrival.wait_for(lambda: name in self.open)
                return self.open[name]

        try:
            return self.open.get(name) or await asyncio.wait_for(arrived(), patience)
        except asyncio.TimeoutError:
            return None

    def start(self, channel: Channel, run: int, work: Work) -> bool:
        """Begin a run, and end the channel's older one. False: a newer one has come before."""
        if run <= channel.newest:
            return False
        channel.cancel()
        channel.newest, mine = run, channel.version
        task = asyncio.create_task(self.done(channel, lambda: channel.version != mine, work))
        channel.queued = task
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return True

    async def done(self, channel: Channel, cancelled: Cancelled, work: Work) -> None:
        """Do work in a thread of its own, as soon as one is free; what is cancelled before never begins."""
        async with self.free:
            if cancelled():
                return
            channel.queued = None
            over = asyncio.Event()
            loop = asyncio.get_running_loop()

            def thread() -> None:
                try:
                    work(lambda frame: channel.outbox.put(frame, cancelled), cancelled)
                finally:
                    with contextlib.suppress(RuntimeError):  # the event loop has ended meanwhile
                        loop.call_soon_threadsafe(over.set)

            self.at_work += 1
            # A daemon: the end of the program does not wait for it.
            threading.Thread(target=thread, name="chainrule run", daemon=True).start()
            try:
                await over.wait()
            finally:
                self.at_work -= 1
                self.last_work = time.monotonic()

    def idle(self, seconds: float) -> bool:
        """Whether nothing has been done for that long."""
        return not self.at_work and time.monotonic() - self.last_work >= seconds

    def close(self) -> None:
        """End everything."""
        for channel in self.open.values():
            channel.close()
