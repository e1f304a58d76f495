"""What the server asks of the engine: one function each, so that the server knows nothing of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.arrays import Array

__all__ = ["Cancelled", "Engine", "Send", "real"]

Send = Callable[[dict[str, Any], dict[str, Array]], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Engine:
    """The engine's functions. Those that are asked something wrong raise ValueError; its `field` names the setting.

    Attributes:
        parse: settings as the page sends them -> settings that were checked.
        schema: -> what the page builds its controls from.
        record: (settings, send, cancelled, run) trains and sends frames.
        fan: (settings, count, send, cancelled, run) trains with many seeds and sends frames.
        pack: (header, arrays) -> the bytes of a frame.
        derive: (settings, epoch, samples, notation) -> one step, written out.
        code: settings -> Python code.
        model: (settings, epoch, format) -> name, type and bytes of a file.
        opened: (name, bytes) -> settings or a table.
    """

    parse: Callable[[Mapping[str, Any]], Any]
    schema: Callable[[], dict[str, Any]]
    record: Callable[[Any, Send, Cancelled, int], None]
    fan: Callable[[Any, int, Send, Cancelled, int], None]
    pack: Callable[[dict[str, Any], dict[str, Array]], bytes]
    derive: Callable[[Any, int, Sequence[int], str], dict[str, Any]]
    code: Callable[[Any], str]
    model: Callable[[Any, int, str], tuple[str, str, bytes]]
    opened: Callable[[str, bytes], dict[str, Any]]


def real() -> Engine:
    """chainrule's own."""
    import chainrule
    from chainrule.play import (
        bring_in,
        choices,
        derivation_page,
        frames,
        moments,
        python_code,
        seeds,
        stories,
        take_away,
    )

    def schema() -> dict[str, Any]:
        return {"version": chainrule.__version__, "fields": choices.schema(), "stories": stories.STORIES}

    return Engine(
        parse=choices.parse,
        schema=schema,
        record=moments.record,
        fan=seeds.fan,
        pack=frames.pack,
        derive=derivation_page.page,
        code=python_code.write,
        model=take_away.model,
        opened=bring_in.opened,
    )
