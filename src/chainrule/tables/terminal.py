"""What `chainrule train` says on a terminal, and what it asks there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.tables.columns import Column
    from chainrule.tables.outcome import Outcome
    from chainrule.tables.profile import Origin
    from chainrule.tables.target import Target

__all__ = ["asked", "say", "show_outcome", "show_table"]


def asked(question: str) -> str:
    """Ask a person for the task."""
    answer: str = click.prompt(question, type=click.Choice(["classes", "amounts"]), err=True)
    return {"classes": "classification", "amounts": "regression"}[answer]


def say(name: str, notes: list[str]) -> None:
    """What a person should hear, on standard error."""
    for note in notes:
        click.echo(f"chainrule: {name}: {note}", err=True)


def show_table(table: Origin, columns: list[Column], target: Target, seconds: float, console: Console) -> None:
    """What the columns were taken for."""
    from rich.markup import escape
    from rich.table import Table as RichTable

    made = RichTable(box=None, padding=(0, 2, 0, 0))
    for heading in ("column", "taken as", "different", "missing", ""):
        made.add_column(heading, justify="right" if heading in ("different", "missing") else "left")
    for column in columns[:60]:
        distinct = f"{'> ' * column.at_least}{column.distinct:,}"
        made.add_row(escape(column.name), column.kind, distinct, f"{column.missing:,}", escape(column.note))
    kind = f"{len(target.classes)} classes" if target.classes else "an amount"
    made.add_row(escape(target.name), f"target: {kind}", "", "0", target.task)
    console.print(
        f"{escape(table.name)}: {table.n:,} rows, {len(table.columns)} columns, read in {seconds:.1f} s",
        highlight=False,
    )
    console.print(made)
    if len(columns) > 60:
        console.print(f"and {len(columns) - 60} more columns", highlight=False)


def show_outcome(outcome: Outcome, output: Path, console: Console) -> None:
    """The metrics in a few lines, and where to read more."""
    from rich.markup import escape

    judged, held_out = outcome.judged, outcome.validation is not None
    rows = f"{judged['rows']:,} rows {'held out' if held_out else 'trained on (none were held out)'}"
    values = [f"{name} {value:.4g}" for name, value in judged.items() if isinstance(value, float)]
    console.print(f"{rows}: {', '.join(values)}", highlight=False)
    best = f"epoch {outcome.best_epoch + 1} of {len(outcome.history.loss)} was the best"
    where = escape(str(output / "index.html"))
    console.print(f"{best}; {outcome.history.seconds:.1f} s of training; the page is {where}", highlight=False)
