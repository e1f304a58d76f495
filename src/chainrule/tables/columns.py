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

from chainrule.tables.profile import MOST, Named, Origin, Profile
from chainrule.tables.required import pandas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "first_row", "infer", "known", "require_finite"]

FEW = 20
"""So many different values are a category, however often each occurs."""
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
        at_least: whether it has more different values than `distinct`, which nobody counted.
    """

    name: str
    kind: str
    distinct: int
    missing: int
    note: str = ""
    at_least: bool = False


def infer(origin: Origin, names: Sequence[str]) -> list[Column]:
    """What these columns are.

    Raises:
        TableError: a column holds dates, lists, infinity, or numbers and words mixed; the message says in which row.
    """
    return [inferred(origin, origin.profile(name)) for name in names]


def inferred(origin: Origin, profile: Profile) -> Column:
    """What one column is."""
    name, kind, distinct, missing = profile.name, profile.kind, profile.distinct, profile.missing
    if kind == "date":
        raise origin.error(DATE_ADVICE.format(name), column=name)
    if kind == "nested":
        raise origin.error(f"it holds lists or objects; write them as columns, or pass --drop {name!r}", column=name)
    if kind == "text":
        require_one_sort(origin, profile)
        kind, note = text_kind(distinct, profile.n - missing, at_least=profile.at_least)
        return Column(name, kind, distinct, missing, note, profile.at_least)
    require_finite(origin, profile)
    if distinct < 2:
        return Column(name, "unused", distinct, missing, "left out: " + ("one value only" if distinct else "empty"))
    note = ""
    if profile.counts_rows and profile.n >= FEW:
        note = f"it only counts the rows; if it is their number, pass --drop {name!r}"
    return Column(name, kind, distinct, missing, note, profile.at_least)


def text_kind(distinct: int, present: int, *, at_least: bool = False) -> tuple[str, str]:
    """Kind and note of a text.

    Args:
        distinct: how many different ones there are.
        present: how many rows have one.
        at_least: whether there are more than `distinct`.

    >>> text_kind(3, 150), text_kind(150, 150)
    (('category', ''), ('unused', 'left out: all its texts are different'))
    """
    if distinct < 2:
        return "unused", "left out: " + ("one value only" if distinct else "empty")
    if distinct == present:
        return "unused", "left out: all its texts are different"
    if at_least or distinct > MOST or (distinct > FEW and distinct * AGAIN > present):
        return "unused", f"left out: free text, {'more than ' * at_least}{distinct} different ones"
    return "category", ""


def require_one_sort(origin: Origin, profile: Profile) -> None:
    """Raise where a column of text is one of numbers with a few words in it, or holds dates.

    Some categories are written as numbers (2, 3, 4, 5more); those have few values.
    """
    name, texts, counts = profile.name, np.array(profile.values, dtype=object), profile.counts
    numeric = pandas().to_numeric(pandas().Series(texts, dtype=object), errors="coerce").notna().to_numpy()
    if numeric.sum() > FEW or (
        numeric.any() and counts[numeric].sum() > 0.9 * counts.sum() and numeric.sum() > FEW / 4
    ):
        if numeric.all():  # read as text because somebody asked for it
            return
        if counts[numeric].sum() >= 0.5 * counts.sum():
            words = np.flatnonzero(~numeric)
            first = words[profile.firsts[words].argmin()]
            raise origin.error(
                f"it is {str(texts[first])[:40]!r}, but most values of the column are numbers "
                f"({int(counts[words].sum())} are not); correct it, leave the field empty where the value is "
                f"missing, or pass --drop {name!r}",
                row=int(profile.firsts[first]),
                column=name,
            )
    dates = np.array([bool(DATE.fullmatch(text.strip())) for text in texts[: 10 * FEW]])
    if dates.size and dates.mean() > 0.5:
        raise origin.error(DATE_ADVICE.format(name), column=name)


def require_finite(origin: Origin, profile: Profile, *, is_target: bool = False) -> None:
    """Raise where a number is infinite."""
    if profile.infinite:
        way_out = "it or leave out the row" if is_target else "it, or leave the field empty where the value is missing"
        raise origin.error(
            f"{'the target' if is_target else 'it'} is {profile.infinity:g} ({profile.infinite} such values); "
            f"correct {way_out}",
            row=profile.first_infinite,
            column=profile.name,
        )


def first_row(where: pd.Series | np.ndarray[Any, Any]) -> int:
    """The first row, from 0, where this is true."""
    return int(np.asarray(where).argmax())


def known(origin: Named, names: Sequence[str], *, option: str) -> list[str]:
    """These names, each of them a column.

    Raises:
        TableError: one is none; the message names the nearest.
    """
    columns = origin.columns
    for name in names:
        if name not in columns:
            import difflib  # here, because it is needed only where something is wrong

            near = difflib.get_close_matches(name, columns, 1, 0.5)
            has = ", ".join(map(repr, columns[:20])) + (" …" if len(columns) > 20 else "")
            hint = f"did you mean {near[0]!r}? The" if near else "the"
            raise origin.error(f"there is no column {name!r}, which {option} names; {hint} columns are {has}")
    return list(names)
