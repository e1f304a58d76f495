"""Activations: against mpmath with 50 digits, at the extremes, by their properties, and every derivative two ways."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chainrule.arrays import Array
from chainrule.explain.complex_step import compute
from chainrule.formulas import activations
from chainrule.formulas.expression import Expression
from tests.referees import ACTIVATIONS, differences

MAGNITUDES = [1e-300, 1e-17, 1e-8, 1e-3, 0.5, 1.0, 5.0, 18.0, 37.0, 233.0, 709.0, 1e4]
EXTREMES = np.array([-m for m in reversed(MAGNITUDES)] + [0.0] + MAGNITUDES)
NEAR_ONE = 2.3e-16  # an ulp of 1: what the rounding of σ and tanh to 1 leaves in their derivatives

ROUNDED = 1 + 5e-16  # of two arguments that are neighbours, rounding may make the larger one's value the smaller


def mp_sigmoid(z: Any) -> Any:
    return 1 / (1 + mpmath.exp(-z))


def mp_slope_of_sigmoid(z: Any) -> Any:
    return mpmath.exp(-abs(z)) / (1 + mpmath.exp(-abs(z))) ** 2


def mp_twice_u(z: Any) -> Any:
    return 2 * mpmath.sqrt(2 / mpmath.pi) * (z + mpmath.mpf(0.044715) * z**3)


def mp_slope_of_gelu_tanh(z: Any) -> Any:
    inner = 2 * mpmath.sqrt(2 / mpmath.pi) * (1 + 3 * mpmath.mpf(0.044715) * z**2)
    return mp_sigmoid(mp_twice_u(z)) + z * mp_slope_of_sigmoid(mp_twice_u(z)) * inner


def mp_softplus(z: Any) -> Any:
    return max(z, 0) + mpmath.log1p(mpmath.exp(-abs(z)))


def mp_hard_sigmoid(z: Any) -> Any:
    return (min(max(z, mpmath.mpf(-3)), mpmath.mpf(3)) + 3) / 6


LAMBDA, ALPHA = mpmath.mpf(1.0507009873554804934), mpmath.mpf(1.6732632423543772848)
ONE = mpmath.mpf(1)

# value, derivative, and the absolute errors that the docstrings grant each
CLOSED_FORMS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], float]] = {
    "identity": (lambda z: z, lambda z: ONE, 0.0),
    "sigmoid": (mp_sigmoid, mp_slope_of_sigmoid, NEAR_ONE),
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2, 2 * NEAR_ONE),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2, 0.0),
    "relu": (lambda z: max(z, mpmath.mpf(0)), lambda z: mpmath.mpf(z > 0), 0.0),
    "leaky_relu": (
        lambda z: z if z > 0 else mpmath.mpf(0.01) * z,
        lambda z: ONE if z > 0 else mpmath.mpf(0.01),
        0.0,
    ),
    "prelu": (lambda z: z if z > 0 else z / 4, lambda z: ONE if z > 0 else ONE / 4, 0.0),
    "elu": (lambda z: z if z > 0 else mpmath.expm1(z), lambda z: mpmath.exp(min(z, 0)), 0.0),
    "celu": (lambda z: z if z > 0 else mpmath.expm1(z), lambda z: mpmath.exp(min(z, 0)), 0.0),
    "selu": (
        lambda z: LAMBDA * (z if z > 0 else ALPHA * mpmath.expm1(z)),
        lambda z: LAMBDA * (1 if z > 0 else ALPHA * mpmath.exp(z)),
        0.0,
    ),
    "softplus": (mp_softplus, mp_sigmoid, 0.0),
    "gelu": (lambda z: z * mpmath.ncdf(z), lambda z: mpmath.ncdf(z) + z * mpmath.npdf(z), 2 * NEAR_ONE),
    "gelu_tanh": (lambda z: z * mp_sigmoid(mp_twice_u(z)), mp_slope_of_gelu_tanh, 2 * NEAR_ONE),
    "silu": (
        lambda z: z * mp_sigmoid(z),
        lambda z: mp_sigmoid(z) + z * mp_slope_of_sigmoid(z),
        2 * NEAR_ONE,
    ),
    "mish": (
        lambda z: z * mpmath.tanh(mp_softplus(z)),
        lambda z: mpmath.tanh(mp_softplus(z)) + z * mpmath.sech(mp_softplus(z)) ** 2 * mp_sigmoid(z),
        2 * NEAR_ONE,
    ),
    "hard_sigmoid": (mp_hard_sigmoid, lambda z: mpmath.mpf(abs(z) < 3) / 6, 0.0),
    "hard_swish": (
        lambda z: z * mp_hard_sigmoid(z),
        lambda z: (2 * z + 3) / 6 if abs(z) < 3 else mpmath.mpf(z > 0),
        0.0,
    ),
}
ELEMENTWISE = sorted(CLOSED_FORMS)
COUPLED = ["log_softmax", "softmax"]
GATED = ["gelu", "gelu_tanh", "silu", "mish", "hard_swish"]
# what decays like e^−u has a relative error of 3 u units in the last place, from the rounding of u
DECAYS: dict[str, Callable[[float], float]] = {
    "gelu": lambda z: max(0.0, -z) ** 2 / 2,
    "gelu_tanh": lambda z: max(0.0, float(-mp_twice_u(z))),
}


def granted_units(name: str, z: float) -> float:
    """How many units in the last place the value of an activation may be off."""
    return 4 + 3 * DECAYS[name](z) if name in DECAYS else 4


def at_fifty_digits(f: Callable[[Any], Any], z: Array) -> Array:
    with mpmath.workdps(50):
        return np.array([float(f(mpmath.mpf(float(x)))) for x in z])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_against_mpmath(name: str) -> None:
    expected = at_fifty_digits(CLOSED_FORMS[name][0], EXTREMES)
    np.testing.assert_allclose(activations.get(name)(EXTREMES), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_against_mpmath(name: str) -> None:
    _, slope, granted = CLOSED_FORMS[name]
    f = activations.get(name)
    np.testing.assert_allclose(f.derivative(EXTREMES), at_fifty_digits(slope, EXTREMES), rtol=1e-12, atol=granted)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_and_derivatives_to_the_last_digits(name: str, dtype: str) -> None:
    f, (value, slope, granted), rng = activations.get(name), CLOSED_FORMS[name], np.random.default_rng(0)
    limits, small = np.finfo(dtype), 37 if dtype == "float64" else 12
    sizes = [rng.uniform(-small, small, 150), 10.0 ** rng.uniform(-30, 0, 25) * rng.choice([-1, 1], 25)]
    z = np.concatenate([*sizes, -np.geomspace(1, 700 if dtype == "float64" else 85, 25)]).astype(dtype)
    eps = np.finfo(dtype).eps
    absolute = limits.tiny + (eps * granted / NEAR_ONE if name in ("sigmoid", "tanh") else 0)
    found, slopes = f(z), f.derivative(z)
    assert found.dtype == slopes.dtype == dtype
    for x, a, d in zip(z.tolist(), found.tolist(), slopes.tolist(), strict=True):
        with mpmath.workdps(50):
            exact, exact_slope = value(mpmath.mpf(x)), slope(mpmath.mpf(x))
            if abs(exact) > 1000 * limits.tiny:  # a factor of it is a normal number too
                assert abs(a - exact) <= granted_units(name, x) * eps * abs(exact), (x, a)
            # of two terms that cancel each one's rounding counts; of two that do not, the sum's
            assert abs(d - exact_slope) <= granted_units(name, x) * eps * min(1, 1000 * abs(exact_slope)) + absolute


def test_the_bounds_on_the_last_digits_can_fail() -> None:
    silu = activations.get("silu")
    with mpmath.workdps(50):
        exact = CLOSED_FORMS["silu"][0](mpmath.mpf(-20.0))
        assert abs(float(silu(-20.0)) * (1 + 5 * 2.3e-16) - exact) > granted_units("silu", -20.0) * 2.2e-16 * -exact
        # the textbook's 1 + erf: right only until it cancels
        naive = -8.0 * (1 + math.erf(-8 / math.sqrt(2))) / 2
        assert abs(naive / CLOSED_FORMS["gelu"][0](mpmath.mpf(-8.0)) - 1) > 1e-3


def test_the_derivative_of_sigmoid_is_relatively_exact_on_the_left() -> None:
    left = EXTREMES[EXTREMES < 0]
    np.testing.assert_allclose(
        activations.get("sigmoid").derivative(left), at_fifty_digits(mp_slope_of_sigmoid, left), rtol=1e-12, atol=0
    )


def test_the_comparison_with_mpmath_can_fail() -> None:
    wrong = activations.get("sigmoid")(EXTREMES) * (1 + 2e-12)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(wrong, at_fifty_digits(mp_sigmoid, EXTREMES), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_float32_stays_float32(name: str) -> None:
    f, (value, slope, _) = activations.get(name), CLOSED_FORMS[name]
    z = np.array([-1e4, -80.0, -5.0, -1e-3, 0.0, 1e-30, 0.3, 20.0, 1e4], np.float32)
    assert f(z).dtype == f.derivative(z).dtype == np.float32
    np.testing.assert_allclose(f(z), at_fifty_digits(value, z), rtol=1e-5, atol=0)
    np.testing.assert_allclose(f.derivative(z), at_fifty_digits(slope, z), rtol=1e-5, atol=3e-7)


INF = math.inf
LIMITS = {  # of a and of f′ at −∞ and ∞
    "identity": ((-INF, INF), (1, 1)),
    "sigmoid": ((0, 1), (0, 0)),
    "tanh": ((-1, 1), (0, 0)),
    "softsign": ((-1, 1), (0, 0)),
    "relu": ((0, INF), (0, 1)),
    "leaky_relu": ((-INF, INF), (0.01, 1)),
    "prelu": ((-INF, INF), (0.25, 1)),
    "elu": ((-1, INF), (0, 1)),
    "celu": ((-1, INF), (0, 1)),
    "selu": ((-1.7580993408473766, INF), (0, 1.0507009873554805)),
    "softplus": ((0, INF), (0, 1)),
    "gelu": ((0, INF), (0, 1)),
    "gelu_tanh": ((0, INF), (0, 1)),
    "silu": ((0, INF), (0, 1)),
    "mish": ((0, INF), (0, 1)),
    "hard_sigmoid": ((0, 1), (0, 0)),
    "hard_swish": ((0, INF), (0, 1)),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_infinity_gives_the_limit_and_nan_stays(name: str) -> None:
    f, (of_value, of_slope) = activations.get(name), LIMITS[name]
    with np.errstate(invalid="raise"):
        np.testing.assert_array_equal(f(np.array([-INF, INF, math.nan])), [*of_value, math.nan])
        np.testing.assert_array_equal(f.derivative(np.array([-INF, INF])), of_slope)
    assert f.bounds == of_value or name in GATED  # which dip below 0


@pytest.mark.parametrize("name", GATED)
def test_the_lower_bound_is_the_minimum(name: str) -> None:
    f, z = activations.get(name), np.linspace(-2, 0, 20_001)
    assert f.bounds[0] <= f(z).min() < f.bounds[0] + 1e-8
    assert (np.diff(np.sign(f.derivative(z))) != 0).sum() == 1 + (name == "hard_swish")  # whose derivative at −3/2 is 0


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in GATED])
@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_the_others_never_fall(name: str, z: float, other: float) -> None:
    low, high = activations.get(name)(np.sort([z, other]))
    assert low <= high + 1e-15 * abs(high)


@pytest.mark.parametrize("name", ["identity", "tanh", "softsign"])
@given(st.floats(-1e4, 1e4))
def test_odd(name: str, z: float) -> None:
    f = activations.get(name)
    assert f(-z) == -f(z)
    assert f.derivative(-z) == f.derivative(z)


@pytest.mark.parametrize("name", ["relu", "softplus", "gelu", "gelu_tanh", "silu", "hard_swish"])
@given(st.floats(-1e4, 1e4))
def test_right_minus_left_is_z(name: str, z: float) -> None:
    f = activations.get(name)
    assert float(f(z) - f(-z)) == pytest.approx(z, rel=2e-15, abs=4e-16)
    assert float(f.derivative(z) + f.derivative(-z)) == pytest.approx(1.0, rel=4e-15) or z == 0


@pytest.mark.parametrize("name", activations.names())
def test_what_is_beyond_the_range_on_the_side_not_taken_is_silent(name: str) -> None:
    z = np.array([[-1e308, -1e200, -709.9, 0.0], [709.5, 709.9, 1e200, 1e308]])
    f = activations.get(name)
    assert np.isfinite(f.forward(z)).all()
    assert np.isfinite(f.derivative(z)).all()


def test_the_derivative_at_a_kink_is_the_field_s() -> None:
    for name, at, expected in [
        *(("relu", 0.0, 0.0), ("leaky_relu", 0.0, 0.01), ("selu", 0.0, 1.7580993408473766)),
        *(("hard_sigmoid", -3.0, 0.0), ("hard_sigmoid", 3.0, 0.0), ("hard_swish", -3.0, 0.0), ("hard_swish", 3.0, 1.0)),
    ]:
        assert float(activations.get(name).derivative(at)) == pytest.approx(expected, rel=1e-15), name
    assert float(activations.get("elu", alpha=0.5).derivative(0.0)) == 0.5


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("leaky_relu", {"negative_slope": 0.0}),
        ("leaky_relu", {"negative_slope": 0.3}),
        ("leaky_relu", {"negative_slope": 1.5}),
        ("elu", {"alpha": 0.0}),
        ("elu", {"alpha": 2.5}),
        ("celu", {"alpha": 0.2}),
        ("celu", {"alpha": 3.0}),
    ],
)
def test_parameters(name: str, parameters: dict[str, float]) -> None:
    f, z = activations.get(name, **parameters), np.linspace(-8, 8, 40)
    (p,) = parameters.values()
    textbook = {"leaky_relu": p * z, "elu": p * (np.exp(z) - 1), "celu": p * (np.exp(z / p) - 1) if p else z}[name]
    np.testing.assert_allclose(f(z), np.where(z > 0, z, textbook), rtol=1e-13)
    np.testing.assert_allclose(f.derivative(z), np.diagonal(differences(f, z)), rtol=5e-6, atol=1e-11)
    assert f.bounds[0] == (-math.inf if name == "leaky_relu" else -p)
    assert f(z.astype(np.float32)).dtype == f.derivative(z.astype(np.float32)).dtype == np.float32
    assert (np.ones(1, np.float32) * f.slope(z.astype(np.float32), z, *f.parameters)).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "parameter", "value", "message"),
    [
        ("leaky_relu", "negative_slope", -0.01, "negative_slope must be a finite number at least 0, got -0.01"),
        ("leaky_relu", "negative_slope", math.inf, "negative_slope must be a finite number"),
        ("elu", "alpha", -1.0, "alpha must be a finite number at least 0, got -1.0"),
        ("elu", "alpha", math.nan, "alpha must be a finite number"),
        ("celu", "alpha", 0.0, "alpha must be a finite number greater than 0, got 0.0"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name: str, parameter: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        activations.get(name, **{parameter: value})
    with pytest.raises(TypeError, match=f"{parameter} must be a finite number"):
        activations.get(name, **{parameter: "1"})  # type: ignore[arg-type]


def test_saturation_is_exact() -> None:
    assert activations.get("sigmoid")(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
    assert activations.get("sigmoid").derivative(np.array([-1e4, 1e4])).tolist() == [0.0, 0.0]
    assert activations.get("tanh")(np.array([-1e4, 1e4])).tolist() == [-1.0, 1.0]
    assert activations.get("relu").derivative(np.array([-5e-324, 0.0, 5e-324])).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_by_complex_step(name: str) -> None:
    # f(z + ih) has f′(z) h as its imaginary part, without a subtraction that could round it away.
    f, z = activations.get(name), np.linspace(-15, 15, 62)

    def stepped(z: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.imag(compute(f.forward(Expression.symbol("z")), {"z": z + 1e-200j})) / 1e-200

    np.testing.assert_allclose(stepped(z), f.derivative(z), rtol=1e-12, atol=4 * NEAR_ONE)
    if name not in ("identity", "relu", "leaky_relu", "prelu", "hard_sigmoid"):  # straight lines
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(stepped(z), f.derivative(z + 1e-3), rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in COUPLED])
def test_values_and_derivatives_against_autograd(name: str) -> None:
    f, z, textbook = activations.get(name), np.linspace(-6, 6, 50), ACTIVATIONS[name]
    np.testing.assert_allclose(f(z), textbook(z), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(f.derivative(z), elementwise_grad(textbook)(z), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_by_differences(name: str) -> None:
    f, z = activations.get(name), np.linspace(-8, 8, 40)  # none within a difference's reach of the kink at 0
    numeric = np.diagonal(differences(f, z))
    np.testing.assert_allclose(f.derivative(z), numeric, rtol=5e-6, atol=1e-11)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(f.derivative(z) * 1.0005, numeric, rtol=5e-6, atol=1e-11)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_backward_is_the_product_with_the_derivative(name: str) -> None:
    f, z = activations.get(name), np.linspace(-3, 3, 12).reshape(3, 4)
    grad_a = np.cos(np.arange(12.0)).reshape(3, 4)
    np.testing.assert_array_equal(f.backward(grad_a, z, f(z)), grad_a * f.derivative(z))


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_sigmoid_properties(z: float, other: float) -> None:
    sigmoid = activations.get("sigmoid")
    low, high = sorted((z, other))
    assert 0 <= sigmoid(low) <= sigmoid(high) * ROUNDED
    assert sigmoid(high) <= 1
    assert sigmoid(-z) == pytest.approx(1 - sigmoid(z), rel=0, abs=NEAR_ONE)
    assert float(activations.get("tanh")(z / 2)) == pytest.approx(float(2 * sigmoid(z) - 1), rel=0, abs=2 * NEAR_ONE)


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_tanh_properties(z: float, other: float) -> None:
    tanh = activations.get("tanh")
    low, high = sorted((z, other))
    assert -1 <= tanh(low) <= tanh(high) + NEAR_ONE
    assert tanh(high) <= 1
    assert tanh(-z) == -tanh(z)


@pytest.mark.parametrize("name", activations.names())
@given(z=hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e4, 1e4)))
def test_every_value_lies_within_the_bounds(name: str, z: Array) -> None:
    f = activations.get(name)
    assert ((f.bounds[0] <= f(z)) & (f(z) <= f.bounds[1])).all()


logits = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(-1e4, 1e4))


@given(logits, st.floats(-1e4, 1e4))
def test_softmax_properties(z: Array, constant: float) -> None:
    softmax = activations.get("softmax")
    np.testing.assert_allclose(softmax(z).sum(axis=1), 1, rtol=0, atol=1e-15)
    # z + c is rounded to an ulp of 2e4, 3.6e-12, which e^z makes a relative error.
    np.testing.assert_allclose(softmax(z + constant), softmax(z), rtol=1e-11, atol=1e-300)
    order = np.argsort(z, axis=1)
    assert (np.diff(np.take_along_axis(softmax(z), order, axis=1), axis=1) >= -NEAR_ONE).all()


@pytest.mark.parametrize("z", [[0.0, 1.0, -2.0], [37.0, 36.5, -233.0], [1e4, 1e4 - 1, -1e4], [1e-300, -1e-300, 0.0]])
def test_softmax_against_mpmath(z: list[float]) -> None:
    with mpmath.workdps(50):
        e = [mpmath.exp(mpmath.mpf(x)) for x in z]
        expected = [float(x / sum(e)) for x in e]
    np.testing.assert_allclose(activations.get("softmax")(np.array([z])), [expected], rtol=1e-12, atol=0)


def test_softmax_of_two_is_sigmoid_of_the_difference() -> None:
    z = np.linspace(-700, 700, 41)
    np.testing.assert_allclose(
        activations.get("softmax")(np.stack([z, np.zeros_like(z)], axis=1))[:, 0],
        activations.get("sigmoid")(z),
        rtol=1e-12,
        atol=0,
    )


def test_softmax_at_the_limits() -> None:
    softmax = activations.get("softmax")
    assert softmax(np.array([[-math.inf, 0.0], [-1e4, 1e4]])).tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert softmax(np.array([[1e4, 1e4]], np.float32)).tolist() == [[0.5, 0.5]]
    assert softmax(np.zeros((1, 2), np.float32)).dtype == np.float32
    assert np.isnan(softmax(np.array([[math.nan, 0.0], [0.0, 0.0]]))).tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize("name", COUPLED)
def test_softmax_jacobian_two_ways_and_backward_is_the_product_with_it(name: str) -> None:
    softmax, z = activations.get(name), np.array([[0.3, -1.0, 2.0, 0.0], [5.0, 5.0, -5.0, 0.1]])
    jacobian = softmax.derivative(z)
    assert jacobian.shape == (2, 4, 4)
    for sample in range(2):
        numeric = differences(softmax, z[sample]).T  # entry [i, j] of differences is ∂aⱼ/∂zᵢ
        np.testing.assert_allclose(jacobian[sample], numeric, rtol=5e-6, atol=1e-12)
        stepped = np.array([np.imag(softmax(z[sample] + 1e-30j * unit)) / 1e-30 for unit in np.eye(4)]).T
        np.testing.assert_allclose(jacobian[sample], stepped, rtol=1e-12, atol=2e-16)
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(jacobian[sample] * 1.0005, numeric, rtol=5e-6, atol=1e-12)
    np.testing.assert_array_equal(softmax.derivative(z.reshape(2, 1, 4)), jacobian.reshape(2, 1, 4, 4))
    np.testing.assert_array_equal(softmax.derivative(z[1]), jacobian[1])
    grad_a = np.array([[1.0, -2.0, 0.5, 3.0], [0.0, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        softmax.backward(grad_a, z, softmax(z)), np.einsum("nj,njk->nk", grad_a, jacobian), rtol=1e-12, atol=1e-16
    )
    if name == "softmax":  # of each row the sum is 1, whatever z is
        np.testing.assert_allclose(jacobian.sum(axis=1), 0, rtol=0, atol=1e-15)
    else:  # and adding a constant to z changes nothing
        np.testing.assert_allclose(jacobian.sum(axis=2), 0, rtol=0, atol=1e-15)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(
            softmax.backward(grad_a, z, softmax(z)), np.einsum("nj,njk->nk", grad_a, jacobian * 1.0005), rtol=1e-5
        )


@given(logits)
def test_log_softmax_is_the_logarithm_of_softmax(z: Array) -> None:
    a = activations.get("log_softmax")(z)
    assert (a <= 0).all()
    np.testing.assert_allclose(np.exp(a), activations.get("softmax")(z), rtol=1e-11, atol=1e-300)


def test_log_softmax_at_the_limits() -> None:
    log_softmax = activations.get("log_softmax")
    assert log_softmax(np.array([[-1e4, 1e4], [-math.inf, 0.0]])).tolist() == [[-2e4, 0.0], [-math.inf, 0.0]]
    assert log_softmax(np.array([[1e4, 0.0]], np.float32)).dtype == np.float32
    with mpmath.workdps(50):
        z = [mpmath.mpf(x) for x in (0.3, -37.0, 20.0)]
        expected = [float(x - mpmath.log(sum(map(mpmath.exp, z)))) for x in z]
    np.testing.assert_allclose(log_softmax([[0.3, -37.0, 20.0]]), [expected], rtol=1e-15, atol=2.3e-16)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_any_shape_goes(name: str, shape: tuple[int, ...]) -> None:
    f = activations.get(name)
    assert f(np.ones(shape)).shape == f.derivative(np.ones(shape)).shape == shape


def test_whole_numbers_become_float64() -> None:
    assert activations.get("sigmoid")([-1, 0]).dtype == np.float64
    assert activations.get("sigmoid").derivative([0, 0]).tolist() == [0.25, 0.25]


@pytest.mark.parametrize("z", ["0.5", None, ["red"]])
def test_what_is_no_number_is_refused(z: Any) -> None:
    with pytest.raises(TypeError, match="z must hold real numbers, got values of dtype"):
        activations.get("tanh")(z)


def test_softmax_of_an_infinity_is_nan_without_a_warning() -> None:
    softmax = activations.get("softmax")
    assert np.isnan(softmax([[np.inf, 0.0]])[0, 0])
    assert softmax([[-np.inf, 0.0]]).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("name", activations.names())
def test_the_caller_keeps_an_array_of_his_own(name: str) -> None:
    z = np.array([[0.5, -0.5]])
    activations.get(name)(z)[...] = 7.0
    assert z.tolist() == [[0.5, -0.5]]
