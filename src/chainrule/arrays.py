"""Which arrays the package takes from a caller, and what it says of the others.

Inside the package an array needs no more checking: samples are (n, d) and targets (n, d_out), finite, contiguous and of
the network's dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from chainrule.mapped import rows_at_a_time

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "Array",
    "as_class_indicators",
    "as_dtype",
    "as_floats",
    "as_matrix",
    "as_numbers",
    "as_samples",
    "require_within",
]

Array: TypeAlias = "npt.NDArray[Any]"
"""An array of floats (float64 or float32)."""


def as_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The NumPy dtype float64 or float32 that dtype names.

    >>> as_dtype("float16")
    Traceback (most recent call last):
        ...
    ValueError: dtype must be 'float64' or 'float32', got 'float16'
    """
    try:
        resolved = np.dtype(dtype)
    except TypeError:
        resolved = None
    # None is no dtype here, though to NumPy it equals float64.
    if dtype is None or resolved is None or resolved not in (np.dtype("float64"), np.dtype("float32")):
        raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    return resolved


def as_floats(z: Any) -> Array:
    """The array of floats that z is: float64 unless it is of a float (or complex) dtype already.

    >>> as_floats([1, 2]).dtype, as_floats(np.float32(1)).dtype
    (dtype('float64'), dtype('float32'))
    """
    array = as_numbers("z", z, kinds="fciub")
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def as_numbers(name: str, value: Any, *, kinds: str = "fiub") -> Array:
    """Value as an array of whatever shape and number dtype it has; `kinds` are those that are taken, as NumPy's codes.

    Raises:
        TypeError: the values are no such numbers.
        ValueError: it is ragged.

    >>> as_numbers("X", ["red", "blue"])
    Traceback (most recent call last):
        ...
    TypeError: X must hold real numbers, got values of dtype <U4; encode words as numbers first, and leave out None
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a matrix with rows of equal length; NumPy says: {error}") from None
    if array.dtype.kind not in kinds:
        raise TypeError(
            f"{name} must hold real numbers, got values of dtype {array.dtype}; "
            "encode words as numbers first, and leave out None"
        )
    return array


def as_matrix(name: str, value: Any, dtype: npt.DTypeLike) -> Array:
    """Value as a C-contiguous finite (n, d) matrix of this dtype, n and d at least 1; a vector becomes one column.

    Args:
        name: what the caller calls it, for the messages.
        value: anything NumPy makes an array of: numbers, booleans; no strings, no complex numbers.
        dtype: float64 or float32.

    Raises:
        TypeError: the values are no real numbers.
        ValueError: it is ragged, empty, of three dimensions or more, or holds NaN or infinity.

    >>> as_matrix("y", [1, 0], "float64")
    array([[1.],
           [0.]])
    """
    array = as_numbers(name, value)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} must be a matrix (n samples, d columns), got shape {array.shape}; pass a 2-D array")
    if array.size == 0:
        raise ValueError(f"{name} is empty, of shape {array.shape}; pass at least one sample and one column")
    with np.errstate(over="ignore", invalid="ignore"):
        matrix = np.ascontiguousarray(array.reshape(len(array), -1), dtype=dtype)
        total = sum(part.sum() for part in rows_at_a_time(matrix))
    # A finite sum proves every value finite without a second array as large as the first.
    if not np.isfinite(total) and not (finite := np.isfinite(matrix)).all():
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        given = array.reshape(matrix.shape)[row, column]
        beyond = f", beyond the range of {matrix.dtype}" if np.isfinite(given) else ""
        raise ValueError(
            f"{name} must be finite, but row {row}, column {column} is {given}{beyond} "
            f"({np.count_nonzero(~finite)} such values); impute or drop them first"
        )
    return matrix


def as_samples(X: Any, n_features: int, dtype: npt.DTypeLike) -> Array:
    """X as a finite (n, n_features) matrix of this dtype: what a network is fed.

    Raises:
        TypeError: the values are no real numbers.
        ValueError: it is no such matrix.

    >>> as_samples([0.5, 1.0], 2, "float64")
    Traceback (most recent call last):
        ...
    ValueError: X must be a matrix (n samples, 2 features), got shape (2,); pass X.reshape(1, -1) if it is one sample
    """
    X = as_numbers("X", X)
    shape = X.shape
    if len(shape) == 1 and shape[0]:
        advice = (
            "X.reshape(1, -1) if it is one sample"
            if shape[0] == n_features
            else "X.reshape(-1, 1) if it is one feature"
        )
        raise ValueError(f"X must be a matrix (n samples, {n_features} features), got shape {shape}; pass {advice}")
    X = as_matrix("X", X, dtype)
    if X.shape[1] != n_features:
        raise ValueError(
            f"X has {X.shape[1]} columns but the network takes {n_features} features; "
            f"pass X of shape (n, {n_features}) or build the network with sizes [{X.shape[1]}, ...]"
        )
    return X


def as_class_indicators(y: Array, n_classes: int) -> Array:
    """Classes as indicators: a column of indices (n, 1) becomes (n, n_classes) with a single 1 a row.

    Rows of n_classes probabilities stay as they are, provided that they sum to 1.

    Raises:
        ValueError: an index is no whole number in [0, n_classes), a row is no distribution, or the columns do not fit.

    >>> as_class_indicators(np.array([[2], [0]]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    if y.shape[1] == n_classes > 1:
        sums = y.sum(axis=1)
        wrong = np.flatnonzero(~np.isclose(sums, 1, rtol=0, atol=1e-6))
        if wrong.size or y.min() < 0:
            row = int(wrong[0] if wrong.size else np.argwhere(y < 0)[0][0])
            raise ValueError(
                f"y must hold one distribution a row, entries in [0, 1] of sum 1, but row {row} is {y[row].tolist()}; "
                "pass one-hot rows or class indices"
            )
        return y
    if y.shape[1] != 1:
        raise ValueError(
            f"y has {y.shape[1]} columns but the network ends in {n_classes} units; "
            f"pass class indices (n,) or one-hot rows (n, {n_classes})"
        )
    bad = np.flatnonzero((y != np.floor(y)) | (y < 0) | (y >= n_classes))
    if bad.size:
        raise ValueError(
            f"y must hold class indices, whole numbers from 0 to {n_classes - 1}, but row {bad[0]} is {y[bad[0], 0]}; "
            "number the classes from 0, or give the network one output unit a class"
        )
    indicators = np.zeros((len(y), n_classes), dtype=y.dtype if y.dtype.kind == "f" else np.float64)
    indicators[np.arange(len(y)), y[:, 0].astype(np.intp)] = 1
    return indicators


def require_within(name: str, array: Array, low: float, high: float, why: str) -> None:
    """Raise unless every value lies in [low, high]; the message names the first that does not, and why it must.

    >>> require_within("y", np.array([[2.0]]), 0, 1, "it is a probability")
    Traceback (most recent call last):
        ...
    ValueError: y must lie in [0, 1], but row 0, column 0 is 2.0; it is a probability
    """
    outside = (array < low) | (array > high)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"{name} must lie in [{low:g}, {high:g}], but row {row}, column {column} is {array[row, column]}; {why}"
        )
