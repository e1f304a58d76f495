"""A table as it is read: named columns of numbers, truths, texts or dates, and where it came from.

CSV, TSV, Parquet, JSON lines, .npz, or any of them from standard input (`-`). pyarrow reads, strictly: a row that is
too short or too long is an error and no row of holes. Rows are counted from 1, the header not among them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.tables import formats
from chainrule.tables.csv_reading import read_csv
from chainrule.tables.profile import Profile, profile_of
from chainrule.tables.required import pandas, pyarrow

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "TableError", "read"]


class TableError(ValueError):
    """A table that cannot be used; the message names the file, the place, and the way out."""


@dataclass(frozen=True)
class Table:
    """A table in memory.

    Attributes:
        name: what messages call it: the file's name as it was given.
        frame: the columns; numbers and truths are float64 or int64 with NaN for what is missing, texts are Categorical.
        kinds: "number", "boolean", "text", "date" or "nested", of each column.
        sha256: of the file's bytes.
        notes: what a reader should hear about how it was read.
        first: the number of its first row in the file, from 0.
    """

    name: str
    frame: pd.DataFrame
    kinds: Mapping[str, str]
    sha256: str
    notes: list[str] = field(default_factory=list)
    first: int = 0

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.frame)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.frame.columns)

    def profile(self, name: str, *, values: bool = False) -> Profile:
        """What is known of a column; with the different values of numbers only where they are asked for."""
        return profile_of(self, name, values=values)

    def error(self, text: str, *, row: int | None = None, column: str | None = None) -> TableError:
        """The error that names this file, and the row (from 0) and column where there are such."""
        place = "".join(
            [f", row {self.first + row + 1}" if row is not None else "", f", column {column!r}" if column else ""]
        )
        return TableError(f"{self.name}{place}: {text}")


READERS: dict[str, Callable[..., tuple[Any, str, list[str]]]] = {
    "csv": read_csv,
    "parquet": formats.read_parquet,
    "json": formats.read_json_lines,
    "npz": formats.read_npz,
}
ENDINGS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".npz": "npz",
}
"""Every other ending is CSV's."""
STARTS = {b"PAR1": "parquet", b"PK\x03\x04": "npz", b"{": "json"}
"""How the bytes begin, for standard input, which has no name."""


def read(path: str | Path, *, delimiter: str | None = None, texts: Collection[str] = ()) -> Table:
    """Read a table.

    Args:
        path: the file, or "-" for standard input.
        delimiter: what separates the fields of a text file; None to go by the ending, or by the first lines.
        texts: columns to be read as text, whatever they look like.

    Raises:
        TableError: it is empty, ragged, or has columns without a name or of the same one; the message says where.
        OSError: it cannot be read.
        ImportError: the extra `tables` is not installed.
    """
    pandas()
    pa = pyarrow()
    name = "standard input" if str(path) == "-" else str(path)
    content: Path | io.BytesIO
    if str(path) == "-":
        content = io.BytesIO(sys.stdin.buffer.read())
        start = content.getvalue()[:4]
        form = next((form for first, form in STARTS.items() if start.startswith(first)), "csv")
    else:
        content = Path(path).expanduser()
        if content.is_dir():
            raise IsADirectoryError(f"{name} is a folder; name the file of a table")
        if not content.exists():
            raise FileNotFoundError(f"{name}: there is no such file")
        form = ENDINGS.get(content.suffix.lower(), "csv")
        if content.stat().st_size == 0:
            raise TableError(
                f"{name}: the file is empty; it needs a header line with the names of the columns, and rows"
            )
    try:
        made, sha256, notes = READERS[form](content, delimiter=delimiter, texts=texts)
    except OSError as error:
        raise type(error)(f"{name}: cannot be read ({error.strerror or error})") from None
    except (ValueError, KeyError, pa.ArrowException) as error:
        raise TableError(f"{name}{said(error)}") from None
    require_names(name, made.column_names)
    if made.num_rows == 0:
        raise TableError(f"{name}: there is a header but no row below it; a table needs rows")
    kinds = {column.name: kind_of(column.type) for column in made.schema}
    return Table(name, frame_of(made, kinds), kinds, sha256, notes)


def said(error: Exception) -> str:
    """The first line of an error, after a colon, unless it begins with a place."""
    text = (str(error.args[0]) if error.args else str(error)).splitlines()
    first = text[0] if text else type(error).__name__
    return first if first.startswith(",") else f": {first}"


def require_names(name: str, columns: list[str]) -> None:
    """Raise unless every column has a name of its own."""
    for i, column in enumerate(columns):
        if not column:
            raise TableError(
                f"{name}, line 1, column {i + 1}: the column has no name; name it in the header, or leave it out "
                "(pandas writes its index so: to_csv(index=False) does not)"
            )
        if column in columns[:i]:
            raise TableError(
                f"{name}, line 1, column {i + 1}: there are two columns {column!r} (the other is column "
                f"{columns.index(column) + 1}); rename or leave out one of them"
            )


def kind_of(kind: Any) -> str:
    """What a column of this pyarrow type holds."""
    types = pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_boolean(kind):
        return "boolean"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind):
        return "number"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    return "date" if types.is_temporal(kind) else "nested"


def frame_of(made: Any, kinds: Mapping[str, str]) -> pd.DataFrame:
    """The columns for pandas, each given back by pyarrow as soon as pandas has it."""
    pd, pa = pandas(), pyarrow()
    columns: dict[str, Any] = {}
    names = made.column_names
    for name in names:
        column = made.column(name)
        made = made.drop_columns([name])
        if kinds[name] == "boolean" or pa.types.is_decimal(column.type) or pa.types.is_null(column.type):
            column = (
                column.cast(pa.int8()).cast(pa.float64()) if kinds[name] == "boolean" else column.cast(pa.float64())
            )
        if kinds[name] == "number" and pa.types.is_floating(column.type) and column.type != pa.float64():
            column = column.cast(pa.float64())
        if kinds[name] == "text":
            column = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            column = column.combine_chunks().dictionary_encode()
        if kinds[name] in ("number", "boolean", "text"):
            columns[name] = column.to_pandas()
        else:
            columns[name] = pd.Series([None] * len(column), dtype=object)  # it is never used
    return pd.DataFrame(columns, columns=names, copy=False)
