"""Rows to predict for: a table as a whole, or row groups that stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chainrule.engines.cores import available_cores
from chainrule.scale.here import in_order
from chainrule.tables.reading import Table, TableError, read
from chainrule.tables.streamed.source import opened, streams

if TYPE_CHECKING:
    from chainrule.tables.model import TableModel

__all__ = ["Chunks", "chunks_of"]

Made = TypeVar("Made")


@dataclass(frozen=True)
class Chunks:
    """Tables one after another.

    Attributes:
        name: what messages call all of them.
        n: how many rows they have together.
        notes: what a reader should hear about how they were read.
        count: how many there are.
        table: gives one by its number.
    """

    name: str
    n: int
    notes: list[str]
    count: int
    table: Callable[[int], Table]

    def each(self, do: Callable[[Table], Made]) -> Iterator[Made]:
        """What is made of each, in order; a few are read ahead.

        Raises:
            TableError: one cannot be read. (No OSError: whoever writes what is made would say that it was theirs.)
        """
        try:
            yield from in_order(lambda k: do(self.table(k)), range(self.count), min(self.count, available_cores()))
        except OSError as error:
            raise TableError(f"{self.name}: cannot be read ({error.strerror or error})") from None


def chunks_of(data: str, model: TableModel, *, delimiter: str | None) -> Chunks:
    """The rows of a file, of a folder of Parquet files, or of standard input.

    Args:
        data: as named on the command line.
        model: whose columns are read.
        delimiter: of a text file; None to guess it.

    Raises:
        TableError: they cannot be read, or lack a column that the model needs.
        OSError: there are none.
    """
    if not streams([data]):
        table = read(data, delimiter=delimiter, texts=model.texts)
        return Chunks(table.name, table.n, table.notes, 1, lambda k: table)
    source = opened([data])
    model.require_columns(source)
    used = {*model.preprocessing.names, model.preprocessing.target.name}
    names = [name for name in source.columns if name in used]
    notes = [*source.notes, *model.ignored(source.columns).lines()]
    return Chunks(source.name, source.n, notes, len(source.parts), lambda k: source.parts[k].table(names))
