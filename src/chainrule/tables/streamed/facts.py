"""What is known of a column from some of its rows, in numbers that can be added up: counts, and moments.

Two sets of rows with n values each, their mean and M = Σ (x − mean)² have together, by Chan, Golub and LeVeque (1983),

    δ = mean_b − mean_a,    mean = mean_a + δ n_b / n,    M = M_a + M_b + δ² n_a n_b / n.

Means are kept as what they are more than a shift near them: a δ of rounded means would lose the digits of a column that
varies little and lies far from 0.

The profile is of all rows, and decides what the column is; the moments, and the counts `trained`, are of the rows that
are trained on, and decide how it is scaled: of the rows held out they know nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables.profile import MOST, Profile, first_rows, gaps_of
from chainrule.tables.required import pandas

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.arrays import Array
    from chainrule.tables.reading import Table

__all__ = ["Facts", "facts_of"]

HEAD = 4 * MOST
"""Rows that are looked at first, since many numbers are all different."""


@dataclass(frozen=True)
class Facts:
    """A column in some rows that follow one another.

    Attributes:
        profile: of all of these rows, which are numbered among those of all files.
        trained: how often each of the profile's values occurs in rows that are trained on.
        present: how many numbers there are in those rows, not counting missing ones.
        shift: a number near them.
        above: their mean minus the shift.
        squares: Σ (x − mean)² of those numbers.
        ends: the first and the last number of all rows, of a column of whole numbers.
    """

    profile: Profile
    trained: npt.NDArray[np.intp]
    present: int = 0
    shift: float = 0.0
    above: float = 0.0
    squares: float = 0.0
    ends: tuple[float, float] = (0.0, 0.0)

    @property
    def mean(self) -> float:
        """Of the numbers; 0 of none."""
        return self.shift + self.above

    def __add__(self, other: Facts) -> Facts:
        """Those of these rows and of the ones that follow."""
        a, b = self.profile, other.profile
        values, trained = together(self, other)
        profile = replace(
            a,
            n=a.n + b.n,
            missing=a.missing + b.missing,
            first_missing=a.first_missing if a.missing else b.first_missing,
            infinite=a.infinite + b.infinite,
            first_infinite=a.first_infinite if a.infinite else b.first_infinite,
            infinity=a.infinity if a.infinite else b.infinity,
            counts_rows=a.counts_rows and b.counts_rows and self.ends[1] + 1 == other.ends[0],
            **values,
        )
        return Facts(profile, trained, *joined(self, other), (self.ends[0], other.ends[1]))


@np.errstate(all="ignore")  # of infinite numbers, which are refused
def joined(a: Facts, b: Facts) -> tuple[int, float, float, float]:
    """How many numbers two columns have, a shift, the mean above it, and Σ (x − mean)²."""
    if not (a.present and b.present):
        some = a if a.present else b
        return some.present, some.shift, some.above, some.squares
    n = a.present + b.present
    delta = (b.shift - a.shift) + (b.above - a.above)
    above = a.above + delta * (b.present / n)
    return n, a.shift, above, a.squares + b.squares + delta * delta * (a.present * b.present / n)


def together(a: Facts, b: Facts) -> tuple[dict[str, Any], npt.NDArray[np.intp]]:
    """The different values of two columns as of a profile, at most `MOST`, and the counts of those trained on."""
    one, other = a.profile, b.profile
    place = {value: i for i, value in enumerate(one.values)}
    new = [] if one.at_least else [i for i, value in enumerate(other.values) if value not in place]
    room = MOST - len(one.values)
    kept = new[:room]
    counts, trained = (np.concatenate([x, y[kept]]) for x, y in ((one.counts, other.counts), (a.trained, b.trained)))
    for i, value in enumerate(other.values):
        if value in place:
            counts[place[value]] += other.counts[i]
            trained[place[value]] += b.trained[i]
    values = {
        "distinct": len(one.values) + len(kept),
        "at_least": one.at_least or other.at_least or len(new) > room,
        "values": [*one.values, *(other.values[i] for i in kept)],
        "counts": counts,
        "firsts": np.concatenate([one.firsts, other.firsts[kept]]),
    }
    return values, trained


def facts_of(table: Table, name: str, training: npt.NDArray[np.bool_], start: int) -> Facts:
    """What is known of a column from the rows of a table.

    Args:
        table: the rows.
        name: the column.
        training: which of them are trained on, (n,).
        start: the number of the first among all rows.
    """
    profile = gaps_of(table, name)
    profile = replace(
        profile, first_missing=start + profile.first_missing, first_infinite=start + profile.first_infinite
    )
    nothing = np.zeros(0, np.intp)
    if profile.kind in ("date", "nested"):
        return Facts(profile, nothing)
    series = table.frame[name]
    if profile.kind == "text":
        return counted(Facts(profile, nothing), series.cat.codes.to_numpy(), series.cat.categories, training, start)
    numbers = series.to_numpy()
    whole = profile.kind == "number" and numbers.dtype.kind == "i"
    profile = replace(profile, counts_rows=whole and bool((np.diff(numbers) == 1).all()))
    facts = Facts(profile, nothing, *moments(numbers[training]), (float(numbers[0]), float(numbers[-1])))
    if len(pandas().unique(numbers[:HEAD])) > MOST + 1:  # NaN is one of them
        numbers, training = numbers[:HEAD], training[:HEAD]
    codes, different = pandas().factorize(numbers)
    return counted(facts, codes, different, training, start)


def counted(
    facts: Facts, codes: npt.NDArray[Any], different: Any, training: npt.NDArray[np.bool_], start: int
) -> Facts:
    """The facts with the different values, one a row; where they are more, the `MOST` that come first."""
    n = len(different)
    firsts, counts = first_rows(codes, n), occurring(codes, n)
    there = np.flatnonzero(counts)
    kept = there[np.argsort(firsts[there])][:MOST]
    profile = replace(
        facts.profile,
        distinct=len(kept),
        at_least=len(there) > MOST,
        values=different[kept].tolist(),
        counts=counts[kept],
        firsts=start + firsts[kept],
    )
    return replace(facts, profile=profile, trained=occurring(codes[training], n)[kept])


def occurring(codes: npt.NDArray[Any], n: int) -> npt.NDArray[np.intp]:
    """How often each of n codes occurs; −1 is missing."""
    return np.bincount(codes[codes >= 0], minlength=n)


@np.errstate(all="ignore")  # of infinite numbers, which are refused
def moments(numbers: Array) -> tuple[int, float, float, float]:
    """How many numbers there are without the missing ones, a shift, the mean above it, and Σ (x − mean)².

    >>> moments(np.array([1.0, np.nan, 3.0]))
    (2, 2.0, 0.0, 2.0)
    """
    x = numbers.astype(np.float64)
    x = x[~np.isnan(x)]
    n = len(x)
    if not n:
        return 0, 0.0, 0.0, 0.0
    shift = float(x.mean())
    x -= shift
    above = float(x.mean())  # what the mean's rounding left
    return n, shift, above, max(0.0, float(np.square(x).sum() - n * above**2))
