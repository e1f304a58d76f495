"""What is served: the page, and under /api/ what the page asks of the engine.

    GET  /, /assets/…          the page
    GET  /api/schema           what can be chosen
    WS   /api/channel          frames of runs, after {"type": "hello", "channel": name}
    POST /api/run, /api/seeds  begin; frames come through the channel
    POST /api/cancel           end what is under way
    POST /api/derive, /api/code, /api/model, /api/open

Errors are {"error": {"message", "field"}}.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from chainrule.arrays import Array
from chainrule.play.server.answers import Answers
from chainrule.play.server.channels import Channel, Channels, Work
from chainrule.play.server.engine import Cancelled, Engine
from chainrule.play.server.guard import Address, Guard, refused
from chainrule.play.server.limits import MOST_WHOLE, RequestError, asked, text, whole
from chainrule.play.server.pages import File, missing
from chainrule.play.server.tabs import Tabs

__all__ = ["application"]

MOST_SEEDS = 1000
LOG = logging.getLogger("chainrule.play")


def application(
    engine: Engine,
    address: Address,
    *,
    files: Mapping[str, File],
    channels: Channels | None = None,
    token: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> ASGIApp:
    """The whole server as an ASGI application.

    Args:
        engine: who computes.
        address: what the server is called.
        files: the page.
        channels: where frames go; they may be made before, to be closed from outside.
        token: what must be known; None: nothing.
        given: settings that the page begins with; None: its own.
    """
    served = Served(engine, files, channels or Channels(), given)
    actions: dict[str, Action] = {"run": served.run, "seeds": served.seeds, "cancel": served.cancel}
    answers = Answers(engine).by_name()
    asking = [Route(f"/{name}", answered(each), methods=["POST"]) for name, each in (actions | answers).items()]
    schema, channel = (
        Route("/schema", served.schema, methods=["GET"]),
        WebSocketRoute("/channel", Tabs(served.channels).channel),
    )
    app = Starlette(
        routes=[Mount("/api", routes=[schema, channel, *asking]), Route("/{file:path}", served.file, methods=["GET"])],
        exception_handlers={HTTPException: http_error, RequestError: refusal, Exception: failure},
    )
    app.router.redirect_slashes = False
    return Guard(app, address, token)


Action = Callable[[Request], Awaitable[Response]]


def answered(action: Action) -> Action:
    """An action as a route takes it: what the engine refuses is an answer as well."""

    async def endpoint(request: Request) -> Response:
        try:
            return await action(request)
        except (ValueError, ImportError, ArithmeticError) as error:
            raise RequestError(400, str(error), getattr(error, "field", None)) from error

    return endpoint


class Served:
    """The page, and the runs of its tabs."""

    def __init__(
        self, engine: Engine, files: Mapping[str, File], channels: Channels, given: Mapping[str, Any] | None
    ) -> None:
        self.engine = engine
        self.files = files
        self.channels = channels
        self.given = given

    async def file(self, request: Request) -> Response:
        """A file of the page."""
        address = request.url.path if request.scope["raw_path"] == request.scope["path"].encode() else ""
        if found := self.files.get(address):
            return found.answer(request)
        if address == "/":
            return refused(503, missing() or "the page is not there")
        raise HTTPException(404)

    async def schema(self, request: Request) -> Response:
        """What can be chosen."""
        return JSONResponse({**self.engine.schema(), "given": self.given})

    async def run(self, request: Request) -> Response:
        """Train, and send the run's moments."""
        wanted = await asked(request)
        settings, run = self.engine.parse(parts(wanted)), number(wanted)

        def work(put: Callable[[bytes], None], cancelled: Cancelled) -> None:
            self.engine.record(settings, self.sender(put), cancelled, run)

        return await self.begin(wanted, work)

    async def seeds(self, request: Request) -> Response:
        """Train with many seeds, and send the fan of their curves."""
        wanted = await asked(request)
        settings, run, count = self.engine.parse(parts(wanted)), number(wanted), whole(wanted, "count", 1, MOST_SEEDS)

        def work(put: Callable[[bytes], None], cancelled: Cancelled) -> None:
            self.engine.fan(settings, count, self.sender(put), cancelled, run)

        return await self.begin(wanted, work)

    async def cancel(self, request: Request) -> Response:
        """End what is under way."""
        channel = await self.called(await asked(request))
        channel.cancel()
        return JSONResponse({}, 202)

    def sender(self, put: Callable[[bytes], None]) -> Callable[[dict[str, Any], dict[str, Array]], None]:
        """What an engine calls with a frame."""
        return lambda header, arrays: put(self.engine.pack(header, arrays))

    async def called(self, wanted: dict[str, Any]) -> Channel:
        """The channel that a request names."""
        channel = await self.channels.called(text(wanted, "channel"))
        if channel is None:
            raise RequestError(409, "there is no such channel; the page opens one before it asks", "channel")
        return channel

    async def begin(self, wanted: dict[str, Any], work: Work) -> Response:
        """Begin work, whose errors become frames."""
        run, channel = number(wanted), await self.called(wanted)

        def guarded(put: Callable[[bytes], None], cancelled: Cancelled) -> None:
            try:
                work(put, cancelled)
            except (ValueError, ArithmeticError) as error:
                problem = {"message": str(error), "field": getattr(error, "field", None)}
                self.sender(put)({"type": "error", "run": run, **problem}, {})
            except Exception:
                LOG.exception("run %d failed", run)
                problem = {"message": "the server made a mistake; its terminal says which", "field": None}
                self.sender(put)({"type": "error", "run": run, **problem}, {})

        if not self.channels.start(channel, run, guarded):
            raise RequestError(409, f"run {channel.newest} is newer than run {run}", "run")
        return JSONResponse({"run": run}, 202)


def parts(wanted: dict[str, Any]) -> Mapping[str, Any]:
    """The settings in a request."""
    settings = wanted.get("settings")
    if not isinstance(settings, dict):
        raise RequestError(400, "settings must be an object", "settings")
    return settings


def number(wanted: dict[str, Any]) -> int:
    """The number of a run, which the page counts up."""
    return whole(wanted, "run", 0, MOST_WHOLE)


async def http_error(request: Request, error: Exception) -> Response:
    """404 and 405."""
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing at this address", 405: f"{request.method} is not for this address"}
    return refused(error.status_code, said.get(error.status_code, error.detail), headers=dict(error.headers or {}))


async def refusal(request: Request, error: Exception) -> Response:
    """What was refused."""
    assert isinstance(error, RequestError)
    return refused(error.status, str(error), error.field)


async def failure(request: Request, error: Exception) -> Response:
    """A mistake of ours: the terminal has the traceback, the page does not."""
    LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refused(500, "the server made a mistake; its terminal says which")
