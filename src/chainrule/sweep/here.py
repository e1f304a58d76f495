"""Trials in this process, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainrule.sweep.objective import Found, Report, Stopped, run

if TYPE_CHECKING:
    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared

__all__ = ["Here"]


class Here:
    """This process; Ctrl-C ends the trial that is under way.

    Args:
        prepared: the data.
    """

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.begun: list[tuple[int, Settings, int]] = []

    def room(self) -> int:
        """One."""
        return 1

    def begin(self, index: int, settings: Settings, every: int) -> None:
        """Remember it."""
        self.begun.append((index, settings, every))

    def wait(self, judge: Callable[[int], Report], stopped: Stopped) -> list[tuple[int, Found]]:
        """Run what was begun."""
        found = []
        while self.begun:
            index, settings, every = self.begun.pop()
            found.append((index, run(self.prepared, settings, judge(index), every, stopped)))
        return found
