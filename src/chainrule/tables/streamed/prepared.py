"""A training on rows that stream by: the pieces to learn from, and what is kept in memory to judge it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.scale.pieces import Piece
from chainrule.tables import columns as of_columns
from chainrule.tables.columns import Column
from chainrule.tables.required import module
from chainrule.tables.settings import Settings
from chainrule.tables.streamed.encoding import TrainedRows, targets
from chainrule.tables.streamed.fitted import fitted
from chainrule.tables.streamed.source import Source, as_table
from chainrule.tables.streamed.split import Split
from chainrule.tables.streamed.survey import Kept, Survey, survey
from chainrule.tables.target import Target
from chainrule.tables.training import SAMPLE, Prepared, dtype_of

if TYPE_CHECKING:
    from chainrule.tables.reading import Table

__all__ = ["StreamedRows", "prepare", "surveyed"]


@dataclass(frozen=True)
class StreamedRows(Prepared):
    """What is streamed; X and y are a sample of the rows that are trained on.

    Attributes:
        pieces: what is trained on, a row group each.
        rows: how many rows they have.
        files: how many files they are from.
        notes: what a person should hear.
    """

    pieces: list[Piece]
    rows: int
    files: int
    notes: list[str]

    @property
    def n(self) -> int:
        return self.rows

    @property
    def data(self) -> tuple[Any, Any]:
        return self.pieces, None

    @property
    def used(self) -> dict[str, Any]:
        return {
            "rows_trained_on": self.rows,
            "of_those_measured": len(self.y),
            "files": self.files,
            "row_groups": len(self.pieces),
            "sha256_of": "the names, sizes and footers of the files",
        }


def surveyed(source: Source, settings: Settings, *, client: Any = None, told: Callable[[int], None]) -> Survey:
    """Look at every row of the files once.

    Args:
        source: the files.
        settings: of the training: target, columns to drop, share to hold out, seed.
        client: of the Dask cluster whose workers look; None for threads of this process.
        told: hears how many row groups are done.

    Raises:
        ValueError: there is no such column, or a file has changed, or is damaged.
        OSError: a file cannot be read.
    """
    of_columns.known(source, [settings.target], option="--target")
    of_columns.known(source, settings.drop, option="--drop")
    names = [name for name in source.columns if name not in settings.drop]
    split = Split.of(settings.seed, settings.validation, source.n, len(names))
    return survey(source, names, split, client=client, told=told)


def prepare(rows: Survey, found: list[Column], target: Target, settings: Settings) -> StreamedRows:
    """Fit the preprocessing, and make the pieces and what is judged by.

    Raises:
        TableError: there are too few rows.
    """
    seen, split = rows.seen, rows.split
    n = sum(seen.trained)
    require_enough(rows, target, settings)
    made = fitted(seen.facts, found, target, n)
    dtype = dtype_of(settings, rows.n * len(made.encoded_names))
    names = [*made.names, target.name]
    held_out, trained = (table_of(one, rows, names) for one in (seen.held_out, seen.sample))
    judged, numbers = (held_out, seen.held_out.rows) if held_out.n else (trained, seen.sample.rows)
    pieces = [
        Piece(part.group.name, TrainedRows(part, split, made, dtype))
        for part, count in zip(rows.source.parts, seen.trained, strict=True)
        if count
    ]
    return StreamedRows(
        columns=found,
        preprocessing=made,
        X=made.inputs(trained.frame, dtype),
        y=targets(made.target, trained),
        X_held_out=made.inputs(held_out.frame, dtype),
        y_held_out=targets(made.target, held_out),
        sample=judged.frame[made.names].iloc[:SAMPLE].reset_index(drop=True),
        y_sample=targets(made.target, judged)[:SAMPLE],
        row_numbers=numbers[:SAMPLE],
        pieces=pieces,
        rows=n,
        files=len(rows.source.files),
        notes=notes_of(rows, found, settings),
    )


def require_enough(rows: Survey, target: Target, settings: Settings) -> None:
    """Raise unless there are rows to train on, of every class, and rows held out where some are asked for."""
    n, held_out = sum(rows.seen.trained), len(rows.seen.held_out.rows)
    if not n or (settings.validation and not held_out):
        raise rows.error(
            f"of {rows.n} rows, --validation {settings.validation:g} holds out {held_out}, and there must be some "
            "there and some to learn from; pass another --validation or --seed"
        )
    if target.classes:
        facts = rows.seen.facts[target.name]
        for value, count in zip(facts.profile.values, facts.trained.tolist(), strict=True):
            if not count:
                raise rows.error(
                    f"all rows of the class {str(value)[:40]!r} are held out, and it needs one to learn from; pass "
                    "another --seed, or more rows of it",
                    column=target.name,
                )


def notes_of(rows: Survey, found: list[Column], settings: Settings) -> list[str]:
    """What a person should hear of how it is streamed."""
    n, notes = sum(rows.seen.trained), []
    if any(column.kind == "number" and column.missing for column in found):
        notes.append("missing numbers become the mean of their column, since a median would take a second pass")
    if rows.split.share < settings.validation:
        notes.append(
            f"{rows.n - n:,} rows are held out, less than --validation {settings.validation:g}, since they are kept in "
            "memory"
        )
    kept = len(rows.seen.sample.rows)
    if kept < n:
        notes.append(f"how good the model is on rows trained on is measured on {kept:,} of {n:,}")
    return notes


def table_of(kept: Kept, rows: Survey, names: list[str]) -> Table:
    """The rows that were kept as a table in memory."""
    made = module("pyarrow").concat_tables([table.select(names) for table in kept.tables], promote_options="permissive")
    return as_table(rows.name, made, rows.source.parts[0].kinds)
