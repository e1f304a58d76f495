"""The beginning of a training: the table is read, understood and made numbers of; as a whole, or as it streams by."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.tables import run_folder, training
from chainrule.tables.reading import read
from chainrule.tables.terminal import asked, say, show_table
from chainrule.tables.train_command import busy, is_quick, is_terminal
from chainrule.training.progress import ProgressBar

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.tables.settings import Settings

__all__ = ["Begun", "in_memory", "streamed"]


@dataclass(frozen=True)
class Begun:
    """What is ready to be trained on.

    Attributes:
        prepared: the rows.
        settings: as asked for, and the task as found out.
        sha256: of the data.
        rows: how many there are.
        quick: whether all of it is over before anybody could wonder.
    """

    prepared: training.Prepared
    settings: Settings
    sha256: str
    rows: int
    quick: bool


def in_memory(data: str, settings: Settings, output: Path, console: Console, *, resume: bool) -> Begun:
    """Read a table as a whole.

    Args:
        data: the file, or "-".
        settings: as asked for.
        output: the folder of the run.
        console: where to show what the columns are.
        resume: whether a former run is gone on with, which must be of the same data and settings.

    Raises:
        ValueError, OSError: it cannot be learned from; the message says where and why.
    """
    started, quick = time.perf_counter(), is_quick(data)
    with busy(f"reading {data}", console, silent=quick):
        table = read(data, delimiter=settings.delimiter or None)
    columns, target = training.understood(table, settings, asked if is_terminal() and data != "-" else None)
    settings = replace(settings, task=target.task)  # nobody has to be asked again
    show_table(table, columns, target, time.perf_counter() - started, console)
    say(table.name, table.notes)
    if resume:
        run_folder.require_same(output, settings, table.sha256)
    with busy("preparing", console, silent=quick):
        prepared = training.prepare(table, columns, target, settings)
    return Begun(prepared, settings, table.sha256, table.n, quick)


def streamed(
    data: Sequence[str], settings: Settings, output: Path, console: Console, *, resume: bool, client: Any
) -> Begun:
    """Look at every row of Parquet files once, a few row groups at a time.

    Args:
        data: folders, patterns with *, files.
        settings: as asked for.
        output: the folder of the run.
        console: where to show what the columns are.
        resume: whether a former run is gone on with, which must be of the same data and settings.
        client: of the Dask cluster whose workers look; None for this process.

    Raises:
        ValueError, OSError: it cannot be learned from; the message says in which file, and why.
    """
    from chainrule.tables.streamed import prepared as of_streamed
    from chainrule.tables.streamed.source import opened

    started = time.perf_counter()
    source = opened(data, on_dask=client is not None)
    quick = sum(part.group.nbytes for part in source.parts) < 10_000_000
    shown = console.is_terminal and not console.quiet
    bar = ProgressBar(len(source.parts), f"reading {source.name}", "row groups") if shown else None
    if bar is None and not quick:
        console.print(f"reading {source.n:,} rows in {len(source.parts):,} row groups …", highlight=False)
    try:
        rows = of_streamed.surveyed(
            source, settings, client=client, told=lambda done: None if bar is None else bar.update(done)
        )
    finally:
        if bar is not None:
            bar.close()
    columns, target = training.understood(rows, settings, asked if is_terminal() else None)
    settings = replace(settings, task=target.task)  # nobody has to be asked again
    show_table(rows, columns, target, time.perf_counter() - started, console)
    if resume:
        run_folder.require_same(output, settings, source.sha256)
    prepared = of_streamed.prepare(rows, columns, target, settings)
    say(source.name, [*source.notes, *prepared.notes])
    return Begun(prepared, settings, source.sha256, source.n, quick)
