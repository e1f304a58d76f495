"""Folders of Parquet files: row groups that are read one at a time."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.scale.pieces import Piece
from chainrule.tables.reading import kind_of
from chainrule.tables.required import module

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Stamp", "files_of", "pieces_of", "row_groups"]

IN_CACHE = 1 << 18
"""Bytes of a matrix that is put together a column at a time: 256 KiB."""


@dataclass(frozen=True)
class Stamp:
    """A file as it was when the training began."""

    path: str
    size: int
    modified: int

    @classmethod
    def of(cls, path: str) -> Stamp:
        """The file as it is now.

        Raises:
            OSError: it is not there.
        """
        found = os.stat(path)
        return cls(path, found.st_size, found.st_mtime_ns)

    def require_unchanged(self) -> None:
        """Raise if it is another one now.

        Raises:
            ValueError: it has changed.
            OSError: it is gone.
        """
        if Stamp.of(self.path) != self:
            raise ValueError(
                f"{self.path} has changed while it was trained on; copy the data to where nobody writes, and begin anew"
            )


def files_of(paths: Any) -> list[str]:
    """The files of a folder, of a pattern with *, or of a list of these, in the order of their names.

    Raises:
        OSError: there are none.
    """
    found: list[str] = []
    for path in paths if isinstance(paths, list | tuple) else [paths]:
        text = os.path.expanduser(os.fspath(path))
        if os.path.isdir(text):
            inside = sorted(str(file) for file in Path(text).rglob("*.p*q*") if is_data(file.relative_to(text)))
            if not inside:
                raise FileNotFoundError(f"the folder {text} holds no Parquet file (*.parquet)")
            found += inside
        elif os.path.exists(text):
            found.append(text)
        else:
            matching = sorted(glob.glob(text))
            if not matching:
                raise FileNotFoundError(f"{text}: there is no such file or folder")
            found += matching
    return list(dict.fromkeys(found))


def is_data(path: Path) -> bool:
    """Whether a file of a folder is one of its data, and not one of those that a writer has not finished.

    >>> is_data(Path("year=2024/part-0.parquet")), is_data(Path("_temporary/part-0.parquet"))
    (True, False)
    """
    return path.suffix in (".parquet", ".pq") and not any(part.startswith(("_", ".")) for part in path.parts)


@dataclass(frozen=True)
class RowGroup:
    """A row group of a file.

    Attributes:
        file: the file.
        group: its number in it.
        first: the number of its first row in the file, from 0.
        n: how many rows it has.
        nbytes: what its columns take, uncompressed.
    """

    file: Stamp
    group: int
    first: int
    n: int
    nbytes: int

    @property
    def name(self) -> str:
        """What messages call it; rows are counted from 1."""
        return f"{self.file.path}, rows {self.first + 1} to {self.first + self.n}"

    def read(self, columns: Sequence[str]) -> Any:
        """These columns, as pyarrow's table.

        Raises:
            ValueError: the file has changed, or is damaged.
        """
        self.file.require_unchanged()
        try:
            with module("pyarrow.parquet").ParquetFile(self.file.path) as file:
                table = file.read_row_group(self.group, columns=list(columns), use_threads=False)
        except (module("pyarrow").ArrowException, OSError) as error:
            raise damaged(error, f"{self.name}: it cannot be read") from None
        self.file.require_unchanged()
        return table


def damaged(error: Exception, what: str) -> Exception:
    """What is raised of a file whose bytes are wrong; what the system says of a file stays as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return ValueError(f"{what} ({str(error).splitlines()[0]})")


def row_groups(paths: Any) -> tuple[list[RowGroup], Any]:
    """All row groups of some files, and the schema that the files have in common.

    Numbers may be of different types; a column that is empty in some files has the type that it has elsewhere.

    Raises:
        ValueError: a file is damaged, or has other columns than the first, or other kinds; the message says which.
        OSError: there are no such files.
    """
    groups: list[RowGroup] = []
    schema, first = None, ""
    for path in files_of(paths):
        stamp = Stamp.of(path)
        try:
            with module("pyarrow.parquet").ParquetFile(path) as file:
                here, about = file.schema_arrow, file.metadata
                inside = [about.row_group(k) for k in range(about.num_row_groups)]
                sizes = [group.num_rows for group in inside]
                nbytes = [group.total_byte_size for group in inside]
        except (module("pyarrow").ArrowException, OSError) as error:
            raise damaged(error, f"{path}: it is no Parquet file that can be read") from None
        if schema is None:
            schema, first = here, path
        elif here.names != schema.names:
            missing = [name for name in schema.names if name not in here.names]
            more = [name for name in here.names if name not in schema.names]
            what = [f"lacks {', '.join(map(repr, missing[:5]))}"] * bool(missing)
            what += [f"has {', '.join(map(repr, more[:5]))} besides"] * bool(more)
            raise ValueError(
                f"{path} {' and '.join(what) or 'has its columns in another order'}, where {first} has "
                f"{len(schema.names)} columns; all files must have the same columns"
            )
        else:
            schema = in_common(schema, first, here, path)
        if not sizes or not sum(sizes):
            raise ValueError(f"{path} has no rows; leave out files that are empty")
        starts = np.concatenate([[0], np.cumsum(sizes)])
        groups += [RowGroup(stamp, k, int(starts[k]), n, nbytes[k]) for k, n in enumerate(sizes) if n]
    return groups, schema


