"""The checker of gradients: right ones pass, wrong ones do not, and kinks are seen for what they are."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.explain.complex_step import gradient as complex_gradient
from chainrule.explain.complex_step import loss_of
from chainrule.explain.differences import slope
from chainrule.explain.gradient_check import network_checks
from tests.referees import Case, every_combination

X, Y = cr.datasets.xor()


@pytest.mark.parametrize("case", list(every_combination()), ids=str)
def test_every_network_passes(case: Case) -> None:
    check = cr.check_gradients(case.network(), *case.data(), case.loss)
    assert check.ok
    assert check.disagreement < 1e-8
    for tensor in check.tensors:
        assert tensor.complex_disagreement is not None
        assert tensor.complex_disagreement < 1e-12
        assert not tensor.undecided.any()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_engines_pass(engine: str) -> None:
    assert cr.check_gradients(cr.Network([2, 3, 3, 1], seed=0), X, Y, engine=engine).ok


@pytest.mark.parametrize("factor", [1.0005, 1 + 1e-6, -1.0, 0.0])
def test_one_wrong_entry_anywhere_is_found(factor: float) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    loss = cr.losses.get("binary_cross_entropy")
    right = net.gradients(X, Y).parameters
    for k in range(len(right)):
        gradient = right.copy()
        gradient[k] *= factor
        checks = network_checks(net.structure, net.parameters, X, Y, loss, gradient, 1000)
        assert sum(int(check.wrong.sum()) for check in checks) == 1
        (found,) = (check for check in checks if not check.ok)
        where, given, wanted = found.worst
        assert (given, wanted) == pytest.approx((gradient[k], right[k]), rel=1e-9)
        assert len(where) == len(found.shape)


def test_a_wrong_gradient_of_a_layer_that_vanishes_is_found() -> None:
    net = cr.Network([2, 4, 4, 4, 4, 4, 1], seed=0)
    for weight in net.weights[1:]:
        weight[...] *= 1e-2
    loss = cr.losses.get("binary_cross_entropy")
    right = net.gradients(X, Y).parameters
    assert np.abs(right[:8]).max() < 1e-9
    assert cr.check_gradients(net, X, Y).ok
    wrong = right.copy()
    wrong[:8] *= 1.5
    assert not network_checks(net.structure, net.parameters, X, Y, loss, wrong, 1000)[0].ok


def test_nan_is_wrong() -> None:
    net = cr.Network([2, 1], seed=0)
    gradient = net.gradients(X, Y).parameters.copy()
    gradient[1] = np.nan
    checks = network_checks(net.structure, net.parameters, X, Y, cr.losses.get("binary_cross_entropy"), gradient, 1000)
    assert [check.ok for check in checks] == [False, True]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize(
    ("output", "loss"), [("sigmoid", "binary_cross_entropy"), ("softmax", "categorical_cross_entropy")]
)
def test_saturated_networks_pass(scale: float, output: str, loss: str) -> None:
    net = cr.Network([2, 3, 2], hidden="tanh", output=output, seed=0)
    net.parameters[...] *= scale
    targets = np.hstack([Y, 1 - Y])
    assert cr.check_gradients(net, X, targets, loss).ok


def test_float32() -> None:
    net = cr.Network([2, 3, 1], seed=0, dtype="float32")
    assert cr.check_gradients(net, X, Y).ok
    wrong = net.gradients(X, Y).parameters * np.float32(1.01)
    checks = network_checks(net.structure, net.parameters, X, Y, cr.losses.get("binary_cross_entropy"), wrong, 1000)
    assert not any(check.ok for check in checks)


def test_a_kink_at_the_point_is_seen() -> None:
    net = cr.Network([2, 4, 1], hidden="relu", seed=0)  # biases 0 and the sample (0, 0): every ReLU stands at its kink
    check = cr.check_gradients(net, X, Y)
    assert check.ok
    assert check.tensors[1].kinks.any()
    assert "at a kink, where any slope between" in str(check)
    outside = net.gradients(X, Y).parameters.copy()
    outside[8:12] += 1.0
    loss = cr.losses.get("binary_cross_entropy")
    assert not network_checks(net.structure, net.parameters, X, Y, loss, outside, 1000)[1].ok


def test_a_kink_nearby_is_stepped_around() -> None:
    check = cr.check_gradients(lambda t: np.abs(t).sum(), [1.0, 1e-3, -1e-4], gradient=np.sign)
    assert check.ok
    assert check.tensors[0].stepped.tolist() == [False, True, True]
    assert not check.tensors[0].kinks.any()
    assert check.disagreement < 1e-9


FUNCTIONS: list[tuple[Callable[[Array], Any], Callable[[Array], Any], list[float]]] = [
    (lambda t: (t**2).sum(), lambda t: 2 * t, [1.0, -2.0, 0.0]),
    (lambda t: np.exp(t).prod(), lambda t: np.full_like(t, np.exp(t).prod()), [0.5, 1.0]),
    (lambda t: np.sin(100 * t[0]), lambda t: 100 * np.cos(100 * t), [0.3]),
    (lambda t: np.log(t[0]), lambda t: 1 / t, [1e-3 * 4]),
    (lambda t: 1e12 + t[0], lambda t: np.ones(1), [1.0]),
    (lambda t: t[0] * 1e-30, lambda t: np.array([1e-30]), [1.0]),
    (lambda t: 3, lambda t: np.zeros(2), [1.0, 2.0]),
    (lambda t: np.maximum(t, 0).sum(), lambda t: (t > 0) * 1.0, [1.0, -1.0, 0.0]),
]


@pytest.mark.parametrize(("f", "gradient", "at"), FUNCTIONS)
def test_any_function(f: Any, gradient: Any, at: list[float]) -> None:
    point = np.array(at)
    assert cr.check_gradients(f, point, gradient=gradient).ok
    assert cr.check_gradients(f, point, gradient=gradient(point)).ok
    if np.abs(gradient(point)).max() > 1e-3:
        assert not cr.check_gradients(f, point, gradient=gradient(point) * 1.001 + 0.001).ok or f(point) > 1e9


def test_a_function_of_matrices() -> None:
    W = np.arange(6.0).reshape(2, 3)
    check = cr.check_gradients(lambda W: float((W**3).sum()), W, gradient=lambda W: 3 * W**2)
    assert check.ok
    assert check.tensors[0].shape == (2, 3)
    wrong = 3 * W**2
    wrong[1, 2] += 1
    check = cr.check_gradients(lambda W: float((W**3).sum()), W, gradient=wrong)
    assert check.tensors[0].worst[0] == (1, 2)
    assert "theta[1, 2]: given 76, but it is 75" in str(check)


def test_an_imaginary_part_that_is_lost_deceives_nobody() -> None:
    def f(t: Array) -> Any:
        return (t * np.conj(t)).sum()  # |t|² for complex numbers: no derivative by the complex step

    check = cr.check_gradients(lambda t: np.real(f(t)), [1.0, 2.0], gradient=lambda t: 2 * t)
    assert check.ok
    assert check.tensors[0].complex_step is None


def test_a_function_that_settles_nowhere_is_not_called_right() -> None:
    rough = np.random.default_rng(0).normal(size=1000)

    def f(t: Array) -> float:
        return float(rough[int(abs(t[0]) * 1e9) % 1000])

    check = cr.check_gradients(f, [0.3], gradient=[0.0])
    assert not check.ok
    assert "cannot be judged" in str(check)


def test_only_some_entries_of_many() -> None:
    net = cr.Network([30, 40, 1], seed=0)
    rng = np.random.default_rng(0)
    check = cr.check_gradients(net, rng.normal(size=(5, 30)), [0, 1, 0, 1, 1], at_most=50)
    assert len(check.tensors[0].entries) == 50
    assert check.tensors[0].entries[[0, -1]].tolist() == [0, 1199]
    assert "50 of 1200" in str(check)


def test_the_table() -> None:
    check = cr.check_gradients(cr.Network([2, 3, 3, 1], seed=0), X, Y)
    text = str(check)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("Gradients of 2-3-3-1, 21 samples, binary_cross_entropy, engine reference\n")
    assert "✓ Every derivative is right. The largest disagreement" in text
    assert repr(check).startswith("GradientCheck(ok=True, disagreement=")
    assert "<table>" in check._repr_html_()
    bad = cr.check_gradients(lambda t: t.sum(), [1.0], gradient=[2.0])
    assert "✗ 1 wrong" in bad._repr_html_()


def returns(value: Any) -> Callable[[Array], Any]:
    return lambda t: value


COUNTER = itertools.count()
NET = cr.Network([2, 1], seed=0)
BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: cr.check_gradients(3, [1.0]), TypeError, "pass a network, or a function of an array; .* type int"),  # type: ignore[arg-type]
    (lambda: cr.check_gradients(returns(1.0), [1.0]), TypeError, "pass gradient=: an array of theta's shape, or a f"),
    (lambda: cr.check_gradients(returns(1.0), [1.0], [2.0]), TypeError, "a function is checked at one point"),
    (
        lambda: cr.check_gradients(returns(1.0), np.ones((2, 3)), gradient=np.ones((3, 2))),
        ValueError,
        r"the gradient has shape \(3, 2\) but theta has \(2, 3\); its transpose would fit",
    ),
    (lambda: cr.check_gradients(returns(1.0), [1.0], gradient=["a"]), TypeError, "gradient must hold real numbers"),
    (
        lambda: cr.check_gradients(returns([1.0]), [1.0], gradient=[1.0]),
        TypeError,
        r"must return one real number, got \[",
    ),
    (lambda: cr.check_gradients(returns(None), [1.0], gradient=[1.0]), TypeError, "one real number, got None"),
    (lambda: cr.check_gradients(returns(1j), [1.0], gradient=[1.0]), TypeError, "one real number, got 1j"),
    (
        lambda: cr.check_gradients(lambda t: next(COUNTER), [1.0], gradient=[1.0]),
        ValueError,
        "another value when it is c",
    ),
    (lambda: cr.check_gradients(returns(1.0), [np.nan], gradient=[1.0]), ValueError, "theta must hold .* finite ones"),
    (lambda: cr.check_gradients(returns(1.0), [], gradient=[]), ValueError, "theta must hold at least one number"),
    (
        lambda: cr.check_gradients(NET, X, Y, at_most=0),
        ValueError,
        "at_most must be a whole number of at least 1, got 0",
    ),
    (lambda: cr.check_gradients(NET, X, Y, gradient=[1.0]), TypeError, "a network has its own gradient"),
    (lambda: cr.check_gradients(NET, X, Y, "mse"), ValueError, "unknown loss 'mse'"),
    (lambda: cr.check_gradients(NET, X, Y, engine="nunpy"), ValueError, "unknown engine 'nunpy'"),
    (lambda: cr.check_gradients(NET, X[:, :1], Y), ValueError, "X has 1 columns"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_slope_by_differences() -> None:
    x = np.array([0.7, 0.2])
    found = slope(lambda x: float(np.exp(x[0]) * x[1]), x, 0, float(np.exp(0.7) * 0.2))
    assert found.value == pytest.approx(np.exp(0.7) * 0.2, rel=1e-11)
    assert found.error < 1e-9
    assert x.tolist() == [0.7, 0.2]


def test_the_complex_step_is_exact() -> None:
    case = Case((3, 4, 2), ("tanh",), "softmax", "categorical_cross_entropy", n=5)
    net, (X, y) = case.network(), case.data()
    f = loss_of(net.structure, X, y, cr.losses.get(case.loss))
    exact = complex_gradient(f, net.parameters, range(net.parameters.size))
    assert exact is not None
    np.testing.assert_allclose(exact, case.autograd(net.parameters, X, y), rtol=1e-12, atol=1e-15)
    assert complex_gradient(lambda theta: 1.0, net.parameters, [0]) is None
