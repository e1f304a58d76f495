"""`chainrule bench`: the works one after another, each in its process, its results in a file of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table as RichTable

from chainrule.arguments import unknown_name
from chainrule.experiments import folder

from . import isolate
from .machine import machine
from .peers import PEERS
from .tables import Table, of_verdicts, tables_of
from .targets import judge
from .works import WORKS, Work

__all__ = ["chosen", "listing", "missing", "run"]

RESULTS = Path("benchmarks") / "results"
INSTALL = "pip install 'chainrule[bench]', or make bench in a clone"
QUICK_SHARE = 0.15  # of a work's minutes


def listing(console: Console) -> None:
    """What can be measured."""
    table = Table("", ["name", "minutes", "what"], [[work.name, f"{work.minutes:g}", work.title] for work in WORKS])
    show(table, console)


def run(names: Sequence[str], *, quick: bool, repeats: int, output: Path | None, console: Console) -> bool:
    """Measure the works of these names, or all; print and write what was found.

    Args:
        names: of works; none for all, or for those of a quick look.
        quick: whether to look only whether everything runs: short times, which are not to be quoted. Nothing is
            written then, unless output says where.
        repeats: how many times each peer is measured.
        output: the folder to write into; None for the usual one.
        console: to print on.

    Returns:
        Whether every work gave a result.

    Raises:
        ValueError: an unknown name.
        OSError: the folder cannot be written to.
    """
    works = chosen(names, quick)
    output = output or (None if quick else RESULTS)
    if output is not None:
        folder.prepare(output)
    for line in missing():
        console.print(escape(line), style="yellow", highlight=False)
    about = machine()
    results: dict[str, dict[str, Any]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console, transient=True) as progress:
        left = sum(minutes(work, quick) for work in works)
        task = progress.add_task("", total=left, left="")
        for work in works:
            progress.update(task, description=f"measuring {work.name}", left=f"about {max(1, round(left))} min left")
            result = {
                "title": work.title,
                "threads": work.threads,
                "quick": quick,
                "repeats": repeats,
                "machine": about,
                **measured(work, quick, repeats),
            }
            results[work.name] = result
            if output is not None:
                folder.write(output, {f"{work.name}.json": json.dumps(result, indent=1, ensure_ascii=False) + "\n"})
            for table in tables_of(result):
                show(table, console)
            left -= minutes(work, quick)
            progress.advance(task, minutes(work, quick))
    verdicts = [verdict for verdict in judge(results) if verdict.met is not None]
    if verdicts:
        show(of_verdicts(verdicts), console)
    if output is not None:
        console.print(f"written: {escape(str(output))}; `make docs` makes docs/performance.md of it", highlight=False)
    return not any("failed" in result for result in results.values())


def minutes(work: Work, quick: bool) -> float:
    """About how long a work takes."""
    return work.minutes * QUICK_SHARE if quick else work.minutes


def chosen(names: Sequence[str], quick: bool) -> list[Work]:
    """The works of these names, in the order of the list; or all."""
    known = [work.name for work in WORKS]
    for name in names:
        if name not in known:
            raise ValueError(unknown_name("work", name, known))
    return [work for work in WORKS if (work.name in names if names else work.quick or not quick)]


def missing() -> list[str]:
    """A line for each peer that cannot take part, and what to do."""
    absent = [f"{peer.name} is skipped: {' and '.join(peer.missing)} not installed" for peer in PEERS if peer.missing]
    return [*absent, f"to measure them too: {INSTALL}"] if absent else []


def measured(work: Work, quick: bool, repeats: int) -> dict[str, Any]:
    """A work's result; or that it failed, and why."""
    try:
        payload = {"quick": quick, "repeats": repeats, **work.payload}
        found: dict[str, Any] = isolate.call(work.function, payload, threads=work.threads)
    except isolate.FailedError as error:
        return {"failed": str(error)}
    return found


def show(table: Table, console: Console) -> None:
    """A table on the terminal."""
    made = RichTable(title=table.title, title_justify="left", title_style="bold")
    for i, heading in enumerate(table.header):
        made.add_column(heading, justify="right" if 0 < i < len(table.header) - 1 else "left")
    for row in table.rows:
        made.add_row(*map(escape, row))
    console.print(made)
