"""The elementary functions: right at the limits, silent there, and of the dtype that they were given."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from chainrule.formulas import elementary
from chainrule.formulas.expression import Expression

inf, nan = math.inf, math.nan

LIMITS = [
    (elementary.exp, (1e4,), inf),
    (elementary.exp, (-1e4,), 0.0),
    (elementary.exp, (-inf,), 0.0),
    (elementary.log, (0.0,), -inf),
    (elementary.log, (inf,), inf),
    (elementary.log1p, (-1.0,), -inf),
    (elementary.log1p, (1e-20,), 1e-20),
    (elementary.tanh, (-inf,), -1.0),
    (elementary.tanh, (1e30,), 1.0),
    (elementary.square, (-3.0,), 9.0),
    (elementary.magnitude, (-inf,), inf),
    (elementary.maximum, (-inf, 0.0), 0.0),
    (elementary.power, (0.5, 1e30), 0.0),
    (elementary.power, (1e30, 1e30), inf),
    (elementary.power, (0.0, 3.0), 0.0),
    (elementary.heaviside, (-1e-30, 0.5), 0.0),
    (elementary.heaviside, (0.0, 0.5), 0.5),
    (elementary.heaviside, (inf, 0.5), 1.0),
    (elementary.xlogy, (0.0, 0.0), 0.0),
    (elementary.xlogy, (2.0, 0.0), -inf),
    (elementary.xlogy, (0.0, inf), 0.0),
    (elementary.xdivy, (0.0, 0.0), 0.0),
    (elementary.xdivy, (-2.0, 0.0), -inf),
    (elementary.xdivy, (1.0, 1e-320), inf),
    (elementary.xmuly, (0.0, -inf), 0.0),
    (elementary.xmuly, (2.0, -inf), -inf),
    (elementary.xmuly, (inf, 3.0), inf),
    (elementary.expm1, (1e4,), inf),
    (elementary.expm1, (-inf,), -1.0),
    (elementary.expm1, (1e-30,), 1e-30),
    (elementary.erfc, (-inf,), 2.0),
    (elementary.erfc, (inf,), 0.0),
    (elementary.erfc, (1e-30,), 1.0),
    (elementary.minimum, (-inf, 0.0), -inf),
    (elementary.sign, (-1e-30,), -1.0),
    (elementary.sign, (inf,), 1.0),
]


@pytest.mark.parametrize(("function", "arguments", "limit"), LIMITS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_limits(function: Callable[..., Any], arguments: tuple[float, ...], limit: float, dtype: str) -> None:
    arrays = [np.array([argument], dtype) for argument in arguments]
    result = function(*arrays)
    assert result.dtype == dtype
    assert result[0] == np.dtype(dtype).type(limit)


@pytest.mark.parametrize(
    "function",
    [
        *(elementary.exp, elementary.expm1, elementary.erfc, elementary.log, elementary.log1p),
        *(elementary.tanh, elementary.square, elementary.sign),
    ],
)
def test_nan_in_nan_out(function: Callable[..., Any]) -> None:
    assert np.isnan(function(np.array([nan, 1.0]))).tolist() == [True, False]


def test_nan_in_nan_out_of_two_arguments() -> None:
    assert np.isnan(elementary.maximum(np.array([nan, 1.0]), 0.0)).tolist() == [True, False]
    assert np.isnan(elementary.heaviside(np.array([nan, 1.0]), 0.0)).tolist() == [True, False]


def test_a_negative_logarithm_is_no_limit_and_warns() -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        elementary.log(np.array([-1.0]))


def test_xlogy_and_xdivy_against_mpmath() -> None:
    x, y = np.array([1e-300, 0.3, 7.0]), np.array([0.2, 1e-8, 1e10])
    np.testing.assert_allclose(
        elementary.xlogy(x, y), [float(mpmath.mpf(a) * mpmath.log(b)) for a, b in zip(x, y, strict=True)], rtol=1e-15
    )
    np.testing.assert_allclose(
        elementary.xdivy(x, y), [float(mpmath.mpf(a) / b) for a, b in zip(x, y, strict=True)], rtol=1e-15
    )


def test_where_takes_the_condition_element_by_element() -> None:
    x = np.array([[-1.0, 2.0], [nan, 0.0]])
    np.testing.assert_array_equal(elementary.where(x > 0, x, 5.0), [[5.0, 2.0], [5.0, 5.0]])


def test_reductions_go_over_the_units_and_keep_the_samples_apart() -> None:
    x = np.array([[1.0, 2.0, -4.0], [0.5, 0.25, 0.125]])
    np.testing.assert_array_equal(elementary.sum_over_units(x), [[-1.0], [0.875]])
    np.testing.assert_array_equal(elementary.max_over_units(x), [[2.0], [0.5]])


def test_every_function_works_on_an_expression() -> None:
    z, y = Expression.symbol("z"), Expression.symbol("y")
    two = {"power", "maximum", "minimum", "heaviside", "xlogy", "xdivy", "xmuly"}
    for name in elementary.__all__:
        function = getattr(elementary, name)
        result = function(z > 0, z, y) if name == "where" else function(z, y) if name in two else function(z)
        assert isinstance(result, Expression), name


def test_limits_leave_the_callers_warnings_as_they_were() -> None:
    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        elementary.exp(np.array([1e4]))
        elementary.xlogy(np.zeros(1), np.zeros(1))
    assert np.geterr() == before
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.exp(np.array([1e4]))