def in_common(schema: Any, first: str, here: Any, path: str) -> Any:
    """The schema of the first files and of another one that has the same columns.

    Raises:
        ValueError: a column holds something else there.
    """
    is_null = module("pyarrow").types.is_null
    for i, (one, other) in enumerate(zip(schema, here, strict=True)):
        if is_null(one.type):
            schema = schema.set(i, other)
        elif not is_null(other.type) and kind_of(other.type) != kind_of(one.type):
            raise ValueError(
                f"{path}, column {one.name!r}: it holds {other.type}, where {first} has {one.type}; all files must "
                "have the same columns"
            )
    return schema


def pieces_of(paths: Any, targets: tuple[str, ...], weight: str | None, dtype: np.dtype[Any]) -> list[Piece]:
    """The pieces of Parquet files whose columns are all numbers: a row group each.

    Args:
        paths: as of `files_of`.
        targets: the columns that are predicted; all others are inputs, in the order of the file.
        weight: the column of weights, or None.
        dtype: of the network's numbers.

    Raises:
        ValueError: a column is missing, or none that holds numbers.
        OSError: there are no such files.
    """
    groups, schema = row_groups([os.path.abspath(file) for file in files_of(paths)])  # so that workers find them too
    aside = [*targets, *([] if weight is None else [weight])]
    for name in aside:
        if name not in schema.names:
            shown = ", ".join(map(repr, schema.names[:20]))
            raise ValueError(f"{groups[0].file.path}: there is no column {name!r}; there are {shown}")
    inputs = tuple(name for name in schema.names if name not in aside and not name.startswith("__index_level_"))
    if not inputs:
        raise ValueError(f"{groups[0].file.path}: no column is left to predict from; there are only {aside}")
    for name in (*inputs, *aside):
        if kind_of(schema.field(name).type) not in ("number", "boolean"):
            raise ValueError(
                f"{groups[0].file.path}, column {name!r}: it holds {schema.field(name).type}, but a network takes "
                "numbers; leave it out, or use 'chainrule train', which encodes categories"
            )
    return [Piece(group.name, NumbersOf(group, inputs, targets, weight, dtype.name)) for group in groups]


@dataclass(frozen=True)
class NumbersOf:
    """Reads the numbers of a row group: X and y, and the weights."""

    group: RowGroup
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    weight: str | None
    dtype: str

    @cached_property
    def columns(self) -> list[str]:
        """All that is read."""
        return [*self.inputs, *self.targets, *([] if self.weight is None else [self.weight])]

    def __call__(self) -> tuple[Any, Any, Any]:
        table = self.group.read(self.columns)
        X = side_by_side([self.numbers(table, name) for name in self.inputs], self.dtype)
        if not np.isfinite(X.sum()):
            for name in self.inputs:
                self.require_finite(table, name)
        y = np.column_stack([self.require_finite(table, name) for name in self.targets])
        return X, y, None if self.weight is None else self.require_finite(table, self.weight)

    def numbers(self, table: Any, name: str) -> Any:
        """A column's numbers; what is missing becomes NaN."""
        values = table.column(name).to_numpy()
        return values.astype(np.float64) if values.dtype.kind not in "fiub" else values

    def require_finite(self, table: Any, name: str) -> Any:
        """A column's numbers, all finite.

        Raises:
            ValueError: one is missing, NaN or infinite; the message says in which row.
        """
        values = self.numbers(table, name)
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            row = int(wrong[0])
            what = "missing" if not table.column(name)[row].is_valid else str(values[row])
            raise ValueError(
                f"{self.group.file.path}, row {self.group.first + row + 1}, column {name!r}: the value is {what} "
                f"({len(wrong)} such values in rows {self.group.first + 1} to {self.group.first + self.group.n}); "
                "fill it in, or leave out the row"
            )
        return values


def side_by_side(columns: Sequence[Any], dtype: npt.DTypeLike) -> Any:
    """The columns (n,) as a matrix (n, columns), some rows at a time, so that those stay in the cache meanwhile.

    >>> side_by_side([np.array([1, 2]), np.array([3, 4])], "float32")
    array([[1., 3.],
           [2., 4.]], dtype=float32)
    """
    X = np.empty((len(columns[0]), len(columns)), dtype)
    rows = max(1, IN_CACHE // (X.itemsize * len(columns)))
    with np.errstate(over="ignore"):  # who takes the matrix says what lies beyond its range
        for start in range(0, len(X), rows):
            some = slice(start, start + rows)
            for j, column in enumerate(columns):
                X[some, j] = column[some]
    return X
