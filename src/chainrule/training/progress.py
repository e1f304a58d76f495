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
        epochs: how many the run has.
        title: what is trained.
    """

    def __init__(self, epochs: int, title: str) -> None:
        self.epochs, self.title = epochs, title
        self.started = time.perf_counter()
        self.bar: Progress | None = None
        self.task: TaskID

    def update(self, epochs_done: float, loss: float) -> None:
        """Show where the run is; epochs_done may be a fraction within an epoch."""
        if self.bar is None:
            if time.perf_counter() - self.started < PATIENCE:
                return
            self.open()
        assert self.bar is not None
        self.bar.update(self.task, completed=epochs_done, loss=loss)

    def open(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs · loss {task.fields[loss]:.3g} ·"),
            TimeRemainingColumn(),
            TextColumn("left"),
            transient=True,
        )
        self.task = self.bar.add_task(self.title, total=self.epochs, loss=float("nan"))
        self.bar.start()

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self.bar is not None:
            self.bar.stop()


def wants_bar(verbose: int | str) -> bool:
    """Whether `verbose` asks for a bar: 1, or "auto" where standard output is a terminal."""
    return verbose == 1 or (verbose == "auto" and sys.stdout.isatty())
