"""The compiled engine's elementary functions: right to 2 units in the last place, and right at the edges."""

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.engines import vector_math
from chainrule.engines.emitter import Code
from chainrule.engines.formula_code import evaluate
from chainrule.engines.machine_code import MachineCode, load, register_bytes
from chainrule.formulas.expression import Expression

DTYPES = (np.dtype("float64"), np.dtype("float32"))
FUNCTIONS = ("exp", "log", "log1p", "tanh")


def machine_code(code: Code) -> MachineCode:
    source = str(code.module)
    return load(source, lambda: source)


@functools.cache
def over_an_array(name: str, dtype: np.dtype[Any]) -> Callable[[Array], Array]:
    """The function in a compiled loop, as kernels call it."""
    code = Code(dtype, register_bytes())
    x, out, vectors = code.function(name, ["floats", "floats", "integer"])
    for v in code.loop(vectors):
        out.set_vector(getattr(vector_math, name)(x.vector(v * code.lanes)), v * code.lanes)
    code.end()
    function = machine_code(code).function(name, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64], returns=None)

    def over(x: Array) -> Array:
        padded = np.concatenate([x, np.zeros(-len(x) % code.lanes)]).astype(dtype)
        out = np.empty_like(padded)
        function(padded.ctypes.data, out.ctypes.data, len(padded) // code.lanes)
        return out[: len(x)]

    return over


def arguments(name: str, dtype: np.dtype[Any]) -> Array:
    """Numbers over the range in which the result is a normal number, dense where the formula changes."""
    rng = np.random.default_rng(0)
    low, high = {8: (-300, 308), 4: (-37, 38)}[dtype.itemsize]
    smallest, largest = (np.log(float(bound)) for bound in (np.finfo(dtype).tiny, np.finfo(dtype).max))
    tiny = 10.0 ** rng.uniform(low, 0, 500) * rng.choice([-1, 1], 500)
    numbers = {
        "exp": np.concatenate([rng.uniform(smallest, largest, 1500) * 0.9999, tiny]),
        "log": np.concatenate([10.0 ** rng.uniform(low - 7, high, 1500), 1 + tiny / 4, [np.finfo(dtype).tiny]]),
        "log1p": np.concatenate([10.0 ** rng.uniform(low, high, 500), tiny / 1.01, np.exp(-rng.uniform(0, 80, 500))]),
        "tanh": np.concatenate([rng.uniform(-20, 20, 1000), rng.uniform(-0.7, 0.7, 1000), tiny]),
    }[name]
    return numbers.astype(dtype)


def units_in_the_last_place(function: Callable[[Array], Array], exact: Any, x: Array) -> float:
    """The largest distance of function(x) from the exact value, in units of its last place."""
    with mpmath.workdps(60):
        truth = [exact(mpmath.mpf(float(value))) for value in x]
        return max(
            float(abs(mpmath.mpf(float(value)) - t) / mpmath.mpf(float(np.spacing(x.dtype.type(abs(float(t)))))))
            for value, t in zip(function(x), truth, strict=True)
        )


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_two_units_in_the_last_place(name: str, dtype: np.dtype[Any]) -> None:
    x = arguments(name, dtype)
    assert units_in_the_last_place(over_an_array(name, dtype), getattr(mpmath, name), x) <= 2


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_measure_tells_four_units(dtype: np.dtype[Any]) -> None:
    def slightly_off(x: Array) -> Array:
        return over_an_array("exp", dtype)(x) * dtype.type(1 + 4 * np.finfo(dtype).eps)

    assert units_in_the_last_place(slightly_off, mpmath.exp, arguments("exp", dtype)[:50]) > 2


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_are_numpys(name: str, dtype: np.dtype[Any]) -> None:
    edges = [np.inf, -np.inf, np.nan, 0.0, -0.0, -1.0, 1.0, 1e4, -1e4, 709.79, -750.0, 88.8, -104.0, 1e38, -1e38]
    x = np.array(edges, dtype)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    np.testing.assert_allclose(over_an_array(name, dtype)(x), expected, rtol=2.5 * np.finfo(dtype).eps)


@pytest.mark.parametrize(("dtype", "x"), [(DTYPES[0], [-708.5, -720.0, -745.0]), (DTYPES[1], [-87.5, -95.0, -103.0])])
def test_exp_becomes_0_step_by_step(dtype: np.dtype[Any], x: list[float]) -> None:
    found, exact = over_an_array("exp", dtype)(np.array(x, dtype)), np.exp(np.array(x, dtype))
    np.testing.assert_allclose(found, exact, rtol=0, atol=2 * np.finfo(dtype).smallest_subnormal)


def test_choices_between_numbers() -> None:
    nan = float("nan")
    z, y = np.array([[nan, 0.0, -1.0, 2.0, nan], [0.0, nan, 2.0, -1.0, nan]])
    column: dict[str, Any] = {name: Expression.symbol(name) for name in ("z", "y")}
    formulas: dict[str, tuple[Any, Any]] = {
        "maximum": (np.maximum(column["z"], column["y"]), np.maximum(z, y)),
        "maximum with 0": (np.maximum(column["z"], 0.0), np.maximum(z, 0.0)),
        "0 with maximum": (np.maximum(0.0, column["z"]), np.maximum(z, 0.0)),
        "heaviside": (np.heaviside(column["z"], 0.5), np.heaviside(z, 0.5)),
        "where": (np.where(column["z"] > 1, 3.0, -1.0), np.where(z > 1, 3.0, -1.0)),
        "comparisons": (
            np.where(column["z"] <= -1, np.where(column["z"] >= -1, 1.0, 2.0), np.where(column["z"] == 0, 3.0, 4.0)),
            [4.0, 3.0, 1.0, 4.0, 4.0],
        ),
        "absolute, square": (np.absolute(column["z"]) - np.square(column["z"]), np.abs(z) - z * z),
    }
    for name, (formula, expected) in formulas.items():
        code = Code(DTYPES[0], register_bytes())
        at_z, at_y, out = code.function("f", ["floats"] * 3)
        for v in code.loop(1 + 4 // code.lanes):
            place = v * code.lanes
            symbols = {"z": at_z.vector(place), "y": at_y.vector(place)}
            out.set_vector(evaluate(formula, symbols), place)
        code.end()
        function = machine_code(code).function("f", [ctypes.c_void_p] * 3, returns=None)
        arrays = [np.concatenate([values, np.zeros(3)]) for values in (z, y, np.empty(5))]
        function(*(array.ctypes.data for array in arrays))
        np.testing.assert_array_equal(arrays[2][:5], expected, err_msg=name)
