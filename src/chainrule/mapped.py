"""Arrays that lie in a file: read a part at a time, so that memory holds no more of them than that."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from chainrule.arrays import Array

__all__ = ["release", "rows_at_a_time"]

PART = 1 << 22  # numbers


def release(array: Array) -> None:
    """Let the system take back the memory that holds what was read of the file behind an array, if there is one.

    The numbers stay in the file. A copy-on-write mapping, whose changes are nowhere else, is left alone.

    >>> release(np.zeros(3))
    """
    owner: Any = array
    while owner is not None and not isinstance(owner, np.memmap):
        owner = getattr(owner, "base", None)
    if owner is not None and owner.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
        owner._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]


def rows_at_a_time(matrix: Array) -> Iterator[Array]:
    """The matrix in parts of some rows each; what was read of one is released before the next.

    >>> [len(part) for part in rows_at_a_time(np.zeros((2**21 + 1, 4)))]
    [1048576, 1048576, 1]
    """
    rows = max(1, PART // matrix.shape[1])
    for start in range(0, len(matrix), rows):
        yield matrix[start : start + rows]
        release(matrix)
