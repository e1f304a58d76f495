"""Pieces of data that are still to be read: rows of arrays, of mapped files, Parquet files, Dask's collections."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import as_numbers
from chainrule.mapped import release

__all__ = ["Piece", "lies_in_blocks", "pieces_of"]

BLOCK_BYTES = 1 << 24
"""Of a block of an array that says nothing of blocks itself: 16 MiB."""


@dataclass(frozen=True)
class Piece:
    """Rows that are still to be read.

    Attributes:
        name: where they come from, for messages.
        read: gives X, y and the weights (or None), of the parts.
        parts: what it is given: nothing, or Dask's delayed objects.
    """

    name: str
    read: Callable[..., tuple[Any, Any, Any]]
    parts: tuple[Any, ...] = ()


def lies_in_blocks(X: Any, dtype: Any = None, *, batch_size: int | None = None) -> bool:
    """Whether these are data that are read block by block: of Dask, of files, or of a mapped file of several blocks.

    A full batch of a mapped file of the network's dtype is read where it lies.

    >>> lies_in_blocks(np.zeros((3, 2))), lies_in_blocks("folder")
    (False, True)
    """
    if isinstance(X, str | os.PathLike) or is_dask(X):
        return True
    if isinstance(X, list | tuple) and len(X):
        return all(isinstance(each, Piece) or names_a_file(each) for each in X)
    if not (isinstance(X, np.memmap) and X.ndim == 2 and X.nbytes > BLOCK_BYTES):
        return False
    return X.dtype != dtype or (batch_size is not None and batch_size < len(X))


def names_a_file(value: Any) -> bool:
    """Whether it is a path, and no word.

    >>> names_a_file("part-0.parquet"), names_a_file("red")
    (True, False)
    """
    return isinstance(value, os.PathLike) or (
        isinstance(value, str) and (os.sep in value or value.endswith((".parquet", ".pq")))
    )


def is_dask(value: Any) -> bool:
    """Whether it is a collection of Dask's, without importing Dask."""
    return callable(getattr(value, "to_delayed", None)) and hasattr(value, "__dask_graph__")


def pieces_of(X: Any, y: Any, sample_weight: Any, dtype: np.dtype[Any]) -> list[Piece]:
    """The pieces of some data, in the order of their rows.

    Args:
        X: an array, a Dask array or DataFrame, or Parquet files: a folder, a pattern with *, or a list of them. Or a
            list of pieces, which bring y and weights with them.
        y: an array, a Dask array, Series or DataFrame; of a frame and of files the names of columns.
        sample_weight: likewise, or None.
        dtype: of the network's numbers.

    Raises:
        TypeError, ValueError: they do not fit together; the message says which and how.
    """
    if isinstance(X, list) and X and isinstance(X[0], Piece):
        return X
    if isinstance(X, str | os.PathLike | list | tuple) and lies_in_blocks(X):
        from chainrule.scale import parquet

        return parquet.pieces_of(X, named("y", y), one_name(sample_weight), dtype)
    if hasattr(X, "columns") and is_dask(X):
        return of_frame(X, y, sample_weight)
    if is_dask(X) or is_dask(y):
        return of_dask_arrays(X, y, sample_weight)
    return of_arrays(X, y, sample_weight)


def named(argument: str, value: Any) -> tuple[str, ...]:
    """The names of columns.

    >>> named("y", "price"), named("y", ["a", "b"])
    (('price',), ('a', 'b'))
    """
    names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument} must be the name of a column, or a list of names, got {value!r:.80}")
    return names


def one_name(sample_weight: Any) -> str | None:
    """The name of the column of weights."""
    if sample_weight is not None and not isinstance(sample_weight, str):
        raise TypeError(f"sample_weight must be the name of a column, or None, got {sample_weight!r:.80}")
    return sample_weight


