"""The reference against two referees, differences and HIPS autograd, and the shortcut against the long chain."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule.arrays import Array
from chainrule.backprop import Backprop, backprop, forward, mean_loss
from chainrule.formulas import losses
from chainrule.structure import Structure
from tests.referees import Case, cases, differences, every_combination

COMBINATIONS = list(every_combination())


def flat(result: Backprop) -> Array:
    """The gradient as one vector, laid out as θ."""
    tensors = zip(result.grad_weight, result.grad_bias, strict=True)
    return np.concatenate([tensor.ravel() for layer in tensors for tensor in layer])


def by_differences(case: Case, theta: Array, X: Array, y: Array, *, of_X: bool = False) -> Array:
    """The gradient in θ or X by differences; NaN where a kink lies in their way."""
    structure, loss = case.network().structure, losses.get(case.loss)

    def value(moving: Array) -> float:
        z, a = forward(structure, *((theta, moving) if of_X else (moving, X)))
        return mean_loss(structure, z[-1], a[-1], y, loss)

    def pieces(moving: Array) -> Array:
        z, a = forward(structure, *((theta, moving) if of_X else (moving, X)))
        return case.pieces(z, a[-1], y)

    return differences(value, X if of_X else theta, pieces)


def assert_agrees_with_differences(gradient: Array, numeric: Array, loss: float) -> None:
    smooth = np.isfinite(numeric)
    np.testing.assert_allclose(gradient[smooth], numeric[smooth], rtol=5e-6, atol=2e-11 * max(1, loss))


def assert_agrees_with_autograd(gradient: Array, referee: Array) -> None:
    np.testing.assert_allclose(gradient, referee, rtol=1e-7, atol=1e-12 * max(1, np.abs(referee).max()))


def check(case: Case) -> float:
    """Compare all that a referee knows of one case; the share of θ that differences have something to say of."""
    net, (X, y) = case.network(), case.data()
    theta = net.parameters
    result = backprop(net.structure, theta, X, y, losses.get(case.loss))
    assert result.loss == pytest.approx(float(case.textbook_loss(theta, X, y)), rel=1e-10)
    assert_agrees_with_autograd(flat(result), case.autograd(theta, X, y))
    assert_agrees_with_autograd(result.grad_X, case.autograd(theta, X, y, of=1))
    numeric = by_differences(case, theta, X, y)
    assert_agrees_with_differences(flat(result), numeric, result.loss)
    assert_agrees_with_differences(result.grad_X, by_differences(case, theta, X, y, of_X=True), result.loss)
    return float(np.isfinite(numeric).mean())


@pytest.mark.parametrize("case", COMBINATIONS, ids=lambda case: f"{case.hidden[0]}-{case.output}-{case.loss}")
def test_every_activation_output_and_loss(case: Case) -> None:
    assert check(case) > 0.8


@given(cases())
@settings(max_examples=150)
def test_random_networks(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", COMBINATIONS[::7], ids=lambda case: f"{case.hidden[0]}-{case.output}-{case.loss}")
def test_a_gradient_wrong_by_a_twentieth_of_a_percent_fails_both_checks(case: Case) -> None:
    net, (X, y) = case.network(), case.data()
    theta = net.parameters
    result = backprop(net.structure, theta, X, y, losses.get(case.loss))
    numeric, referee = by_differences(case, theta, X, y), case.autograd(theta, X, y)
    one_entry = flat(result)
    one_entry[np.nanargmax(np.where(np.isfinite(numeric), np.abs(one_entry), np.nan))] *= 1.0005
    for wrong in (flat(result) * 1.0005, one_entry):
        with pytest.raises(AssertionError):
            assert_agrees_with_differences(wrong, numeric, result.loss)
        with pytest.raises(AssertionError):
            assert_agrees_with_autograd(wrong, referee)


def test_differences_are_not_trusted_across_a_kink() -> None:
    slope = differences(lambda x: np.maximum(x, 0).sum(), [-1.0, 1e-4, 1.0], lambda x: x > 0)
    np.testing.assert_allclose(slope, [0, np.nan, 1], atol=1e-12)


@given(cases())
@settings(max_examples=100)
def test_both_paths_to_the_output_delta_are_equal(case: Case) -> None:
    net, (X, y) = case.network(), case.data()
    loss = losses.get(case.loss)
    short, long = (backprop(net.structure, net.parameters, X, y, loss, collapse=collapse) for collapse in (True, False))
    canonical = (case.loss, case.output) in [
        ("binary_cross_entropy", "sigmoid"),
        ("categorical_cross_entropy", "softmax"),
    ]
    assert short.collapsed == canonical
    assert not long.collapsed
    largest = np.abs(flat(short)).max()
    np.testing.assert_allclose(flat(long), flat(short), rtol=1e-12, atol=1e-12 * largest)
    np.testing.assert_array_equal(long.grad_a[-1], short.grad_a[-1])
    assert (flat(long) == flat(short)).all() or canonical


@pytest.mark.parametrize(
    ("output", "loss", "d"), [("sigmoid", "binary_cross_entropy", 1), ("softmax", "categorical_cross_entropy", 2)]
)
def test_the_shortcut_is_p_minus_y_over_n(output: str, loss: str, d: int) -> None:
    case = Case((2, 3, d), ("tanh",), output, loss, n=4)
    net, (X, y) = case.network(), case.data()
    result = backprop(net.structure, net.parameters, X, y, losses.get(loss))
    assert result.collapsed
    np.testing.assert_allclose(result.delta[-1], (result.a[-1] - y) / 4, rtol=1e-15)


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
def test_at_saturation_only_the_shortcut_stays_right(z: float) -> None:
    structure = Structure.of([1, 1], hidden=[], output="sigmoid")
    theta, X, y = np.array([z, 0.0]), np.ones((1, 1)), np.array([[0.0 if z > 0 else 1.0]])
    bce = losses.get("binary_cross_entropy")
    short, long = (backprop(structure, theta, X, y, bce, collapse=collapse) for collapse in (True, False))
    assert short.loss == long.loss == 1000.0
    assert short.grad_weight[0].item() == np.sign(z)
    assert np.isnan(long.grad_weight[0]).all()
    assert np.isinf(short.grad_a[0]).all()


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
def test_at_saturation_of_softmax_only_the_shortcut_stays_right(z: float) -> None:
    structure = Structure.of([1, 2], hidden=[], output="softmax")
    theta, X, y = np.array([z, -z, 0.0, 0.0]), np.ones((1, 1)), np.array([[0.0, 1.0] if z > 0 else [1.0, 0.0]])
    cce = losses.get("categorical_cross_entropy")
    short, long = (backprop(structure, theta, X, y, cce, collapse=collapse) for collapse in (True, False))
    assert short.loss == long.loss == 2000.0
    np.testing.assert_array_equal(short.grad_bias[0], [np.sign(z), -np.sign(z)])
    assert np.isnan(long.grad_bias[0]).all()


def test_the_four_equations_hold_among_the_numbers_of_the_result() -> None:
    case = Case((3, 4, 2, 1), ("tanh", "sigmoid"), "sigmoid", "binary_cross_entropy", n=5)
    net, (X, y) = case.network(), case.data()
    r = backprop(net.structure, net.parameters, X, y, losses.get(case.loss))
    a_prev = (X, *r.a[:-1])
    slopes = (1 - r.a[0] ** 2, r.a[1] * (1 - r.a[1]), None)
    for i in range(3):
        np.testing.assert_allclose(r.z[i], a_prev[i] @ net.weights[i] + net.biases[i], rtol=1e-14)
        np.testing.assert_allclose(r.grad_weight[i], a_prev[i].T @ r.delta[i], rtol=1e-14)
        np.testing.assert_allclose(r.grad_bias[i], r.delta[i].sum(axis=0), rtol=1e-14)
        if (slope := slopes[i]) is not None:
            np.testing.assert_allclose(r.grad_a[i], r.delta[i + 1] @ net.weights[i + 1].T, rtol=1e-14)
            np.testing.assert_allclose(r.delta[i], r.grad_a[i] * slope, rtol=1e-13)
    np.testing.assert_allclose(r.grad_X, r.delta[0] @ net.weights[0].T, rtol=1e-14)


def test_the_result_cannot_be_changed() -> None:
    case = COMBINATIONS[0]
    net, (X, y) = case.network(), case.data()
    result = backprop(net.structure, net.parameters, X, y, losses.get(case.loss))
    for field in dataclasses.fields(result):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, field.name, None)
    assert all(
        type(getattr(result, name)) is tuple for name in ("z", "a", "grad_a", "delta", "grad_weight", "grad_bias")
    )


def test_float32_is_computed_in_float32() -> None:
    case = COMBINATIONS[0]
    net, (X, y) = case.network("float32"), case.data()
    result = backprop(net.structure, net.parameters, X.astype("f"), y.astype("f"), losses.get(case.loss))
    for tensors in (result.z, result.a, result.grad_a, result.delta, result.grad_weight, result.grad_bias):
        assert {tensor.dtype for tensor in tensors} == {np.dtype("float32")}


def test_a_diverged_network_gives_nan_without_a_warning() -> None:
    structure = Structure.of([1, 2, 1], hidden="identity", output="identity")
    theta = np.full(structure.n_parameters, 1e200)
    result = backprop(structure, theta, np.ones((1, 1)), np.zeros((1, 1)), losses.get("mean_squared_error"))
    assert not np.isfinite(result.loss)
