"""What a person sees of a search: a line for each finished trial, and on a terminal a bar with the time left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.sweep.result import Result, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from rich.progress import Progress

__all__ = ["Watching", "show_result", "words"]

SHOWN = 10
"""Trials in the table at the end."""


class Watching:
    """Shows how far a search is.

    Args:
        console: where.
        trials: how many there will be.
        before: the trials that former processes finished.
        score: the name of the score.
    """

    def __init__(self, console: Console, trials: int, before: list[Row], score: str) -> None:
        self.console, self.trials, self.score = console, trials, score
        self.done = len(before)
        self.best = min((row for row in before if row.completed), key=lambda row: row.value or 0.0, default=None)
        self.bar: Progress | None = None
        if before:
            console.print(f"{len(before):,} trials are finished already{self.so_far()}", highlight=False)

    def __enter__(self) -> Watching:
        if self.console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("searching"),
                BarColumn(bar_width=16),
                MofNCompleteColumn(),
                TextColumn("trials{task.fields[told]} ·"),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=self.console,
                transient=True,
            )
            self.console.print("Ctrl-C ends the search and keeps what is done", style="dim")
            self.task = self.bar.add_task("", total=self.trials, completed=self.done, told=self.so_far())
            self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def finished(self, row: Row) -> None:
        """Show a trial."""
        from rich.markup import escape

        self.done += 1
        is_best = row.completed and (self.best is None or (row.value or 0.0) < (self.best.value or 0.0))
        if is_best:
            self.best = row
        width = len(str(self.trials))
        what = (
            f"diverged in epoch {row.epochs + 1}"
            if row.value is None
            else f"held out {row.value:.4g} · {self.score} {row.score:.3f}"
        )
        note = " · pruned" if row.ended_by == "pruned" else " · [bold]best so far[/]" if is_best else ""
        line = f"trial {row.trial:>{width}} of {self.trials}: {what}{note} · [dim]{escape(words(row.values))}[/]"
        self.console.print(line, highlight=False, soft_wrap=not self.console.is_terminal)
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done, told=self.so_far())

    def so_far(self) -> str:
        """The best in words."""
        return "" if self.best is None else f" · best so far {self.best.value:.4g} (trial {self.best.trial})"


def words(values: Mapping[str, Any]) -> str:
    """Settings in a line.

    >>> words({"units": 33, "learning_rate": 0.00123456, "activation": "relu"})
    'units=33 learning_rate=0.00123 activation=relu'
    """
    return " ".join(f"{name}={said(value)}" for name, value in values.items())


def said(value: Any) -> str:
    """A value to three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def show_result(result: Result, console: Console) -> None:
    """The best trials."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("trial", "held out", result.score, "epochs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("settings", overflow="fold")
    ranked = [row for row in result.ranked() if row.completed]
    for row in ranked[:SHOWN]:
        cells = [str(row.trial), f"{row.value:.4g}", f"{row.score:.3f}", str(row.epochs)]
        style = "bold" if row == result.best else None
        table.add_row(*cells, escape(words(row.values)), style=style)
    console.print()
    console.print(table)
    more, pruned = len(ranked) - SHOWN, sum(row.ended_by == "pruned" for row in result.rows)
    diverged = sum(row.ended_by == "diverged" for row in result.rows)
    notes = [f"{more} more completed"] * (more > 0) + [f"{pruned} pruned"] * (pruned > 0)
    notes += [f"{diverged} diverged"] * (diverged > 0)
    if notes:
        console.print(f"and {', '.join(notes)}", highlight=False)
