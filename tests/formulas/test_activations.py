"""Activations: against mpmath with 50 digits, at the extremes, by their properties, and every derivative two ways."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chainrule.arrays import Array
from chainrule.formulas import activations
from tests.referees import differences

MAGNITUDES = [1e-300, 1e-17, 1e-8, 1e-3, 0.5, 1.0, 5.0, 18.0, 37.0, 233.0, 709.0, 1e4]
EXTREMES = np.array([-m for m in reversed(MAGNITUDES)] + [0.0] + MAGNITUDES)
NEAR_ONE = 2.3e-16  # an ulp of 1: what the rounding of σ and tanh to 1 leaves in their derivatives

ROUNDED = 1 + 5e-16  # of two arguments that are neighbours, rounding may make the larger one's value the smaller


def mp_sigmoid(z: Any) -> Any:
    return 1 / (1 + mpmath.exp(-z))


def mp_slope_of_sigmoid(z: Any) -> Any:
    return mpmath.exp(-abs(z)) / (1 + mpmath.exp(-abs(z))) ** 2


# value, derivative, and the absolute errors that the docstrings grant each
CLOSED_FORMS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], float]] = {
    "identity": (lambda z: z, lambda z: mpmath.mpf(1), 0.0),
    "sigmoid": (mp_sigmoid, mp_slope_of_sigmoid, NEAR_ONE),
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2, 2 * NEAR_ONE),
    "relu": (lambda z: max(z, mpmath.mpf(0)), lambda z: mpmath.mpf(z > 0), 0.0),
}
ELEMENTWISE = sorted(CLOSED_FORMS)


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
    np.testing.assert_allclose(f(z), at_fifty_digits(value, z), rtol=1e-6, atol=0)
    np.testing.assert_allclose(f.derivative(z), at_fifty_digits(slope, z), rtol=1e-6, atol=3e-7)


@pytest.mark.parametrize(
    ("name", "at_minus_infinity", "at_infinity"),
    [("identity", -math.inf, math.inf), ("sigmoid", 0, 1), ("tanh", -1, 1), ("relu", 0, math.inf)],
)
def test_infinity_gives_the_limit_and_nan_stays(name: str, at_minus_infinity: float, at_infinity: float) -> None:
    f = activations.get(name)
    assert f.bounds == (at_minus_infinity, at_infinity)
    np.testing.assert_array_equal(
        f(np.array([-math.inf, math.inf, math.nan])), [at_minus_infinity, at_infinity, np.nan]
    )
    if f.bounds[1] < math.inf:
        np.testing.assert_array_equal(f.derivative(np.array([-math.inf, math.inf, math.nan])), [0, 0, np.nan])


def test_saturation_is_exact() -> None:
    assert activations.get("sigmoid")(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
    assert activations.get("sigmoid").derivative(np.array([-1e4, 1e4])).tolist() == [0.0, 0.0]
    assert activations.get("tanh")(np.array([-1e4, 1e4])).tolist() == [-1.0, 1.0]
    assert activations.get("relu").derivative(np.array([-5e-324, 0.0, 5e-324])).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_derivatives_by_complex_step(name: str) -> None:
    # f(z + ih) has f′(z) h as its imaginary part, without a subtraction that could round it away.
    f, z = activations.get(name), np.linspace(-15, 15, 61)
    np.testing.assert_allclose(np.imag(f(z + 1e-30j)) / 1e-30, f.derivative(z), rtol=1e-12, atol=NEAR_ONE)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(np.imag(f(z + 1e-30j)) / 1e-30, f.derivative(z + 1e-3), rtol=1e-4)


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


def test_softmax_jacobian_two_ways_and_backward_is_the_product_with_it() -> None:
    softmax, z = activations.get("softmax"), np.array([[0.3, -1.0, 2.0, 0.0], [5.0, 5.0, -5.0, 0.1]])
    jacobian = softmax.derivative(z)
    assert jacobian.shape == (2, 4, 4)
    for sample in range(2):
        numeric = differences(softmax, z[sample]).T  # entry [i, j] of differences is ∂aⱼ/∂zᵢ
        np.testing.assert_allclose(jacobian[sample], numeric, rtol=5e-6, atol=1e-12)
        stepped = np.array([np.imag(softmax(z[sample] + 1e-30j * unit)) / 1e-30 for unit in np.eye(4)]).T
        np.testing.assert_allclose(jacobian[sample], stepped, rtol=1e-12, atol=1e-17)
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(jacobian[sample] * 1.0005, numeric, rtol=5e-6, atol=1e-12)
    np.testing.assert_array_equal(softmax.derivative(z.reshape(2, 1, 4)), jacobian.reshape(2, 1, 4, 4))
    np.testing.assert_array_equal(softmax.derivative(z[1]), jacobian[1])
    grad_a = np.array([[1.0, -2.0, 0.5, 3.0], [0.0, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        softmax.backward(grad_a, z, softmax(z)), np.einsum("nj,njk->nk", grad_a, jacobian), rtol=1e-12, atol=1e-16
    )
    np.testing.assert_allclose(jacobian.sum(axis=1), 0, rtol=0, atol=1e-15)


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
