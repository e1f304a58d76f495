"""Machine code before it is asked for: the stories' kernels are compiled while nobody wants anything."""

from __future__ import annotations

import threading
import time
from typing import Any

from chainrule.arrays import Array
from chainrule.play.server.channels import Channels
from chainrule.play.server.engine import Engine

__all__ = ["warm"]

SECONDS_IDLE = 2.0


def warm(engine: Engine, channels: Channels) -> threading.Thread:
    """Begin each story of the schema once, up to its first epochs; the first run of it then need not wait.

    Args:
        engine: who computes.
        channels: whose work goes first: nothing begins while something is under way, or was just now.
    """

    def work() -> None:
        for story in engine.schema().get("stories", []):
            while not channels.idle(SECONDS_IDLE):
                time.sleep(0.2)
            begin(engine, story["settings"])

    thread = threading.Thread(target=work, name="chainrule warming", daemon=True)
    thread.start()
    return thread


def begin(engine: Engine, settings: dict[str, Any]) -> None:
    """A run that ends as soon as it has begun to train."""
    there = threading.Event()

    def send(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        if header["type"] == "moments" and arrays["epoch"][-1] > 0:
            there.set()

    engine.record(engine.parse(settings), send, there.is_set, 0)
