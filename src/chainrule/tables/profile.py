"""What is known of a column once every row was seen: what is missing, infinite and different, and where it stands.

The rules of `columns` and `target` need no more, so that they are the same for a table in memory and for one that
streams by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from chainrule.tables.required import pandas

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.tables.reading import Table, TableError

__all__ = ["MOST", "Named", "Origin", "Profile", "first_rows", "gaps_of", "profile_of"]

MOST = 1000
"""Different values beyond which nobody needs them: neither categories nor classes may be more."""


class Named(Protocol):
    """A table in memory, or files that stream by: how messages speak of it."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def n(self) -> int:
        """How many rows there are."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""

    def error(self, text: str, *, row: int | None = None, column: str | None = None) -> TableError:
        """The error that names the file, and the row (from 0) and column where there are such."""


class Origin(Named, Protocol):
    """The same, once every row was seen."""

    def profile(self, name: str, *, values: bool = False) -> Profile:
        """What is known of a column; with the different values of numbers only where they are asked for."""


@dataclass(frozen=True)
class Profile:
    """A column, all rows seen.

    Attributes:
        name: of the column.
        kind: "number", "boolean", "text", "date" or "nested".
        n: how many rows there are.
        missing: how many values are missing; first_missing: the row of the first, from 0.
        infinite: how many are infinite; first_infinite: the row of the first; infinity: which one that is.
        distinct: how many different ones there are.
        at_least: whether there are more than `distinct`, which nobody counted.
        values: the different ones, in any order; not all of them, or none, where they are many.
        counts: how often each occurs.
        firsts: the first row of each.
        counts_rows: whether each number is its predecessor's successor.
    """

    name: str
    kind: str
    n: int
    missing: int = 0
    first_missing: int = 0
    infinite: int = 0
    first_infinite: int = 0
    infinity: float = np.inf
    distinct: int = 0
    at_least: bool = False
    values: Sequence[Any] = ()
    counts: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    firsts: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    counts_rows: bool = False


def gaps_of(table: Table, name: str) -> Profile:
    """What is missing and infinite in a column of a table in memory; nothing of its values."""
    kind, n = table.kinds[name], table.n
    if kind in ("date", "nested"):
        return Profile(name, kind, n)
    absent = table.frame[name].isna().to_numpy()
    found: dict[str, Any] = {"missing": int(absent.sum()), "first_missing": int(absent.argmax()) if n else 0}
    if kind != "text" and n:
        numbers = table.frame[name].to_numpy()
        infinite = np.isinf(numbers)
        first = int(infinite.argmax())
        found |= {"infinite": int(infinite.sum()), "first_infinite": first, "infinity": numbers[first]}
    return Profile(name, kind, n, **found)


def profile_of(table: Table, name: str, *, values: bool = False) -> Profile:
    """The profile of a column of a table in memory."""
    series, gaps = table.frame[name], gaps_of(table, name)
    if gaps.kind in ("date", "nested"):
        return gaps
    if gaps.kind == "text":
        return replace(gaps, **different_ones(series.cat.codes.to_numpy(), list(series.cat.categories)))
    numbers = series.to_numpy()
    counts_rows = gaps.kind == "number" and numbers.dtype.kind == "i" and bool((np.diff(numbers) == 1).all())
    distinct = int(series.nunique())
    if not values or distinct > MOST:
        return replace(gaps, distinct=distinct, counts_rows=counts_rows)
    codes, different = pandas().factorize(numbers)
    return replace(gaps, **different_ones(codes, different.tolist()), counts_rows=counts_rows)


def different_ones(codes: npt.NDArray[Any], different: Sequence[Any]) -> dict[str, Any]:
    """What a profile says of different values, of which each row has one; -1 where it is missing."""
    present = codes[codes >= 0]
    return {
        "distinct": len(different),
        "values": different,
        "counts": np.bincount(present, minlength=len(different)),
        "firsts": first_rows(codes, len(different)),
    }


def first_rows(codes: npt.NDArray[Any], n: int) -> npt.NDArray[np.intp]:
    """The first row of each of n codes, all of which occur; rows of -1 have none.

    >>> first_rows(np.array([1, -1, 0, 1]), 2)
    array([2, 0])
    """
    firsts = np.zeros(n + 1, np.intp)
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]  # of several rows the last that is written stays
    return firsts[:n]
