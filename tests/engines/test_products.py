"""Products and transposes as machine code, against NumPy: every kind of tile, and sums taken in parts."""

import ctypes
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.engines.emitter import Code
from chainrule.engines.machine_code import load, register_bytes
from chainrule.engines.products import across_lanes, product, transpose, transposed_into
from chainrule.engines.values import Pointer

DTYPES: list[np.dtype[Any]] = [np.dtype("float64"), np.dtype("float32")]


def run(code: Code, name: str, *arrays: Array) -> None:
    """Call the function that was just written."""
    code.end()
    source = str(code.module)
    function = load(source, lambda: source).function(name, [ctypes.c_void_p] * len(arrays), returns=None)
    function(*(array.ctypes.data for array in arrays))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("rows", [1, 7, 8, 17])
@pytest.mark.parametrize("depth", [1, 5, 256, 257, 600])
@pytest.mark.parametrize("vectors", [1, 2, 3, 4, 5, 7])
def test_product(dtype: np.dtype[Any], rows: int, depth: int, vectors: int) -> None:
    code = Code(dtype, register_bytes())
    n = vectors * code.lanes
    rng = np.random.default_rng(rows + depth)
    left, right = rng.normal(size=(rows, depth)).astype(dtype), rng.normal(size=(depth, n)).astype(dtype)
    out = np.full((rows, n), np.nan, dtype)
    a, b, c = code.function("f", ["floats"] * 3)

    def place(r: Any, v: Any) -> Any:
        return r * n + v * code.lanes

    product(
        code,
        lambda r, t: a[r * depth + t].spread(),
        lambda t, v: b.vector(place(t, v)),
        (rows, depth, vectors),
        lambda r, v, value: c.set_vector(value, place(r, v)),
        lambda r, v: c.vector(place(r, v)),
        unrolled=False,
    )
    run(code, "f", left, right, out)
    exact = left.astype(np.longdouble) @ right.astype(np.longdouble)
    bound = depth * np.finfo(dtype).eps * (np.abs(left).astype(np.longdouble) @ np.abs(right).astype(np.longdouble))
    assert (np.abs(out - exact) <= bound).all()


def test_an_unrolled_product_is_the_same_product() -> None:
    results = []
    for unrolled in (False, True):
        code = Code(DTYPES[0], register_bytes())
        n = 2 * code.lanes
        rng = np.random.default_rng(0)
        left, right, out = rng.normal(size=(3, 4)), rng.normal(size=(4, n)), np.zeros((3, n))
        a, b, c = code.function("f", ["floats"] * 3)

        def left_at(r: Any, t: Any, a: Pointer = a) -> Any:
            return a[r * 4 + t].spread()

        def right_at(t: Any, v: Any, b: Pointer = b, code: Code = code, n: int = n) -> Any:
            return b.vector(t * n + v * code.lanes)

        def put(r: Any, v: Any, value: Any, c: Pointer = c, code: Code = code, n: int = n) -> None:
            c.set_vector(value, r * n + v * code.lanes)

        product(code, left_at, right_at, (3, 4, 2), put, unrolled=unrolled)
        run(code, "f", left, right, out)
        results.append(out.tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_transpose_and_sums_of_lanes(dtype: np.dtype[Any]) -> None:
    code = Code(dtype, register_bytes())
    square = np.arange(code.lanes**2, dtype=dtype).reshape(code.lanes, code.lanes)
    turned, sums, few = np.zeros_like(square), np.zeros(code.lanes, dtype), np.zeros(code.lanes, dtype)
    source, out, out_sums, out_few = code.function("f", ["floats"] * 4)
    rows = [source.vector(i * code.lanes) for i in range(code.lanes)]
    for i, column in enumerate(transpose(code, rows)):
        out.set_vector(column, i * code.lanes)
    out_sums.set_vector(across_lanes(code, rows))
    out_few.set_first(2, across_lanes(code, rows[:2]))
    run(code, "f", square, turned, sums, few)
    np.testing.assert_array_equal(turned, square.T)
    np.testing.assert_array_equal(sums, square.sum(axis=1))
    np.testing.assert_array_equal(few, [*square.sum(axis=1)[:2], *[0] * (code.lanes - 2)])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("units", [1, 8, 21])
def test_units_in_rows_become_samples_in_rows(dtype: np.dtype[Any], units: int) -> None:
    code = Code(dtype, register_bytes())
    n = 2 * code.lanes
    matrix = np.random.default_rng(0).normal(size=(units, n)).astype(dtype)
    across = -(-units // code.lanes) * code.lanes
    turned = np.full((n, across), np.nan, dtype)
    source, out = code.function("f", ["floats"] * 2)
    assert transposed_into(code, lambda j, v: source.vector(j * n + v * code.lanes), out, units, 2) == across
    run(code, "f", matrix, turned)
    np.testing.assert_array_equal(turned[:, :units], matrix.T)
    assert (turned[:, units:] == 0).all()
