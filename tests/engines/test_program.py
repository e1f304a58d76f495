"""Any formula computed in place is what NumPy computes of it, whatever arrays its results share with its inputs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.arrays import Array
from chainrule.engines.program import in_place, run
from chainrule.formulas.elementary import (
    exp,
    heaviside,
    log1p,
    magnitude,
    max_over_units,
    maximum,
    square,
    sum_over_units,
    tanh,
    where,
    xdivy,
    xlogy,
)
from chainrule.formulas.expression import Expression

Formula = Callable[[dict[str, Any]], Any]
"""What a formula makes of the things behind x, y and r: arrays (n, d), (n, d) and (n, 1), or symbols."""

SYMBOLS = ("x", "y", "r")
UNARY = [exp, tanh, square, magnitude, sum_over_units, max_over_units, lambda x: -x, lambda x: x]
BINARY = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: 2 * y / (3 + magnitude(x)),
    maximum,
    heaviside,
    lambda x, y: xlogy(magnitude(x), magnitude(y)),
    lambda x, y: xdivy(x, y),
    lambda x, y: (x > y) * 1.5,
    lambda x, y: log1p(magnitude(x - y)),
]
symbol = st.sampled_from([lambda s, name=name: s[name] for name in SYMBOLS])
number = st.sampled_from([0.0, 1, -0.5, 3.0]).map(lambda value: lambda s: value)


def grow(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.one_of(
        st.builds(lambda f, x: lambda s: f(x(s)), st.sampled_from(UNARY), inner),
        st.builds(lambda f, x, y: lambda s: f(x(s), y(s)), st.sampled_from(BINARY), inner, inner),
        st.builds(lambda f, x, c: lambda s: f(x(s), c(s)), st.sampled_from(BINARY), inner, number),
        st.builds(lambda x, y, z: lambda s: where(x(s) > y(s), z(s), y(s)), inner, inner, inner),
        st.builds(lambda x, y, c: lambda s: where(x(s) <= c(s), c(s), y(s)), inner, inner, number),
        st.builds(lambda f, x: lambda s: f(x(s), x(s)), st.sampled_from(BINARY), inner),
    )


formulas = st.recursive(symbol, grow, max_leaves=12)


def arrays_of(seed: int, n: int, d: int) -> dict[str, Array]:
    """Values for the symbols, some of them equal, units in rows."""
    rng = np.random.default_rng(seed)
    return {name: rng.integers(-3, 4, (1 if name == "r" else d, n)) / 2 for name in SYMBOLS}


def directly(formula: Formula, arrays: dict[str, Array]) -> Array:
    """What NumPy computes, samples in rows as the formulas are written, given back with units in rows."""
    with np.errstate(all="ignore"):
        return np.array(formula({name: array.T for name, array in arrays.items()}), dtype=np.float64).T


def of_full_shape(formula: Formula, arrays: dict[str, Array]) -> Formula:
    """The formula, made to give an array of x's shape where it gives one value a sample."""
    if directly(formula, arrays).shape == arrays["x"].shape:
        return formula
    return lambda s: formula(s) + 0 * s["x"]


def recorded(formula: Formula) -> Any:
    return formula({name: Expression.symbol(name) for name in SYMBOLS})


def assert_equal(mine: Array, expected: Array) -> None:
    # The order of the additions of a sum over units may differ by the layout, hence not to the bit.
    np.testing.assert_allclose(mine, np.broadcast_to(expected, mine.shape), rtol=1e-9, atol=1e-9)


@given(formulas, st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4), st.sampled_from([None, "x", "y"]))
@settings(max_examples=300)
def test_random_formulas(formula: Formula, seed: int, n: int, d: int, into: str | None) -> None:
    arrays = arrays_of(seed, n, d)
    formula = of_full_shape(formula, arrays)
    expected = directly(formula, arrays)
    out = np.empty((d, n)) if into is None else arrays[into]
    before = {name: array.copy() for name, array in arrays.items() if array is not out}
    calls = in_place([(recorded(formula), out)], arrays)
    with np.errstate(all="ignore"):
        run(calls)
    assert_equal(out, expected)
    for name, array in before.items():
        np.testing.assert_array_equal(arrays[name], array)


