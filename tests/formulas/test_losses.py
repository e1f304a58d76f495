"""Losses: exact where they promise it, finite at every logit, their conventions as written, their derivatives."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.arrays import Array
from chainrule.explain.complex_step import compute
from chainrule.formulas import activations, losses
from chainrule.formulas.expression import Expression
from tests.referees import differences

bce, cce = losses.get("binary_cross_entropy"), losses.get("categorical_cross_entropy")
mse, half = losses.get("mean_squared_error"), losses.get("half_squared_error")
mae, huber, log_cosh = losses.get("mean_absolute_error"), losses.get("huber"), losses.get("log_cosh")
hinge, poisson = losses.get("hinge"), losses.get("poisson")

MAGNITUDES = [1e-300, 1e-8, 0.5, 1.0, 37.0, 233.0, 709.0, 1e4]
LOGITS = np.array([-m for m in reversed(MAGNITUDES)] + [0.0] + MAGNITUDES)


def mp_binary(z: float, y: float) -> float:
    with mpmath.workdps(5000):  # 1 − σ(1e4) has its first digit at the 4343rd place
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        return float(-(mpmath.mpf(y) * mpmath.log(p) + (1 - mpmath.mpf(y)) * mpmath.log(1 - p)))


def mp_categorical(z: Array, y: Array) -> float:
    with mpmath.workdps(50):
        total = mpmath.log(sum(mpmath.exp(mpmath.mpf(float(x))) for x in z))
        return float(
            sum(mpmath.mpf(float(target)) * (total - mpmath.mpf(float(x))) for x, target in zip(z, y, strict=True))
        )


def test_binary_cross_entropy_is_exact_at_the_ends() -> None:
    assert bce(-1000.0, 1) == 1000.0
    assert bce(1000.0, 0) == 1000.0
    assert bce(1000.0, 1) == 0.0
    assert bce(-1000.0, 0) == 0.0
    assert bce(0.0, 0.5) == math.log(2)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_binary_cross_entropy_against_mpmath(y: float) -> None:
    for z in LOGITS:
        assert bce(float(z), y) == pytest.approx(mp_binary(float(z), y), rel=1e-12, abs=5e-324)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_the_derivative_of_binary_cross_entropy_against_mpmath(y: float) -> None:
    for z in LOGITS:
        with mpmath.workdps(50):
            expected = float(1 / (1 + mpmath.exp(-mpmath.mpf(float(z)))) - y)
        # Where y is 1 and so is p, the difference is of two numbers near 1.
        assert float(bce.derivative(float(z), y)) == pytest.approx(expected, rel=1e-12, abs=2.3e-16)


@pytest.mark.parametrize(
    "z", [[0.3, -1.0, 2.0], [37.0, 36.5, -233.0], [1e4, -1e4, 0.0], [709.0, 710.0, 708.0], [1e-300, 0.0, 1e-8]]
)
@pytest.mark.parametrize("y", [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.25, 0.25, 0.5]])
def test_categorical_cross_entropy_against_mpmath(z: list[float], y: list[float]) -> None:
    expected = mp_categorical(np.array(z), np.array(y))
    assert cce([z], [y]) == pytest.approx(expected, rel=1e-12, abs=2.3e-16)
    with mpmath.workdps(50):
        e = [mpmath.exp(mpmath.mpf(x)) for x in z]
        slope = [float(x / sum(e) - target) for x, target in zip(e, y, strict=True)]
    np.testing.assert_allclose(cce.derivative([z], [y]), [slope], rtol=1e-12, atol=2.3e-16)


@pytest.mark.parametrize("z", [-1e4, 1e4])
def test_every_loss_and_derivative_is_finite_at_ten_thousand(z: float) -> None:
    for L in (bce, mse, half, mae, huber, log_cosh, hinge):
        for y in (0.0, 1.0):
            assert math.isfinite(L([[z]], [[y]]))
            assert np.isfinite(L.derivative([[z]], [[y]])).all()
    for label in (0, 1):
        assert cce([[z, -z]], [label]) in (0.0, 2e4)
        assert set(np.abs(cce.derivative([[z, -z]], [label])).ravel()) <= {0.0, 1.0}


def test_float32_is_right_to_a_millionth() -> None:
    z, y = np.array([[-1000.0], [-3.0], [0.1], [40.0]], np.float32), [1, 1, 0, 0]
    assert bce.derivative(z, y).dtype == np.float32
    assert bce(z, y) == pytest.approx(
        np.mean([mp_binary(float(x), t) for x, t in zip(z[:, 0], y, strict=True)]), rel=1e-6
    )


def test_class_indices_are_one_hot_rows() -> None:
    z, one_hot = np.array([[0.3, -1.0, 2.0], [0.0, 5.0, 1.0]]), [[0, 0, 1], [1, 0, 0]]
    assert cce(z, [2, 0]) == cce(z, [[2], [0]]) == cce(z, one_hot)
    np.testing.assert_array_equal(cce.derivative(z, [2, 0]), cce.derivative(z, one_hot))
    assert cce(z, [2, 1]) != cce(z, one_hot)


def test_squared_errors_by_hand() -> None:
    a, y = [[1.0, 3.0, 2.0], [2.0, 4.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 8.0, 3.0]]  # squares 1 + 9 + 4 and 4 + 16 + 9
    assert mse(a, y) == pytest.approx((14 / 3 + 29 / 3) / 2, rel=1e-15)
    assert half(a, y) == (14 / 2 + 29 / 2) / 2


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10**6))
def test_conventions(n: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, y = rng.normal(size=(n, d)), rng.normal(size=(n, d))
    assert mse(a, y) == pytest.approx(np.mean((a - y) ** 2), rel=1e-12)
    assert half(a, y) == pytest.approx(0.5 * np.sum((a - y) ** 2) / n, rel=1e-12)
    np.testing.assert_allclose(mse.derivative(a, y), 2 * (a - y) / (n * d), rtol=1e-12)
    np.testing.assert_allclose(half.derivative(a, y), (a - y) / n, rtol=1e-12)
    labels = rng.random((n, d))
    assert bce(a, labels) == pytest.approx(sum(bce(a[:, [j]], labels[:, [j]]) for j in range(d)), rel=1e-12)
    p = 1 / (1 + np.exp(-a))
    np.testing.assert_allclose(bce.derivative(a, labels), (p - labels) / n, rtol=1e-12, atol=1e-16)


def test_samples_are_averaged_so_doubling_them_changes_nothing() -> None:
    z, y = np.array([[0.3], [-2.0]]), np.array([[1.0], [0.0]])
    for L in (bce, mse, half):
        assert L(np.tile(z, (2, 1)), np.tile(y, (2, 1))) == pytest.approx(L(z, y), rel=1e-15)
        np.testing.assert_array_equal(L.derivative(np.tile(z, (2, 1)), np.tile(y, (2, 1)))[:2], L.derivative(z, y) / 2)


def targets_for(name: str, y: Array) -> Array:
    """Targets that the loss takes, from numbers in [0, 1]."""
    return np.where(y > 0.4, 1.0, -1.0) if name == "hinge" else y


@pytest.mark.parametrize("name", losses.names())
def test_derivatives_by_differences(name: str) -> None:
    L, rng = losses.get(name), np.random.default_rng(3)
    z, y = rng.normal(0, 3, (4, 3)), targets_for(name, rng.dirichlet(np.ones(3), 4))
    z = np.abs(z) if name == "poisson" else z
    numeric = differences(lambda x: L(x, y), z)
    np.testing.assert_allclose(L.derivative(z, y), numeric, rtol=5e-6, atol=1e-11)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(L.derivative(z, y) * 1.0005, numeric, rtol=5e-6, atol=1e-11)


@pytest.mark.parametrize("name", losses.names())
def test_slopes_by_differences(name: str) -> None:
    L, a, y = losses.get(name), np.linspace(0.05, 0.95, 10), np.linspace(1, 0, 10)
    y = targets_for(name, y + 0.01)
    numeric = np.diagonal(differences(lambda p: L.value(p, y, *L.parameters), a))
    np.testing.assert_allclose(L.slope(a, y, *L.parameters), numeric, rtol=5e-6, atol=1e-11)


@pytest.mark.parametrize("name", losses.names())
def test_slopes_by_complex_step(name: str) -> None:
    L, a, y = losses.get(name), np.linspace(0.05, 2.95, 30), np.linspace(1, 0, 30)
    a, y = (a / 3 if L.link else a), targets_for(name, y + 0.01 * (L.link is None))
    recorded = L.value(Expression.symbol("a"), Expression.symbol("y"), *L.parameters)
    with np.errstate(all="ignore"):
        stepped = np.imag(compute(recorded, {"a": a + 1e-200j, "y": y})) / 1e-200
    np.testing.assert_allclose(L.slope(a, y, *L.parameters), stepped, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_from_logits_is_from_probabilities_until_it_saturates(name: str) -> None:
    L, rng = losses.get(name), np.random.default_rng(4)
    assert L.link is not None
    z, y = rng.uniform(-5, 5, (20, 3)), rng.dirichlet(np.ones(3), 20)
    p = L.link()(z)
    np.testing.assert_allclose(L.value_from_logits(z, y).sum(axis=1), np.asarray(L.value(p, y)).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        L.slope_from_logits(p, y), L.link().backward(L.slope(p, y), z, p), rtol=1e-11, atol=1e-15
    )


def test_from_probabilities_the_value_at_the_ends_is_a_limit_not_a_warning() -> None:
    assert bce.value(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])).tolist() == [
        0,
        0,
        math.inf,
        math.inf,
    ]
    assert bce.slope(np.array([0.0, 1.0]), np.array([1.0, 0.0])).tolist() == [-math.inf, math.inf]
    assert cce.value(np.array([0.0, 0.0]), np.array([0.0, 1.0])).tolist() == [0.0, math.inf]


def test_only_the_link_shortens() -> None:
    others = [(losses.get(name), None) for name in losses.names() if not name.endswith("cross_entropy")]
    for L, link in ((bce, "sigmoid"), (cce, "softmax"), *others):
        assert [name for name in activations.names() if L.shortens(activations.get(name))] == ([link] if link else [])


@pytest.mark.parametrize(("z", "y", "shape"), [(0.5, 1.0, ()), ([0.5, 1.0], [0, 1], (2,)), ([[0.5]], [1], (1, 1))])
def test_numbers_vectors_and_matrices_go(z: Any, y: Any, shape: tuple[int, ...]) -> None:
    for L in (bce, mse, half):
        assert L.derivative(z, y).shape == shape
        assert isinstance(L(z, y), float)


@pytest.mark.parametrize(
    ("L", "z", "y", "message"),
    [
        (
            bce,
            [[0.0], [0.0]],
            [0, 1.5],
            r"y must lie in \[0, 1\], but row 1, column 0 is 1\.5; binary_cross_entropy takes",
        ),
        (bce, 0.0, -1, r"y must lie in \[0, 1\], but row 0, column 0 is -1"),
        (bce, [[0.0, 0.0]], [1], r"y has 1 columns but the network ends in 2 units; pass y of shape \(n, 2\)"),
        (bce, [0.0, 0.0], [1], r"y has 1 rows but z has 2; pass one row a sample"),
        (
            mse,
            np.zeros((2, 2, 2)),
            [1],
            r"z must be a number, \(n,\) or \(n, d\), and not empty; got shape \(2, 2, 2\)",
        ),
        (mse, [], [1], r"not empty; got shape \(0,\)"),
        (mse, [1.0, 2.0], [[1], [1, 2]], "y must be a matrix with rows of equal length"),
        (mse, [1.0], [math.nan], "y must be finite, but row 0, column 0 is nan"),
        (
            cce,
            [[0.0, 0.0]],
            [2],
            r"class indices, whole numbers from 0 to 1, but row 0 is 2\.0; number the classes from 0",
        ),
        (cce, [[0.0, 0.0]], [0.5], r"class indices, whole numbers from 0 to 1, but row 0 is 0\.5"),
        (cce, [[0.0, 0.0]], [-1], r"class indices, whole numbers from 0 to 1, but row 0 is -1"),
        (
            cce,
            [[0.0, 0.0]],
            [[0.5, 0.6]],
            r"entries in \[0, 1\] of sum 1, but row 0 is \[0\.5, 0\.6\]; pass one-hot rows",
        ),
        (cce, [[0.0, 0.0]], [[1.5, -0.5]], r"entries in \[0, 1\] of sum 1, but row 0 is \[1\.5, -0\.5\]"),
        (cce, np.zeros((2, 2)), [[0, 1], [1.5, -0.5]], r"of sum 1, but row 1 is \[1\.5, -0\.5\]"),
        (cce, np.zeros((2, 2)), [[0, 1], [0.5, 0.6]], r"of sum 1, but row 1 is \[0\.5, 0\.6\]"),
        (cce, [[0.0, 0.0]], [[0.5, 0.3, 0.2]], r"y has 3 columns but the network ends in 2 units; pass class indices"),
    ],
)
def test_targets_that_do_not_fit_are_named(L: losses.Loss, z: Any, y: Any, message: str) -> None:
    for call in (L, L.derivative):
        with pytest.raises(ValueError, match=message):
            call(z, y)


ERRORS = np.array([1e-300, 1e-160, 1e-17, 1e-8, 1e-3, 0.3, 0.999, 1.0, 1.001, 5.0, 37.0, 233.0, 1e4])
BOTH_SIDES = np.concatenate([-ERRORS, [0.0], ERRORS])


def mp_huber(e: Any, delta: float = 1.0) -> Any:
    return e * e / 2 if abs(e) <= delta else mpmath.mpf(delta) * (abs(e) - mpmath.mpf(delta) / 2)


@pytest.mark.parametrize(
    ("L", "value", "slope"),
    [
        (mse, lambda e: e * e, lambda e: 2 * e),
        (half, lambda e: e * e / 2, lambda e: e),
        (mae, abs, mpmath.sign),
        (huber, mp_huber, lambda e: max(min(e, 1), -1)),
        (losses.get("huber", delta=0.3), lambda e: mp_huber(e, 0.3), lambda e: max(min(e, 0.3), -0.3)),
        (log_cosh, lambda e: mpmath.log(mpmath.cosh(e)), mpmath.tanh),
    ],
    ids=lambda item: getattr(item, "name", ""),
)
def test_losses_of_an_error_against_mpmath(L: losses.Loss, value: Any, slope: Any) -> None:
    with mpmath.workdps(700):  # cosh(1e-300) differs from 1 in the 600th place
        exact = [(float(value(mpmath.mpf(float(e)))), float(slope(mpmath.mpf(float(e))))) for e in BOTH_SIDES]
    expected, slopes = np.array(exact).T
    zero = np.zeros_like(BOTH_SIDES)
    np.testing.assert_allclose(L.value(BOTH_SIDES, zero, *L.parameters), expected, rtol=2e-15, atol=5e-324)
    np.testing.assert_allclose(L.slope(BOTH_SIDES, zero, *L.parameters), slopes, rtol=2e-15, atol=0)
    single = BOTH_SIDES.astype(np.float32)
    found = L.value(single, np.zeros_like(single), *L.parameters)
    assert found.dtype == L.slope(single, np.zeros_like(single), *L.parameters).dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-38)


def test_the_comparison_with_mpmath_can_fail() -> None:
    e = 1e-8
    assert abs(math.log(math.cosh(e)) - 5e-17) > 4e-17  # the textbook's, where it cancels
    assert float(log_cosh.value(e, 0.0)) == pytest.approx(5e-17, rel=1e-14)


def test_log_cosh_and_huber_at_their_borders() -> None:
    assert log_cosh([1e4], [0.0]) == 1e4 - math.log(2)
    for e in (1.0, -1.0):
        assert huber([e], [0.0]) == 0.5
        assert huber.derivative([e], [0.0]).tolist() == [e]
    below, above = np.nextafter(1, [0, 2])
    assert huber([below], [0.0]) <= 0.5 <= huber([above], [0.0])
    assert losses.get("huber", delta=1e300)([3.0], [0.0]) == 4.5  # all parabola
    assert huber([1e200], [0.0]) == 1e200  # no square overflows


def test_hinge_by_hand() -> None:
    assert hinge([2.0, 0.5, -1.0, 1.0], [1, 1, 1, 1]) == (0 + 0.5 + 2 + 0) / 4
    assert hinge([2.0, 0.5, -1.0, 1.0], [-1, -1, -1, -1]) == (3 + 1.5 + 0 + 2) / 4
    np.testing.assert_array_equal(hinge.derivative([2.0, 0.5, 1.0], [1, 1, 1]), [0, -1 / 3, 0])  # 0 at the kink
    np.testing.assert_array_equal(hinge.derivative([2.0, 0.5], [-1, -1]), [0.5, 0.5])
    assert hinge([[2.0, 0.5]], [[1, 1]]) == 0.25  # the mean over the outputs


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 10**6))
def test_hinge_takes_labels_0_and_1_for_minus_1_and_1(labels: list[bool], seed: int) -> None:
    a, y = np.random.default_rng(seed).normal(size=len(labels)), np.array(labels, dtype=float)
    assert hinge(a, y) == hinge(a, 2 * y - 1)
    np.testing.assert_array_equal(hinge.encode(y, 1, "float64")[:, 0], 2 * y - 1)
    encoded = hinge.encode(y, 1, "float32")
    np.testing.assert_array_equal(hinge.encode(encoded, 1, "float32"), encoded)  # twice is once
    assert encoded.dtype == np.float32


def test_poisson_against_mpmath() -> None:
    a = np.array([1e-300, 1e-8, 0.3, 1.0, 2.5, 37.0, 1e4])
    for y in (0.0, 1.0, 7.0, 0.5):
        with mpmath.workdps(50):
            pairs = [(mpmath.mpf(float(x)), mpmath.mpf(y)) for x in a]
            expected = np.array([float(x - t * mpmath.log(x)) for x, t in pairs])
            slopes = np.array([float(1 - t / x) for x, t in pairs])
        np.testing.assert_allclose(poisson.value(a, y), expected, rtol=1e-14)
        np.testing.assert_allclose(poisson.slope(a, y), slopes, rtol=1e-14)
    assert poisson.value(0.0, 0.0) == 0
    assert poisson([0.0], [1.0]) == math.inf
    assert poisson.slope(np.zeros(2), np.array([0.0, 1.0])).tolist() == [1.0, -math.inf]


@given(st.floats(0.01, 100))
def test_poisson_is_least_where_the_rate_is_the_count(y: float) -> None:
    assert float(poisson.slope(np.array(y), y)) == 0
    assert float(poisson.value(np.array(y), y)) <= float(poisson.value(np.array(y * 1.1), y))
    assert float(poisson.value(np.array(y), y)) <= float(poisson.value(np.array(y * 0.9), y))


def test_those_that_keras_averages_over_the_outputs() -> None:
    a, y = np.array([[0.5, 2.0], [1.5, 3.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])
    for L in (mae, mse, huber, log_cosh, hinge, poisson):
        assert L(a, y) == pytest.approx(float(np.mean(L.value(a, L.encode(y, 2, "float64"), *L.parameters))), rel=1e-15)


@pytest.mark.parametrize(
    ("L", "y", "message"),
    [
        (
            hinge,
            [0.5],
            r"y must hold 0 and 1 only, but row 0, column 0 is 0\.5; hinge takes labels −1 and 1, or 0 and 1",
        ),
        (hinge, [-1, 0, 1], r"y must hold -1 and 1 only, but row 1, column 0 is 0\.0; hinge takes"),
        (hinge, [2], r"y must hold 0 and 1 only, but row 0, column 0 is 2\.0"),
        (poisson, [-1], r"y must lie in \[0, inf\], but row 0, column 0 is -1\.0; poisson takes counts"),
    ],
)
def test_targets_of_no_such_kind_are_named(L: losses.Loss, y: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        L(np.ones(len(y)), y)


def test_a_rate_below_0_is_refused_and_the_network_pointed_to_an_output_of_rates() -> None:
    for call in (poisson, poisson.derivative):
        with pytest.raises(ValueError, match=r"z must lie in \[0, inf\], but row 1, column 0 is -0\.5; poisson"):
            call([1.0, -0.5], [1, 1])
    net = cr.Network([1, 1], output="identity", seed=0)
    with pytest.raises(ValueError, match=r"poisson needs predictions in \[0, inf\], .* output='softplus'"):
        net.gradients([[1.0]], [1], loss="poisson")
    with pytest.raises(ValueError, match=r"categorical_cross_entropy needs .* output='softmax'"):
        cr.Network([1, 2], output="log_softmax", seed=0).gradients([[1.0]], [1], loss="categorical_cross_entropy")


@pytest.mark.parametrize("s", [0.0, 0.1, 0.9])
def test_label_smoothing(s: float) -> None:
    smooth, z = losses.get("binary_cross_entropy", label_smoothing=s), np.array([0.3, -2.0])
    assert smooth(z, [1, 0]) == pytest.approx(bce(z, [1 - s / 2, s / 2]), rel=1e-15)
    smooth, z = losses.get("categorical_cross_entropy", label_smoothing=s), np.array([[0.3, -2.0, 1.0, 5.0]])
    rest = s / 4
    assert smooth(z, [2]) == pytest.approx(cce(z, [[rest, rest, 1 - s + rest, rest]]), rel=1e-15)
    np.testing.assert_allclose(smooth.derivative(z, [2]), cce.derivative(z, [[rest, rest, 1 - s + rest, rest]]), 1e-15)
    assert smooth.parameters == ()
    assert smooth.encode([2], 4, "float32").dtype == np.float32
    assert smooth.encode([2], 4, "float64").sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(
        smooth.derivative(z, [2]), differences(lambda x: smooth(x, [2]), z), rtol=5e-6, atol=1e-11
    )
    assert (smooth == cce) == (s == 0)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("binary_cross_entropy", "label_smoothing", -0.1),
        ("categorical_cross_entropy", "label_smoothing", 1.0),
        ("categorical_cross_entropy", "label_smoothing", math.nan),
        ("huber", "delta", 0.0),
        ("huber", "delta", -1.0),
        ("huber", "delta", math.inf),
    ],
)
def test_a_parameter_out_of_range_is_refused(name: str, parameter: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{parameter} must be a finite number .*, got {value}"):
        losses.get(name, **{parameter: value})
