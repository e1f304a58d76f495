"""The files of a table that streams by, and one row group after another of them as a table in memory."""

from __future__ import annotations

import bisect
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.scale.parquet import RowGroup, files_of, row_groups
from chainrule.tables.reading import Table, TableError, frame_of, kind_of, require_names
from chainrule.tables.required import module, pandas
from chainrule.tables.settings import together

__all__ = ["Part", "Source", "opened", "streams"]

LARGE = 1 << 30
"""Bytes of the columns of a single Parquet file, uncompressed, from which on it is not read as a whole: 1 GiB."""
LARGE_GROUP = 1 << 28
"""Of a row group, from which on a person hears that smaller ones take less memory: 256 MiB."""
PARQUET = (".parquet", ".pq")
OTHERS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".npz")


@dataclass(frozen=True)
class Part:
    """A row group among all of them.

    Attributes:
        number: which one it is, from 0.
        start: the number of its first row among the rows of all.
        group: the row group.
        kinds: what each column holds, as of `Table.kinds`.
    """

    number: int
    start: int
    group: RowGroup
    kinds: Mapping[str, str]

    def read(self, names: Sequence[str]) -> Any:
        """These columns as pyarrow's table, texts as plain ones.

        Raises:
            ValueError: the file has changed, or is damaged.
            OSError: it cannot be read.
        """
        pa = module("pyarrow")
        made = self.group.read(names)
        for i, name in enumerate(names):
            if self.kinds[name] == "text" and made.column(name).type != pa.large_string():
                made = made.set_column(i, name, made.column(name).cast(pa.large_string()))
        return made

    def table(self, names: Sequence[str]) -> Table:
        """These columns as a table in memory."""
        return as_table(self.group.file.path, self.read(names), self.kinds, self.group.first)


def as_table(name: str, made: Any, kinds: Mapping[str, str], first: int = 0) -> Table:
    """A table in memory of pyarrow's."""
    return Table(name, frame_of(made, kinds), {column: kinds[column] for column in made.column_names}, "", [], first)


@dataclass(frozen=True)
class Source:
    """Files that stream by.

    Attributes:
        name: what messages call them: as they were named.
        parts: their row groups in order.
        columns: the names of their columns.
        sha256: of the names, sizes and footers of the files, which say what lies where in them.
        notes: what a reader should hear about them.
    """

    name: str
    parts: list[Part]
    columns: list[str]
    sha256: str
    notes: list[str]

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.parts[-1].start + self.parts[-1].group.n

    @property
    def files(self) -> list[str]:
        """The paths of the files."""
        return list(dict.fromkeys(part.group.file.path for part in self.parts))

    def error(self, text: str, *, row: int | None = None, column: str | None = None) -> TableError:
        """The error that names the file, its row and its column, where there are such."""
        place = self.name
        if row is not None:
            part = self.parts[bisect.bisect_right(self.parts, row, key=lambda each: each.start) - 1]
            place = f"{part.group.file.path}, row {part.group.first + row - part.start + 1}"
        return TableError(f"{place}{f', column {column!r}' if column else ''}: {text}")


def streams(data: Sequence[str], *, on_dask: bool = False) -> bool:
    """Whether this is not read as a whole: several files, a folder, a pattern with *, or a large Parquet file.

    Args:
        data: as named on the command line.
        on_dask: whether workers are to read it, which is then never as a whole.

    Raises:
        ValueError: it is to stream, but is not Parquet.
    """
    if len(data) == 1 and not on_dask:
        path = Path(data[0]).expanduser()
        if not path.is_file():
            return path.is_dir() or (any(sign in data[0] for sign in "*?[") and not path.exists())
        return path.suffix.lower() in PARQUET and bytes_of(str(path)) >= LARGE
    for each in data:
        path = Path(each).expanduser()
        if each == "-" or (path.is_file() and path.suffix.lower() not in PARQUET):
            why = "--dask takes Parquet files" if on_dask else "several files must all be Parquet"
            raise ValueError(f"{'standard input' if each == '-' else each} is no Parquet file (*.parquet), but {why}")
    return True


def bytes_of(path: str) -> int:
    """The bytes of a Parquet file's columns, uncompressed; 0 where that cannot be found out."""
    try:
        with module("pyarrow.parquet").ParquetFile(path) as file:
            return sum(file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups))
    except (module("pyarrow").ArrowException, OSError):
        return 0  # whoever reads it says what is wrong


def opened(data: Sequence[str], *, on_dask: bool = False) -> Source:
    """The files, of which only the footers are read.

    Args:
        data: folders, patterns with *, files.
        on_dask: whether workers are to read them, who may be in another folder.

    Raises:
        ValueError: one is no Parquet file, has other columns than the first, or no rows.
        OSError: there are none, or one cannot be read.
    """
    pandas()  # says what to install where it is missing
    name, notes = together(data), []
    paths = [os.path.expanduser(each) for each in data]
    if on_dask:
        paths = [os.path.abspath(path) for path in paths]
    for path in filter(os.path.isdir, paths):
        require_one_format(Path(path))
    groups, schema = row_groups(paths)
    require_names(name, schema.names)
    columns = [column for column in schema.names if not column.startswith("__index_level_")]
    if len(columns) < len(schema.names):
        notes.append("the index that pandas wrote is left out")
    folders = {part.partition("=")[0] for path in files_of(paths) for part in Path(path).parts[:-1] if "=" in part}
    if left_out := sorted(folders - set(columns)):
        shown = ", ".join(map(repr, left_out))
        notes.append(f"{shown} of the folders' names is left out; only columns of the files are read")
    large = max(groups, key=lambda group: group.nbytes)
    if large.nbytes > LARGE_GROUP:
        notes.append(
            f"a row group has {large.n:,} rows and {large.nbytes / 2**20:,.0f} MiB, and some are in memory at a time; "
            "write smaller ones (row_group_size) if that is too much"
        )
    kinds = {field.name: kind_of(field.type) for field in schema}
    starts = np.cumsum([0, *(group.n for group in groups)]).tolist()
    parts = [Part(k, starts[k], group, kinds) for k, group in enumerate(groups)]
    return Source(name, parts, columns, digest(dict.fromkeys(group.file.path for group in groups)), notes)


def require_one_format(folder: Path) -> None:
    """Raise where a folder holds tables of other formats beside Parquet files."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in OTHERS and not path.name.startswith(("_", ".")):
            raise ValueError(
                f"{path} is no Parquet file, and a folder is read only if all its tables are; write it as Parquet, or "
                "move it elsewhere"
            )


def digest(paths: Mapping[str, None]) -> str:
    """SHA-256 of the names, sizes and footers of Parquet files: no pass over what lies between."""
    made = hashlib.sha256()
    for path in paths:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            file.seek(size - 8)
            length = int.from_bytes(file.read(4), "little")
            file.seek(size - 8 - length)
            made.update(f"{os.path.basename(path)} {size} ".encode() + file.read(length))
    return made.hexdigest()
