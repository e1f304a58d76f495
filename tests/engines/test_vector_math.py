"""The compiled engine's elementary functions: right to 2 units in the last place, and right at the edges."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numba import njit

from chainrule.arrays import Array
from chainrule.engines import vector_math

SMALLEST = np.finfo(np.float64).tiny
FUNCTIONS = ("exp", "log", "log1p", "tanh")


def over_an_array(function: Any) -> Callable[[Array], Array]:
    """The function in a compiled loop, as kernels call it."""

    @njit(fastmath={"contract"}, error_model="numpy")
    def loop(x: Any, out: Any) -> None:
        for i in range(len(x)):
            out[i] = function(x[i])

    def over(x: Array) -> Array:
        out = np.empty_like(x)
        loop(x, out)
        return out

    return over


COMPILED = {name: over_an_array(getattr(vector_math, name)) for name in FUNCTIONS}


def arguments(name: str) -> Array:
    """Numbers over the range in which the result is a normal number, dense where the formula changes."""
    rng = np.random.default_rng(0)
    tiny = 10.0 ** rng.uniform(-300, 0, 500) * rng.choice([-1, 1], 500)
    return {
        "exp": np.concatenate([rng.uniform(-708, 709.7, 1500), tiny, [-708.39, 709.78]]),
        "log": np.concatenate([10.0 ** rng.uniform(-322, 308, 1500), 1 + tiny / 4, [5e-324, SMALLEST]]),
        "log1p": np.concatenate([10.0 ** rng.uniform(-300, 300, 500), tiny / 1.01, np.exp(-rng.uniform(0, 700, 500))]),
        "tanh": np.concatenate([rng.uniform(-20, 20, 1000), rng.uniform(-0.7, 0.7, 1000), tiny]),
    }[name]


def units_in_the_last_place(function: Callable[[Array], Array], exact: Any, x: Array) -> float:
    """The largest distance of function(x) from the exact value, in units of its last place."""
    with mpmath.workdps(60):
        truth = [exact(mpmath.mpf(float(value))) for value in x]
        return max(
            float(abs(mpmath.mpf(float(value)) - t) / mpmath.mpf(float(np.spacing(abs(float(t))))))
            for value, t in zip(function(x), truth, strict=True)
        )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_two_units_in_the_last_place(name: str) -> None:
    assert units_in_the_last_place(COMPILED[name], getattr(mpmath, name), arguments(name)) <= 2


def test_the_measure_tells_four_units() -> None:
    def slightly_off(x: Array) -> Array:
        return COMPILED["exp"](x) * (1 + 4 * np.finfo(np.float64).eps)

    assert units_in_the_last_place(slightly_off, mpmath.exp, arguments("exp")[:50]) > 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_are_numpys(name: str) -> None:
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, -1.0, 1.0, 1e4, -1e4, 709.79, -750.0, 1.7e308, -1.7e308, 1e-320])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(COMPILED[name](x), getattr(np, name)(x), rtol=5e-16)


def test_exp_is_0_where_it_would_be_subnormal() -> None:
    assert COMPILED["exp"](np.array([-708.4, -720.0, -745.0])).tolist() == [0.0, 0.0, 0.0]


def test_choices() -> None:
    nan = float("nan")
    assert vector_math.maximum(-1.0, 2.0) == vector_math.maximum(2.0, -1.0) == 2.0
    assert np.isnan([vector_math.maximum(nan, 0.0), vector_math.maximum(0.0, nan)]).all()
    assert [vector_math.heaviside(x, 0.5) for x in (-2.0, 0.0, 3.0)] == [0.0, 0.5, 1.0]
    assert np.isnan(vector_math.heaviside(nan, 0.5))
    assert (vector_math.select(True, 1.0, 2.0), vector_math.select(False, 1.0, 2.0)) == (1.0, 2.0)
