"""`chainrule play`: the playground from the command line."""

from __future__ import annotations

import errno
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import socket

__all__ = ["play"]

PORT = 8765


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Whom to listen to; 0.0.0.0 lets other machines in, and demands a token.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--data", type=click.Path(path_type=Path), help="Begin with the rows of this CSV file.")
@click.option("--open", "run", type=click.Path(path_type=Path), help="Begin with this saved model or run.")
def play(port: int, host: str, no_browser: bool, data: Path | None, run: Path | None) -> int:
    """Open the playground: a page on which a whole training run follows every touch of a control.

    It runs until Ctrl-C. The exit code is 2 if it could not begin.
    """
    if data is not None and run is not None:
        raise click.UsageError("--data and --open both say what to begin with; give one of them")
    try:
        from chainrule.play.server import engine, pages, serving
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("starlette", "uvicorn", "websockets", "h11", "anyio"):
            raise
        raise ImportError(f"the playground needs {package}: pip install 'chainrule[play]'") from None
    if problem := pages.missing():
        raise FileNotFoundError(problem)
    given = settings(data, run)
    playing = serving.Playing(engine.real(), listening(host, port), given=given)

    def ready(channels: Any) -> None:
        from chainrule.play.server.warming import warm

        here, *others = playing.urls
        click.echo(f"The playground is at {here}")
        for url in others:
            click.echo(f"From other machines: {url}")
        click.echo("Ctrl-C stops it.")
        if not no_browser:  # in a thread: a browser in the terminal returns when it is left
            threading.Thread(target=webbrowser.open, args=[here], daemon=True).start()
        warm(playing.engine, channels)

    playing.run(ready)
    return 0


def settings(data: Path | None, run: Path | None) -> dict[str, Any] | None:
    """What --data or --open begin with."""
    file = data or run
    if file is None:
        return None
    from chainrule.play import bring_in

    return bring_in.from_file(file, "open" if data is None else "data")


def listening(host: str, port: int) -> socket.socket:
    """The socket; if its port is taken, the next one that is free is offered."""
    from chainrule.play.server.serving import bound, free_port

    try:
        return bound(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = free_port(host, port)
            if other is not None and sys.stdin.isatty() and sys.stdout.isatty():
                click.confirm(f"Port {port} is taken. Take port {other}?", default=True, abort=True)
                return bound(host, other)
            offer = f"; port {other} is free: --port {other}" if other else "; --port 0 takes any that is free"
            raise OSError(f"port {port} is taken{offer}") from None
        if error.errno == errno.EACCES:
            raise PermissionError(f"port {port} is not for everybody; name one from 1024 on with --port") from None
        raise OSError(f"there is no listening at {host!r}: {error.strerror or error}") from None