def of_arrays(X: Any, y: Any, sample_weight: Any) -> list[Piece]:
    """The pieces of arrays, so many rows each that a block takes 16 MiB."""
    X = as_numbers("X", X)
    y = as_numbers("y", y)
    if X.ndim != 2:
        raise ValueError(f"X must be a matrix (n samples, d features), got shape {X.shape}")
    weights = None if sample_weight is None else as_numbers("sample_weight", sample_weight)
    for name, array in (("y", y), ("sample_weight", weights)):
        if array is not None and len(array) != len(X):
            raise ValueError(f"X has {len(X)} rows but {name} has {len(array)}; pass one row for each sample")
    rows = max(1, BLOCK_BYTES // (X.itemsize * X.shape[1]))
    return [
        Piece(f"rows {start} to {min(start + rows, len(X)) - 1} of X", ArrayRows(X, y, weights, start, start + rows))
        for start in range(0, len(X), rows)
    ]


class ArrayRows:
    """Rows start to stop of arrays; pickled, they are only those."""

    def __init__(self, X: Any, y: Any, weights: Any, start: int, stop: int) -> None:
        self.X, self.y = X[start:stop], y[start:stop]
        self.weights = None if weights is None else weights[start:stop]

    def __call__(self) -> tuple[Any, Any, Any]:
        X = np.array(self.X)  # so that nothing of a mapped file stays in memory but this
        release(self.X)
        return X, self.y, self.weights


def of_dask_arrays(X: Any, y: Any, sample_weight: Any) -> list[Piece]:
    """The pieces of Dask arrays: X's chunks of rows."""
    X = as_dask_array("X", X, None)
    if X.ndim != 2:
        raise ValueError(f"X must be a matrix (n samples, d features), got shape {X.shape}; pass a 2-D array")
    X = X if X.numblocks[1] == 1 else X.rechunk({1: -1})
    several = {"y": y} | ({} if sample_weight is None else {"sample_weight": sample_weight})
    arrays = [X, *(as_dask_array(name, value, X) for name, value in several.items())]
    delayed = [array.to_delayed().reshape(-1) for array in arrays]
    return [
        Piece(f"block {k} of X", of_parts if sample_weight is not None else without_weights, tuple(parts))
        for k, parts in enumerate(zip(*delayed, strict=True))
    ]


def as_dask_array(name: str, value: Any, X: Any) -> Any:
    """A Dask array, in chunks of the rows of X's.

    Raises:
        ValueError: it has other rows.
    """
    import dask.array as da

    array = value.to_dask_array() if hasattr(value, "to_dask_array") else value
    if not is_dask(array):
        array = as_numbers(name, array)
        chunks: Any = "auto" if X is None else (X.chunks[0], *((size,) for size in array.shape[1:]))
        if X is not None and (np.isnan(X.chunks[0]).any() or sum(X.chunks[0]) != len(array)):
            raise ValueError(
                f"X has {sum(X.chunks[0])} rows but {name} has {len(array)}; pass a Dask array of the same chunks"
            )
        return da.from_array(array, chunks=chunks)
    if X is None:
        return array
    rows, wanted = array.chunks[0], X.chunks[0]
    if rows != wanted and not np.isnan([*rows, *wanted]).any():
        if sum(rows) != sum(wanted):
            raise ValueError(f"X has {sum(wanted)} rows but {name} has {sum(rows)}; pass one row for each sample")
        array = array.rechunk({0: wanted})
    if array.numblocks[0] != X.numblocks[0]:
        raise ValueError(
            f"X has {X.numblocks[0]} blocks of rows but {name} has {array.numblocks[0]}; cut both in the same places"
        )
    return array if array.ndim == 1 else array.rechunk({1: -1})


def of_parts(X: Any, y: Any, weights: Any) -> tuple[Any, Any, Any]:
    """They are what is read."""
    return X, y, weights


def without_weights(X: Any, y: Any) -> tuple[Any, Any, Any]:
    """They are what is read."""
    return X, y, None


def of_frame(frame: Any, y: Any, sample_weight: Any) -> list[Piece]:
    """The pieces of a Dask DataFrame: its partitions. Targets are columns of it, or of another frame or series."""
    weight = one_name(sample_weight)
    if not is_dask(y):
        columns = FrameColumns(named("y", y), weight)
        columns.require(list(frame.columns))
        parts: list[tuple[Any, ...]] = [(part,) for part in frame.to_delayed()]
    else:
        columns = FrameColumns((), weight)
        columns.require(list(frame.columns))
        if frame.npartitions != y.npartitions:
            raise ValueError(f"X has {frame.npartitions} partitions but y has {y.npartitions}; cut both alike")
        parts = list(zip(frame.to_delayed(), y.to_delayed(), strict=True))
    return [Piece(f"partition {k} of X", columns, tuple(part)) for k, part in enumerate(parts)]


@dataclass(frozen=True)
class FrameColumns:
    """Which columns of a frame are the targets and the weights; all others are inputs."""

    targets: tuple[str, ...]
    weight: str | None

    def require(self, columns: list[str]) -> None:
        """Raise unless there are such columns, and others."""
        for name in (*self.targets, *([] if self.weight is None else [self.weight])):
            if name not in columns:
                raise ValueError(f"there is no column {name!r}; there are {', '.join(map(repr, columns[:20]))}")
        if len(columns) == len(self.targets) + (self.weight is not None):
            raise ValueError("no column is left to predict from")

    def __call__(self, frame: Any, y: Any = None) -> tuple[Any, Any, Any]:
        aside = [*self.targets, *([] if self.weight is None else [self.weight])]
        targets = frame[list(self.targets)].to_numpy() if y is None else y.to_numpy()
        weights = None if self.weight is None else frame[self.weight].to_numpy()
        return frame.drop(columns=aside).to_numpy(), targets, weights
