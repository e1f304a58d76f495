"""The compiled engine's elementary functions: right to a few units in the last place, and right at the edges."""

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.special import erfc

from chainrule.arrays import Array
from chainrule.engines import vector_math
from chainrule.engines.emitter import Code
from chainrule.engines.formula_code import evaluate
from chainrule.engines.machine_code import MachineCode, load, register_bytes
from chainrule.formulas import activations, losses
from chainrule.formulas.expression import Expression

DTYPES = (np.dtype("float64"), np.dtype("float32"))
FUNCTIONS = ("exp", "expm1", "erfc", "log", "log1p", "tanh")
UNITS = {"expm1": 4, "erfc": 5}
"""In the last place, that a function may be off; 2 where none are given."""


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
        "expm1": np.concatenate([rng.uniform(-40, largest * 0.9999, 700), rng.uniform(-1.1, 1.1, 700), tiny]),
        "erfc": np.concatenate([rng.uniform(-6, np.sqrt(-smallest) - 0.2, 1000), rng.uniform(-1.1, 2.1, 700), tiny]),
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
def test_within_some_units_in_the_last_place(name: str, dtype: np.dtype[Any]) -> None:
    x = arguments(name, dtype)
    assert units_in_the_last_place(over_an_array(name, dtype), getattr(mpmath, name), x) <= UNITS.get(name, 2)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_measure_tells_four_units(dtype: np.dtype[Any]) -> None:
    def slightly_off(x: Array) -> Array:
        return over_an_array("exp", dtype)(x) * dtype.type(1 + 4 * np.finfo(dtype).eps)

    assert units_in_the_last_place(slightly_off, mpmath.exp, arguments("exp", dtype)[:50]) > 2


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_are_numpys(name: str, dtype: np.dtype[Any]) -> None:
    edges = [np.inf, -np.inf, np.nan, 0.0, -0.0, -1.0, 1.0, 1e4, -1e4, 709.79, -750.0, 88.8, -104.0, 1e38, -1e38]
    x = np.array([*edges, np.finfo(dtype).smallest_subnormal, -np.finfo(dtype).smallest_subnormal], dtype)
    with np.errstate(all="ignore"):
        expected = erfc(x) if name == "erfc" else getattr(np, name)(x)
    np.testing.assert_allclose(over_an_array(name, dtype)(x), expected, rtol=5 * np.finfo(dtype).eps)


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
        "minimum": (np.minimum(column["z"], column["y"]), np.minimum(z, y)),
        "minimum with 0": (np.minimum(column["z"], 0.0), np.minimum(z, 0.0)),
        "0 with minimum": (np.minimum(0.0, column["z"]), np.minimum(z, 0.0)),
        "sign": (np.sign(column["z"]), np.sign(z)),
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
        np.testing.assert_array_equal(computed(formula, {"z": z, "y": y}), expected, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", [name for name in activations.names() if "softmax" not in name])
def test_every_activation_is_numpys(name: str, dtype: np.dtype[Any]) -> None:
    f, (z, a) = activations.get(name), map(Expression.symbol, "za")
    rng, limits = np.random.default_rng(0), np.finfo(dtype)
    reach = 700 if dtype.itemsize == 8 else 85
    special = [0.0, -0.0, 3.0, -3.0, np.inf, -np.inf, np.nan, -1e4, 1e4]
    x = np.concatenate([rng.uniform(-reach, reach, 200), rng.normal(0, 3, 200), special]).astype(dtype)
    value, slope = f(x), f.derivative(x)
    # what decays like e^−u is off by the rounding of u in either engine; gelu's u is at most 700
    rtol = 5 * limits.eps * (1 + reach * name.startswith("gelu"))
    np.testing.assert_allclose(computed(f.forward(z), {"z": x}), value, rtol, atol=reach * limits.tiny)
    recorded = f.slope(z, a, *f.starts, *f.parameters)
    if isinstance(recorded, Expression):
        found = computed(recorded, {"z": x, "a": value})
        finite = np.isfinite(x)  # NaN goes through a value, but a choice between constants may lose it
        np.testing.assert_allclose(found[finite], slope[finite], rtol, atol=4 * limits.eps)
        np.testing.assert_array_equal(found[np.isinf(x)], slope[np.isinf(x)])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", [name for name in losses.names() if name != "categorical_cross_entropy"])
def test_every_loss_is_numpys(name: str, dtype: np.dtype[Any]) -> None:
    loss, symbols = losses.get(name), [Expression.symbol(letter) for letter in "ay"]
    rng, probability = np.random.default_rng(0), name == "binary_cross_entropy"
    a = np.concatenate([rng.random(100) if probability else 10.0 ** rng.uniform(-10, 4, 100), [0.0, 1.0, 0.5]])
    y = rng.integers(0, 2, len(a)).astype(dtype)
    y = loss.encode(y, 1, dtype)[:, 0]
    a, limits = a.astype(dtype), np.finfo(dtype)
    with np.errstate(all="ignore"):
        expected = loss.value(a, y, *loss.parameters), loss.slope(a, y, *loss.parameters)
    found = [computed(formula(*symbols, *loss.parameters), {"a": a, "y": y}) for formula in (loss.value, loss.slope)]
    # a difference of the two sides of a loss is as exact as each of them
    np.testing.assert_allclose(found[0], expected[0], rtol=8 * limits.eps, atol=8 * limits.eps * probability)
    np.testing.assert_allclose(found[1], expected[1], rtol=8 * limits.eps, atol=8 * limits.eps)


def computed(formula: Any, values: dict[str, Array]) -> Array:
    """What machine code of a formula gives for these values of its symbols."""
    dtype, n = next((array.dtype, len(array)) for array in values.values())
    code = Code(dtype, register_bytes())
    *places, out = code.function("f", ["floats"] * (len(values) + 1))
    for v in code.loop(-(-n // code.lanes)):
        at = v * code.lanes
        symbols = {name: place.vector(at) for name, place in zip(values, places, strict=True)}
        out.set_vector(evaluate(formula, symbols), at)
    code.end()
    function = machine_code(code).function("f", [ctypes.c_void_p] * (len(values) + 1), returns=None)
    arrays = [np.concatenate([array, np.zeros(code.lanes, dtype)]) for array in (*values.values(), np.empty(n, dtype))]
    function(*(array.ctypes.data for array in arrays))
    return arrays[-1][:n]