@given(st.lists(formulas, min_size=2, max_size=3), st.integers(0, 10**6), st.permutations(SYMBOLS[:2]))
@settings(max_examples=200)
def test_several_results_are_all_computed_from_the_values_at_the_start(
    several: list[Formula], seed: int, into: list[str]
) -> None:
    arrays = arrays_of(seed, 3, 2)
    several = [of_full_shape(formula, arrays) for formula in several]
    expected = [directly(f, arrays) for f in several]
    outs = [*(arrays[name] for name in into), np.empty((2, 3))][: len(several)]
    with np.errstate(all="ignore"):
        run(in_place([(recorded(f), out) for f, out in zip(several, outs, strict=True)], arrays))
    for out, value in zip(outs, expected, strict=True):
        assert_equal(out, value)


@given(formulas, st.integers(0, 10**6))
def test_run_again_it_computes_again(formula: Formula, seed: int) -> None:
    arrays, out = arrays_of(seed, 3, 2), np.empty((2, 3))
    formula = of_full_shape(formula, arrays)
    calls = in_place([(recorded(formula), out)], arrays)
    for again in (seed + 1, seed + 2):
        for name, array in arrays_of(again, 3, 2).items():
            arrays[name][...] = array
        with np.errstate(all="ignore"):
            run(calls)
        assert_equal(out, directly(formula, arrays))


def test_the_comparison_tells_a_wrong_program() -> None:
    arrays, out = arrays_of(0, 3, 2), np.empty((2, 3))
    run(in_place([(recorded(lambda s: s["x"] - s["y"]), out)], arrays))
    with pytest.raises(AssertionError):
        assert_equal(out, directly(lambda s: s["y"] - s["x"], arrays))


def test_swapped_symbols() -> None:
    x, y = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    run(in_place([(Expression.symbol("y"), x), (Expression.symbol("x"), y)], {"x": x, "y": y}))
    assert (x.tolist(), y.tolist()) == ([[3.0, 4.0]], [[1.0, 2.0]])


def test_where_into_the_array_that_it_chooses_from() -> None:
    x = np.array([[-1.0, 2.0]])
    symbol = Expression.symbol("x")
    run(in_place([(where(symbol > 0, symbol, 0.5), x)], {"x": x}))
    assert x.tolist() == [[0.5, 2.0]]


def test_equal_subexpressions_are_computed_once() -> None:
    x, out = np.array([[0.5, 1.0]]), np.empty((1, 2))
    symbol = Expression.symbol("x")
    calls = in_place([(exp(symbol) / (1 + exp(symbol)), out)], {"x": x})
    assert [call.func for call in calls] == [np.exp, np.add, np.divide]
    assert len(in_place([(exp(symbol) / (1 + exp(2 * symbol)), out)], {"x": x})) == 5


def test_results_share_what_they_have_in_common() -> None:
    x, first, second = np.array([[0.5, 1.0]]), np.empty((1, 2)), np.empty((1, 2))
    e = exp(Expression.symbol("x"))
    calls = in_place([(e + 1, first), (e, second), (e + 1, x)], {"x": x})
    assert [call.func for call in calls] == [np.exp, np.add, np.copyto]
    run(calls)
    np.testing.assert_array_equal([first, second, x], [np.exp([[0.5, 1.0]]) + k for k in (1, 0, 1)])


def test_a_long_chain_needs_no_array_but_its_results() -> None:
    x, out = np.array([[0.5, 1.0]]), np.empty((1, 2))
    chain = Expression.symbol("x")
    for _ in range(20):
        chain = tanh(chain) + 1
    calls = in_place([(chain, out)], {"x": x})
    assert {id(call.keywords["out"]) for call in calls} == {id(out)}


def test_an_array_is_free_again_once_a_sum_has_read_it() -> None:
    x, out = np.ones((3, 2)), np.empty((3, 2))
    symbol = Expression.symbol("x")
    calls = in_place([(sum_over_units(exp(symbol)) + tanh(symbol), out)], {"x": x})
    written = {id(call.keywords["out"]): call.keywords["out"] for call in calls}
    assert sorted(array.shape for array in written.values()) == [(1, 2), (3, 2)]
    run(calls)
    np.testing.assert_allclose(out, 3 * np.e + np.tanh(1), rtol=1e-15)


def test_dtype_is_the_results() -> None:
    x, out = np.ones((2, 3), np.float32), np.empty((2, 3), np.float32)
    symbol = Expression.symbol("x")
    calls = in_place([(where(symbol > 0.5, symbol / 3, 0.1) - sum_over_units(symbol), out)], {"x": x})
    run(calls)
    np.testing.assert_array_equal(out, np.full((2, 3), np.float32(1) / np.float32(3) - np.float32(2)))
    for call in calls:
        arrays = [a for a in (*call.args, *call.keywords.values()) if isinstance(a, np.ndarray)]
        assert {a.dtype for a in arrays} <= {np.dtype(np.float32), np.dtype(bool)}
