"""The progress bar of a training run: epochs, loss, time left. Shown only once a run takes longer than a moment."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar", "wants_bar"]

PATIENCE = 0.5  # seconds without a word


class ProgressBar:
    """A bar on the terminal.

    Args:
        total: how many units of work there are.
        title: what is trained.
        units: what they are called.
    """

    def __init__(self, total: int, title: str, units: str = "epochs") -> None:
        self.total, self.title, self.units = total, title, units
        self.started = time.perf_counter()
        self.bar: Progress | None = None
        self.task: TaskID

    def update(self, done: float, loss: float | None = None) -> None:
        """Show how much is done, which may be a fraction within a unit, and the loss there."""
        if self.bar is None:
            if time.perf_counter() - self.started < PATIENCE:
                return
            self.open()
        assert self.bar is not None
        self.bar.update(self.task, completed=done, loss=loss)

    def open(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs · loss {task.fields[loss]:.3g} ·" if self.units == "epochs" else f"{self.units} ·"),
            TimeRemainingColumn(),
            TextColumn("left"),
            transient=True,
        )
        self.task = self.bar.add_task(self.title, total=self.total, loss=float("nan"))
        self.bar.start()

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self.bar is not None:
            self.bar.stop()


def wants_bar(verbose: int | str) -> bool:
    """Whether `verbose` asks for a bar: 1, or "auto" where standard output is a terminal."""
    return verbose == 1 or (verbose == "auto" and sys.stdout.isatty())
