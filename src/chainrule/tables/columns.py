"""What each column of a table is to a network: a number, a truth, a category, or nothing that it could use.

A text is a category where its values come again: on average five times, or at most twenty different ones. Texts that
are all different, and free text, are left out with a word; so is a column without two different values. Dates are
refused: what matters about one (the weekday? how long ago?) only its owner knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables.reading import Table
from chainrule.tables.required import pandas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "first_row", "infer", "known", "require_finite"]

FEW = 20
"""So many different values are a category, however often each occurs."""
MOST = 1000
"""More categories than these are free text."""
AGAIN = 5
"""How often a category occurs on average where there are more than few."""
DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T].*)?")
DATE_ADVICE = (
    "it holds dates, of which a network can make nothing as they are; make numbers of what matters (the year, the "
    "month, the weekday, days since a day) in columns of their own, or pass --drop {!r}"
)


@dataclass(frozen=True)
class Column:
    """A column and what becomes of it.

    Attributes:
        name: as in the header.
        kind: "number", "boolean", "category", or "unused".
        distinct: how many different values it has, missing ones not counted.
        missing: how many values are missing.
        note: what a person should hear about it.
    """

    name: str
    kind: str
    distinct: int
    missing: int
    note: str = ""


def infer(table: Table, names: Sequence[str]) -> list[Column]:
    """What these columns are.

    Raises:
        TableError: a column holds dates, lists, infinity, or numbers and words mixed; the message says in which row.
    """
    return [inferred(table, name) for name in names]


def inferred(table: Table, name: str) -> Column:
    """What one column is."""
    series, kind = table.frame[name], table.kinds[name]
    if kind == "date":
        raise table.error(DATE_ADVICE.format(name), column=name)
    if kind == "nested":
        raise table.error(f"it holds lists or objects; write them as columns, or pass --drop {name!r}", column=name)
    missing = int(series.isna().sum())
    if kind == "text":
        require_one_sort(table, name)
        distinct = len(series.cat.categories)
        return Column(name, *text_kind(distinct, len(series) - missing, missing))
    require_finite(table, name)
    distinct = int(series.nunique())
    if distinct < 2:
        return Column(name, "unused", distinct, missing, "left out: " + ("one value only" if distinct else "empty"))
    note = ""
    if kind == "number" and series.dtype.kind == "i" and len(series) >= FEW and bool((np.diff(series) == 1).all()):
        note = f"it only counts the rows; if it is their number, pass --drop {name!r}"
    return Column(name, kind, distinct, missing, note)


def text_kind(distinct: int, present: int, missing: int) -> tuple[str, int, int, str]:
    """Kind, distinct, missing and note of a text.

    >>> text_kind(3, 150, 0), text_kind(150, 150, 0)
    (('category', 3, 0, ''), ('unused', 150, 0, 'left out: all its texts are different'))
    """
    if distinct < 2:
        return "unused", distinct, missing, "left out: " + ("one value only" if distinct else "empty")
    if distinct == present:
        return "unused", distinct, missing, "left out: all its texts are different"
    if distinct > MOST or (distinct > FEW and distinct * AGAIN > present):
        return "unused", distinct, missing, f"left out: free text, {distinct} different ones"
    return "category", distinct, missing, ""


def require_one_sort(table: Table, name: str) -> None:
    """Raise where a column of text is one of numbers with a few words in it, or holds dates.

    Some categories are written as numbers (2, 3, 4, 5more); those have few values.
    """
    series = table.frame[name]
    categories = series.cat.categories
    counts = series.cat.codes.value_counts().reindex(range(len(categories)), fill_value=0).to_numpy()
    numeric = pandas().to_numeric(categories.to_series(), errors="coerce").notna().to_numpy()
    if numeric.sum() > FEW or (
        numeric.any() and counts[numeric].sum() > 0.9 * counts.sum() and numeric.sum() > FEW / 4
    ):
        if numeric.all():  # read as text because somebody asked for it
            return
        if counts[numeric].sum() >= 0.5 * counts.sum():
            row = first_row(series.isin(categories[~numeric]))
            raise table.error(
                f"it is {str(series.iloc[row])[:40]!r}, but most values of the column are numbers "
                f"({int(counts[~numeric].sum())} are not); correct it, leave the field empty where the value is "
                f"missing, or pass --drop {name!r}",
                row=row,
                column=name,
            )
    dates = np.array([bool(DATE.fullmatch(text.strip())) for text in categories[: 10 * FEW]])
    if dates.size and dates.mean() > 0.5:
        raise table.error(DATE_ADVICE.format(name), column=name)


def require_finite(table: Table, name: str, *, is_target: bool = False) -> None:
    """Raise where a number is infinite."""
    series = table.frame[name]
    if series.dtype.kind != "f":
        return
    infinite = np.isinf(series.to_numpy())
    if infinite.any():
        row = first_row(infinite)
        way_out = "it or leave out the row" if is_target else "it, or leave the field empty where the value is missing"
        raise table.error(
            f"{'the target' if is_target else 'it'} is {series.iloc[row]:g} ({int(infinite.sum())} such values); "
            f"correct {way_out}",
            row=row,
            column=name,
        )


def first_row(where: pd.Series | np.ndarray[Any, Any]) -> int:
    """The first row, from 0, where this is true."""
    return int(np.asarray(where).argmax())


def known(table: Table, names: Sequence[str], *, option: str) -> list[str]:
    """These names, each of them a column.

    Raises:
        TableError: one is none; the message names the nearest.
    """
    for name in names:
        if name not in table.frame.columns:
            import difflib  # here, because it is needed only where something is wrong

            near = difflib.get_close_matches(name, list(table.frame.columns), 1, 0.5)
            has = ", ".join(map(repr, list(table.frame.columns)[:20])) + (" …" if len(table.frame.columns) > 20 else "")
            hint = f"did you mean {near[0]!r}? The" if near else "the"
            raise table.error(f"there is no column {name!r}, which {option} names; {hint} columns are {has}")
    return list(names)
