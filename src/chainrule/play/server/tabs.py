"""A tab of the browser as the server meets it: a WebSocket that says hello, then takes frames until it is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from chainrule.play.server.channels import SECONDS_TO_TAKE, Channel, Channels
from chainrule.play.server.guard import refused
from chainrule.play.server.limits import RequestError, strict_json, text

__all__ = ["Tabs"]

SECONDS_TO_GREET = 5.0


class Tabs:
    """Every tab that is open.

    Args:
        channels: where their frames are.
    """

    def __init__(self, channels: Channels) -> None:
        self.channels = channels

    async def channel(self, socket: WebSocket) -> None:
        """A tab's frames, from its hello until it is gone."""
        if self.channels.sockets >= self.channels.most:
            await socket.send_denial_response(refused(503, f"there are {self.channels.most} pages open; close one"))
            return
        self.channels.sockets += 1
        try:
            await socket.accept()
            try:
                name = await asyncio.wait_for(greeting(socket), SECONDS_TO_GREET)
            except (RequestError, asyncio.TimeoutError):
                await socket.close(1008, 'a channel begins with {"type": "hello", "channel": name}')
                return
            joined = await self.channels.join(name)
            try:
                await first_of(deliver(socket, joined), heard(socket), joined.gone.wait())
            finally:
                self.channels.leave(name, joined)
            with contextlib.suppress(RuntimeError):  # it has closed by itself
                await socket.close(1000)
        except WebSocketDisconnect:
            pass
        finally:
            self.channels.sockets -= 1
            if abort := socket.scope["extensions"].get("chainrule.abort"):  # for who does not say goodbye in turn
                asyncio.get_running_loop().call_later(SECONDS_TO_TAKE, abort)


async def greeting(socket: WebSocket) -> str:
    """The name that a new channel gives itself."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    hello = strict_json((message.get("text") or "").encode("utf-8", "replace"))
    if hello.get("type") != "hello":
        raise RequestError(400, "no hello")
    return text(hello, "channel")


async def deliver(socket: WebSocket, channel: Channel) -> None:
    """Send what is ready; a client that takes nothing of it for long is cut off."""
    while True:
        frame = await channel.outbox.take()
        try:
            await asyncio.wait_for(socket.send_bytes(frame), SECONDS_TO_TAKE)
        except asyncio.TimeoutError:
            if abort := socket.scope["extensions"].get("chainrule.abort"):
                abort()
            raise WebSocketDisconnect(1006) from None


async def heard(socket: WebSocket) -> None:
    """Wait until the client is gone; whatever else it says is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def first_of(*waits: Awaitable[Any]) -> None:
    """Wait for whichever is over first, and end the others."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
