"""What is asked for once and answered at once, in a thread and within a time: derivations, code, files."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chainrule.play.server.engine import Engine
from chainrule.play.server.limits import MOST_FILE_BYTES, MOST_WHOLE, RequestError, asked, text, whole

__all__ = ["Answers"]

SECONDS = 30.0
MOST_AT_ONCE = 4
MOST_WAITING = 64

T = TypeVar("T")


class Answers:
    """Questions to the engine, few at once.

    Args:
        engine: who answers.
        seconds: how long an answer may take; None: 30. A thread cannot be ended: it keeps its place until it is done.
    """

    def __init__(self, engine: Engine, seconds: float | None = None) -> None:
        self.engine = engine
        self.seconds = SECONDS if seconds is None else seconds
        self.free = asyncio.Semaphore(MOST_AT_ONCE)
        self.waiting = 0

    def by_name(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """The questions, as their addresses name them."""
        return {"derive": self.derive, "code": self.code, "model": self.model, "open": self.open}

    async def derive(self, request: Request) -> Response:
        """One training step at that moment, written out."""
        wanted = await asked(request)
        epoch, notation = whole(wanted, "epoch", 0, MOST_WHOLE), text(wanted, "notation")
        samples = wanted.get("samples")
        if not isinstance(samples, list):
            raise RequestError(400, "samples must be a list of places in the data", "samples")
        return JSONResponse(await self.of(wanted, lambda chosen: self.engine.derive(chosen, epoch, samples, notation)))

    async def code(self, request: Request) -> Response:
        """The Python code of a run."""
        written = await self.of(await asked(request), self.engine.code)
        return download("run.py", "text/x-python", written.encode())

    async def model(self, request: Request) -> Response:
        """The network at an epoch, as a file."""
        wanted = await asked(request)
        epoch, form = whole(wanted, "epoch", 0, MOST_WHOLE), text(wanted, "format")
        return download(*await self.of(wanted, lambda chosen: self.engine.model(chosen, epoch, form)))

    async def open(self, request: Request) -> Response:
        """A file that was dropped on the page. Its name is only looked at for its ending."""
        wanted = await asked(request, MOST_FILE_BYTES)
        name, coded = text(wanted, "name", 255), wanted.get("bytes")
        try:
            content = base64.b64decode(coded, validate=True) if isinstance(coded, str) else None
        except (binascii.Error, ValueError):
            content = None
        if content is None:
            raise RequestError(400, "bytes must be base64", "bytes")
        return JSONResponse(await self.within(lambda: self.engine.opened(name, content)))

    async def of(self, wanted: dict[str, Any], question: Callable[[Any], T]) -> T:
        """The answer to a question about a run."""
        settings = wanted.get("settings")
        if not isinstance(settings, dict):
            raise RequestError(400, "settings must be an object", "settings")
        chosen = self.engine.parse(settings)
        return await self.within(lambda: question(chosen))

    async def within(self, question: Callable[[], T]) -> T:
        """Ask in a thread; 503 if too many ask, or if it takes too long."""
        if self.waiting >= MOST_WAITING:
            raise RequestError(503, "too many questions at once; ask again")
        self.waiting += 1
        try:
            return await asyncio.wait_for(self.asked(question), self.seconds)
        except asyncio.TimeoutError:
            raise RequestError(503, f"no answer within {self.seconds:g} s; a smaller run is answered sooner") from None
        finally:
            self.waiting -= 1

    async def asked(self, question: Callable[[], T]) -> T:
        """Ask in a thread of its own, when one is free."""
        await self.free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(value: T | None, error: BaseException | None) -> None:
            self.free.release()
            if answer.done():  # nobody waits for it any more
                return
            if error is None:
                answer.set_result(value)  # type: ignore[arg-type]
            else:
                answer.set_exception(error)

        def thread() -> None:
            value, error = None, None
            try:
                value = question()
            except BaseException as caught:  # whatever it is, it is the asker's
                error = caught
            with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(settle, value, error)

        threading.Thread(target=thread, name="chainrule answer", daemon=True).start()
        return await answer


def download(name: str, kind: str, content: bytes) -> Response:
    """A file, in JSON: the page makes it a download, after its own name for it."""
    return JSONResponse({"name": name, "type": kind, "bytes": base64.b64encode(content).decode()})
