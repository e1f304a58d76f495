"""One pass over all rows: what is known of each column, which rows are held out, and a sample of the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines.cores import available_cores
from chainrule.scale.here import in_order
from chainrule.scale.tree import merged, root
from chainrule.tables.streamed.facts import Facts, facts_of
from chainrule.tables.streamed.source import Part, Source, as_table

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.tables.profile import Profile
    from chainrule.tables.reading import TableError
    from chainrule.tables.streamed.split import Split

__all__ = ["Kept", "Seen", "Survey", "survey"]

AHEAD = 2
"""Row groups that each worker is given at a time."""


@dataclass(frozen=True)
class Kept:
    """Rows that stay in memory: as pyarrow's tables, and their numbers among all rows."""

    tables: list[Any]
    rows: npt.NDArray[np.intp]

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.tables + other.tables, np.concatenate([self.rows, other.rows]))


@dataclass(frozen=True)
class Seen:
    """What is known from some row groups that follow one another; sums are of those that follow.

    Attributes:
        facts: of each column.
        trained: how many rows of each row group are trained on.
        held_out: the rows that are not.
        sample: some of those that are.
    """

    facts: dict[str, Facts]
    trained: list[int]
    held_out: Kept
    sample: Kept

    def __add__(self, other: Seen) -> Seen:
        facts = {name: one + other.facts[name] for name, one in self.facts.items()}
        return Seen(facts, self.trained + other.trained, self.held_out + other.held_out, self.sample + other.sample)


@dataclass(frozen=True)
class Survey:
    """Files whose rows were all seen; an `Origin` of columns.

    Attributes:
        source: the files.
        split: which rows are held out.
        seen: what is known of all.
    """

    source: Source
    split: Split
    seen: Seen

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.name

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.source.n

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.source.columns

    def profile(self, name: str, *, values: bool = False) -> Profile:
        """What is known of a column."""
        return self.seen.facts[name].profile

    def error(self, text: str, *, row: int | None = None, column: str | None = None) -> TableError:
        """The error that names the file, its row and its column, where there are such."""
        return self.source.error(text, row=row, column=column)


def survey(
    source: Source, names: Sequence[str], split: Split, *, client: Any = None, told: Callable[[int], None]
) -> Survey:
    """Look at every row once. What is added up is added in the order of a tree, whoever looks.

    Args:
        source: the files.
        names: the columns to look at.
        split: which rows are held out.
        client: of the Dask cluster whose workers look; None for threads of this process.
        told: hears how many row groups are done.

    Raises:
        ValueError: a file has changed, or is damaged.
        OSError: a file cannot be read.
    """
    parts = source.parts

    def leaves() -> Iterator[dict[tuple[int, int], Any]]:
        for k, seen in enumerate(each(parts, names, split, client)):
            told(k + 1)
            yield {(0, k): seen}

    seen: Any = merged(leaves(), len(parts))[root(len(parts))]
    return Survey(source, split, seen)


def each(parts: Sequence[Part], names: Sequence[str], split: Split, client: Any) -> Iterable[Seen]:
    """What is known of each row group, in order."""
    if client is None:
        return in_order(lambda k: look(parts[k], names, split), range(len(parts)), available_cores())
    return by_workers(parts, names, split, client)


def by_workers(parts: Sequence[Part], names: Sequence[str], split: Split, client: Any) -> Iterator[Seen]:
    """The same from the workers of a cluster.

    Raises:
        FileNotFoundError: a worker does not find a file.
    """
    room = AHEAD * max(1, sum(client.nthreads().values()))
    ahead: deque[Any] = deque()
    try:
        for part in parts:
            ahead.append(client.submit(look, part, names, split, pure=False))
            if len(ahead) > room:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error.filename}: a worker finds no such file; put the files where every worker finds them "
            "under the same path"
        ) from None


def look(part: Part, names: Sequence[str], split: Split) -> Seen:
    """Read a row group and say what is known of it."""
    made = part.read(names)
    held_out, sample = split.masks(part.number, part.group.n)
    facts = {}
    for name in names:
        one = as_table(part.group.name, made.select([name]), part.kinds)
        facts[name] = facts_of(one, name, ~held_out, part.start)
    return Seen(facts, [int((~held_out).sum())], kept(made, part, held_out), kept(made, part, sample))


def kept(made: Any, part: Part, mask: npt.NDArray[np.bool_]) -> Kept:
    """These rows of a row group."""
    return Kept([made.filter(mask)], part.start + np.flatnonzero(mask))
