"""Which arrays are taken, what they become, and what is said of the others."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import as_class_indicators, as_floats, as_matrix, as_samples, require_within

VALUES = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "given",
    [
        VALUES,
        VALUES.astype(np.float32),
        VALUES.astype(np.float16),
        VALUES.astype(np.int8),
        VALUES.astype(np.uint64),
        VALUES.astype(bool),
        VALUES.astype(">f8"),
        np.asfortranarray(VALUES),
        np.repeat(VALUES, 2, axis=1)[:, ::2],
        VALUES[::-1][::-1],
        VALUES.tolist(),
        [tuple(row) for row in VALUES.tolist()],
        [np.array([0, 1]), np.array([1.0, 0.0]), [True, True]],
    ],
    ids=lambda given: f"{type(given).__name__}-{getattr(given, 'dtype', '')}",
)
def test_whatever_holds_real_numbers_becomes_a_contiguous_matrix(given: Any, dtype: str) -> None:
    matrix = as_matrix("X", given, dtype)
    np.testing.assert_array_equal(matrix, VALUES)
    assert matrix.dtype == np.dtype(dtype)
    assert matrix.flags.c_contiguous
    assert matrix.dtype.isnative


def test_what_fits_already_is_not_copied() -> None:
    assert np.shares_memory(as_matrix("X", VALUES, "float64"), VALUES)


def test_a_vector_becomes_a_column_but_not_as_samples() -> None:
    assert as_matrix("y", [1, 0, 1], "float64").tolist() == [[1.0], [0.0], [1.0]]
    with pytest.raises(ValueError, match=r"got shape \(3,\); pass X.reshape\(-1, 1\) if it is one feature"):
        as_samples([1, 0, 1], 1, "float64")
    with pytest.raises(ValueError, match=r"got shape \(2,\); pass X.reshape\(1, -1\) if it is one sample"):
        as_samples(np.ones(2), 2, "float64")


def test_a_memory_mapped_file_is_read(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "X", dtype="float64", mode="w+", shape=VALUES.shape)
    mapped[...] = VALUES
    np.testing.assert_array_equal(as_samples(mapped, 2, "float32"), VALUES)


def test_values_whose_sum_overflows_are_finite() -> None:
    assert as_matrix("X", [[1.7e308, 1.7e308]], "float64").tolist() == [[1.7e308, 1.7e308]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_first_value_that_is_not_finite_is_named(bad: float) -> None:
    given = VALUES.copy()
    given[2, 1] = bad
    given[1, 0] = bad
    message = rf"^X must be finite, but row 1, column 0 is {bad} \(2 such values\); impute or drop them first$"
    with pytest.raises(ValueError, match=message):
        as_matrix("X", given, "float64")


def test_what_float32_cannot_hold_is_named() -> None:
    assert as_matrix("X", [[1e39]], "float64")[0, 0] == 1e39
    with pytest.raises(ValueError, match=r"row 0, column 0 is 1e\+39, beyond the range of float32 \(1 such values\)"):
        as_matrix("X", [[1e39]], "float32")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([[1, 2], [3]], ValueError, "^y must be a matrix with rows of equal length; NumPy says: "),
        ("word", TypeError, "^y must hold real numbers, got values of dtype <U4; encode words as numbers first"),
        ([["a", "b"]], TypeError, "dtype <U1; encode words as numbers first"),
        ([b"ab"], TypeError, r"dtype \|S2"),
        (None, TypeError, "dtype object; encode words as numbers first, and leave out None"),
        ([[1.0, None]], TypeError, "dtype object; .* leave out None"),
        ([[1j, 2]], TypeError, "got values of dtype complex128"),
        (np.zeros((2, 1), "datetime64[s]"), TypeError, "dtype datetime64"),
        ([10**400], TypeError, "dtype object"),
        ({"a": 1}, TypeError, "dtype object"),
        (3.0, ValueError, r"^y must be a matrix \(n samples, d columns\), got shape \(\); pass a 2-D array$"),
        (np.zeros((2, 1, 1)), ValueError, r"got shape \(2, 1, 1\); pass a 2-D array"),
        ([], ValueError, r"^y is empty, of shape \(0,\); pass at least one sample and one column$"),
        (np.zeros((0, 2)), ValueError, r"^y is empty, of shape \(0, 2\)"),
        (np.zeros((2, 0)), ValueError, r"^y is empty, of shape \(2, 0\)"),
    ],
)
def test_other_values_are_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        as_matrix("y", given, "float64")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([[1, 2], [3]], ValueError, "^X must be a matrix with rows of equal length"),
        (None, TypeError, "^X must hold real numbers, got values of dtype object"),
        ([], ValueError, r"^X is empty, of shape \(0,\)"),
        (3.0, ValueError, r"got shape \(\)"),
        (
            [[1, 2, 3]],
            ValueError,
            r"^X has 3 columns but the network takes 2 features; pass X of shape \(n, 2\) or build",
        ),
        (np.ones((2, 2, 2)), ValueError, r"got shape \(2, 2, 2\); pass a 2-D array"),
    ],
)
def test_other_samples_are_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        as_samples(given, 2, "float64")


def test_class_indicators() -> None:
    assert as_class_indicators(np.array([[2], [0], [1]]), 3).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert as_class_indicators(np.array([[1.0]], np.float32), 2).dtype == np.float32
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 0, but row 1 is 1\.0; .* one output unit a class"):
        as_class_indicators(np.array([[0.0], [1.0]]), 1)
    rows = np.array([[0.25, 0.75], [1.0, 0.0]])
    assert as_class_indicators(rows, 2) is rows


def test_a_distribution_may_miss_1_by_its_rounding_only() -> None:
    as_class_indicators(np.array([[1 / 3 + 3e-7, 1 / 3, 1 / 3]]), 3)
    with pytest.raises(ValueError, match="of sum 1, but row 0 is"):
        as_class_indicators(np.array([[1 / 3 + 3e-6, 1 / 3, 1 / 3]]), 3)


def test_require_within_names_the_first_value_outside() -> None:
    require_within("y", VALUES, 0, 1, "because")
    with pytest.raises(ValueError, match=r"^y must lie in \[0, 1\], but row 1, column 0 is 1\.5; because$"):
        require_within("y", np.array([[0.0, 1.0], [1.5, -2.0]]), 0, 1, "because")


def test_as_floats_keeps_what_is_a_float() -> None:
    for dtype in ("float64", "float32", "complex128"):
        assert as_floats(np.zeros(2, dtype)).dtype == dtype
    for given in (True, 3, [1, 2], np.uint8(3)):
        assert as_floats(given).dtype == np.float64
