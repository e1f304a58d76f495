"""The elementary functions that every formula of the package is written in.

A formula calls the names of this file and the operators ``+ - * /`` and comparisons, nothing else. It then works
on anything that follows NumPy's protocols: an array, a number, or an `Expression` (see `expression.py`), which
records the formula instead of computing it. That is how one text of a formula serves the reference and every engine.

A limit is not an error: ``exp(1000)`` is infinity and ``log(0)`` is minus infinity, both without a warning, so that
``1 / (1 + exp(-z))`` is right for every z.
"""

from typing import Any

import numpy as np

__all__ = [
    "erfc",
    "exp",
    "expm1",
    "heaviside",
    "log",
    "log1p",
    "magnitude",
    "max_over_units",
    "maximum",
    "mean_over_samples",
    "mean_over_units",
    "minimum",
    "power",
    "sign",
    "sqrt",
    "square",
    "sum_over_units",
    "tanh",
    "where",
    "xdivy",
    "xlogy",
    "xmuly",
]

# Every function takes and returns "whatever follows NumPy's protocols", which no annotation can say: hence Any.


def exp(x: Any) -> Any:
    """Exponential eˣ; infinity, silently, where it is too large for the dtype.

    >>> exp(-1e4), exp(1e4)
    (np.float64(0.0), np.float64(inf))
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(x)


def expm1(x: Any) -> Any:
    """eˣ − 1, exact for small x too; infinity, silently, where it is too large for the dtype.

    >>> expm1(1e-20), expm1(1e4)
    (np.float64(1e-20), np.float64(inf))
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.expm1(x)


def erfc(x: Any) -> Any:
    """Complementary error function 2/√π ∫ₓ^∞ e^(−t²) dt, which falls from 2 to 0; exact where it is tiny too.

    >>> erfc(0.0), erfc(-10.0), float(erfc(10.0)) < 1e-44
    (np.float64(1.0), np.float64(2.0), True)
    """
    from scipy.special import erfc as ufunc  # here, because only one activation needs it and it takes long to import

    with np.errstate(under="ignore"):
        return ufunc(x)


def log(x: Any) -> Any:
    """Natural logarithm of x ≥ 0; minus infinity, silently, at 0.

    >>> log(0.0)
    np.float64(-inf)
    """
    with np.errstate(divide="ignore"):
        return np.log(x)


def log1p(x: Any) -> Any:
    """log(1 + x), exact for small x too.

    >>> log1p(1e-20)
    np.float64(1e-20)
    """
    with np.errstate(divide="ignore"):
        return np.log1p(x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, in [-1, 1].

    >>> tanh(1e4)
    np.float64(1.0)
    """
    return np.tanh(x)


def square(x: Any) -> Any:
    """The square x · x.

    >>> square(-3.0)
    np.float64(9.0)
    """
    return np.square(x)


def magnitude(x: Any) -> Any:
    """|x|.

    >>> magnitude(-3.0)
    np.float64(3.0)
    """
    return np.absolute(x)


def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y; NaN where either is NaN.

    >>> maximum(-3.0, 0.0)
    np.float64(0.0)
    """
    return np.maximum(x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of x and y; NaN where either is NaN.

    >>> minimum(-3.0, 0.0)
    np.float64(-3.0)
    """
    return np.minimum(x, y)


def sign(x: Any) -> Any:
    """−1, 0 or 1: the sign of x.

    >>> sign(np.array([-3.0, 0.0, 2.0]))
    array([-1.,  0.,  1.])
    """
    return np.sign(x)


def sqrt(x: Any) -> Any:
    """Square root of x ≥ 0; NaN, silently, below.

    >>> sqrt(9.0)
    np.float64(3.0)
    """
    with np.errstate(invalid="ignore"):
        return np.sqrt(x)


def power(x: Any, y: Any) -> Any:
    """The power xʸ of x ≥ 0; infinity, silently, where it is too large for the dtype.

    >>> power(0.5, 3)
    np.float64(0.125)
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.power(x, y)


def heaviside(x: Any, at_zero: Any) -> Any:
    """The unit step: 0 where x < 0, 1 where x > 0, `at_zero` at 0; NaN where x is NaN.

    >>> heaviside(np.array([-1.0, 0.0, 2.0]), 0.0)
    array([0., 0., 1.])
    """
    return np.heaviside(x, at_zero)


def where(condition: Any, x: Any, y: Any) -> Any:
    """The x where the condition holds, the y elsewhere; both are computed everywhere.

    >>> where(np.array([True, False]), 1.0, 2.0)
    array([1., 2.])
    """
    return np.where(condition, x, y)


def xlogy(x: Any, y: Any) -> Any:
    """The product x · log(y), and 0 where x is 0 whatever y ≥ 0 is: what 0 · log(0) means in an entropy.

    >>> xlogy(np.array([0.0, 2.0]), np.array([0.0, 1.0]))
    array([0., 0.])
    """
    with np.errstate(invalid="ignore"):
        return where(x == 0, 0.0, x * log(y))


def xdivy(x: Any, y: Any) -> Any:
    """The quotient x / y, and 0 where x is 0 whatever y is: the derivative of x · log(y) in y.

    >>> xdivy(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return where(x == 0, 0.0, x / y)


def xmuly(x: Any, y: Any) -> Any:
    """The product x · y, and 0 where x is 0 whatever y is: the limit of σ(y) · y at −∞.

    >>> xmuly(np.array([0.0, 2.0]), np.array([-np.inf, 4.0]))
    array([0., 8.])
    """
    with np.errstate(invalid="ignore"):
        return where(x == 0, 0.0, y * x)


def sum_over_units(x: Any) -> Any:
    """Sum over the units of one layer, sample by sample: (n, d) to (n, 1).

    >>> sum_over_units(np.array([[1.0, 2.0]]))
    array([[3.]])
    """
    return np.add.reduce(x, axis=-1, keepdims=True)


def max_over_units(x: Any) -> Any:
    """Largest unit of one layer, sample by sample: (n, d) to (n, 1).

    >>> max_over_units(np.array([[1.0, 2.0]]))
    array([[2.]])
    """
    return np.maximum.reduce(x, axis=-1, keepdims=True)


def mean_over_units(x: Any) -> Any:
    """Mean over the units of one layer, sample by sample: (n, d) to (n, 1).

    >>> mean_over_units(np.array([[1.0, 2.0]]))
    array([[1.5]])
    """
    return np.mean(x, axis=-1, keepdims=True)


def mean_over_samples(x: Any) -> Any:
    """Mean over the samples, unit by unit: (n, d) to (1, d).

    >>> mean_over_samples(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[2., 5.]])
    """
    return np.mean(x, axis=-2, keepdims=True)
