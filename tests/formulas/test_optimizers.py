"""Optimizers: their rule against a plain Python loop, their descent, and that a step changes nothing it was given."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.formulas import optimizers
from chainrule.formulas.optimizers import SGD, Optimizer

SETTINGS = [SGD(0.1), SGD(0.1, momentum=0.9), SGD(0.05, momentum=0.5, nesterov=True), SGD(0.2, nesterov=True)]


def by_hand(optimizer: SGD, theta: float, gradients: list[float]) -> list[float]:
    """One parameter's way, by the rules of Sutskever et al. (2013) as their text has them: v, then θ."""
    v, way = 0.0, []
    for g in gradients:
        v_next = optimizer.momentum * v - optimizer.learning_rate * g
        if optimizer.nesterov:  # θ stands at the point looked ahead to, θ + μ v
            theta = theta - optimizer.momentum * v + v_next + optimizer.momentum * v_next
        else:
            theta = theta + v_next
        v = v_next
        way.append(theta)
    return way


def descend(optimizer: Optimizer, gradient: Any, theta: Array, steps: int) -> Array:
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state = optimizer.step(theta, gradient(theta), state)
    return theta


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_twenty_steps_with_changing_gradients(optimizer: SGD) -> None:
    gradients = np.random.default_rng(1).normal(size=(20, 3))
    theta = np.array([1.0, -2.0, 0.5])
    expected = np.array([by_hand(optimizer, float(theta[i]), gradients[:, i].tolist()) for i in range(3)]).T
    state = optimizer.init(theta)
    for t in range(20):
        theta, state = optimizer.step(theta, gradients[t], state)
        np.testing.assert_allclose(theta, expected[t], rtol=1e-12)
        assert state["t"] == t + 1


def test_the_settings_are_told_apart() -> None:
    gradients = np.random.default_rng(1).normal(size=20).tolist()
    ends = {
        by_hand(SGD(0.1, momentum=mu, nesterov=look), 1.0, gradients)[-1] for mu in (0.5, 0.9) for look in (False, True)
    }
    assert len(ends) == 4


def test_nesterov_is_the_gradient_at_the_point_ahead() -> None:
    # The rule is a change of variable: with φ = θ − μ v the textbook's two steps are φ ← φ + v, v ← μ v − η g(φ + μ v).
    optimizer, curvature = SGD(0.1, momentum=0.9, nesterov=True), 0.7
    phi, v, theta = 2.0, 0.0, np.array(2.0)
    state = optimizer.init(theta)
    for _ in range(20):
        v = 0.9 * v - 0.1 * curvature * (phi + 0.9 * v)
        phi += v
        theta, state = optimizer.step(theta, curvature * theta, state)
        assert float(theta - 0.9 * state["velocity"]) == pytest.approx(phi, rel=1e-12)


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_descends_a_parabola_to_its_minimum(optimizer: SGD) -> None:
    scale = np.array([1.0, 3.0, 0.3])
    end = descend(optimizer, lambda theta: scale * (theta - [1, 2, 3]), np.zeros(3), 3000)
    np.testing.assert_allclose(end, [1, 2, 3], rtol=1e-9)


@pytest.mark.parametrize(
    "optimizer", [SGD(1e-3, momentum=0.9), SGD(1e-3, momentum=0.9, nesterov=True)], ids=["momentum", "nesterov"]
)
def test_descends_rosenbrock_to_its_minimum(optimizer: SGD) -> None:
    def gradient(theta: Array) -> Array:
        x, y = theta
        return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])

    np.testing.assert_allclose(descend(optimizer, gradient, np.array([-1.2, 1.0]), 8000), [1, 1], atol=1e-5)


def test_ascending_does_not_pass_for_descending() -> None:
    assert np.abs(descend(SGD(0.1), lambda theta: -theta, np.ones(2), 50)).min() > 1


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_a_step_leaves_its_inputs_unchanged(optimizer: SGD) -> None:
    theta, gradient = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    state = optimizer.step(theta, gradient, optimizer.init(theta))[1]
    kept = {"t": 1, "velocity": state["velocity"].copy()}
    for array in (theta, gradient, state["velocity"]):
        array.flags.writeable = False
    optimizer.step(theta, gradient, state)
    assert theta.tolist() == [1.0, 2.0]
    assert gradient.tolist() == [0.5, -0.5]
    assert state["t"] == kept["t"]
    np.testing.assert_array_equal(state["velocity"], kept["velocity"])


@pytest.mark.parametrize("rate", [0.1, np.float64(0.1), np.float32(0.1)], ids=lambda rate: type(rate).__name__)
def test_float32_parameters_stay_float32_whatever_the_rate_is(rate: float) -> None:
    theta, optimizer = np.ones(2, np.float32), SGD(rate, momentum=0.9)
    theta, state = optimizer.step(theta, theta, optimizer.init(theta))
    assert theta.dtype == state["velocity"].dtype == np.float32


def test_any_shape_goes() -> None:
    for shape in ((), (2, 3)):
        theta, _ = SGD(0.5).step(np.ones(shape), np.ones(shape), SGD(0.5).init(np.ones(shape)))
        assert theta.shape == shape
        assert (theta == 0.5).all()
    theta, _ = SGD(0.5).step([1, 2], [1, 1], SGD(0.5).init([1, 2]))
    assert theta.tolist() == [0.5, 1.5]


def test_shapes_that_do_not_fit_are_named() -> None:
    optimizer, theta = SGD(0.1, momentum=0.9), np.ones(3)
    with pytest.raises(ValueError, match=r"gradients has shape \(2,\) but the parameters have \(3,\)"):
        optimizer.step(theta, np.ones(2), optimizer.init(theta))
    with pytest.raises(ValueError, match=r"velocity has shape \(4,\) but the parameters have \(3,\)"):
        optimizer.step(theta, theta, optimizer.init(np.ones(4)))


@pytest.mark.parametrize(
    ("hyperparameters", "error", "message"),
    [
        ({"learning_rate": 0}, ValueError, "learning_rate must be a finite number greater than 0, got 0"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate must be a finite number greater than 0, got -0.1"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate must be a finite number greater than 0, got nan"),
        ({"learning_rate": math.inf}, ValueError, "learning_rate must be a finite number greater than 0, got inf"),
        ({"learning_rate": "0.1"}, TypeError, "learning_rate must be a finite number .* got '0.1' of type str"),
        ({"learning_rate": None}, TypeError, "learning_rate must be a finite number .* got None of type NoneType"),
        ({"learning_rate": True}, TypeError, "learning_rate must be a finite number .* got True of type bool"),
        ({"learning_rate": 0.1j}, TypeError, "learning_rate must be a finite number .* got 0.1j of type complex"),
        ({"learning_rate": [0.1]}, TypeError, r"learning_rate must be a finite number .* got \[0.1\] of type list"),
        ({"momentum": 1}, ValueError, "momentum must be a finite number at least 0 and less than 1, got 1"),
        ({"momentum": -0.1}, ValueError, "momentum must be a finite number at least 0 and less than 1, got -0.1"),
        ({"momentum": math.nan}, ValueError, "momentum must be .* less than 1, got nan"),
        ({"nesterov": 1}, TypeError, "nesterov must be True or False, got 1"),
    ],
)
def test_bad_hyperparameters(hyperparameters: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SGD(**hyperparameters)
    with pytest.raises(error, match=message):
        optimizers.get("sgd", **hyperparameters)


def test_only_the_learning_rate_is_positional() -> None:
    assert SGD(0.3).learning_rate == 0.3
    assert SGD() == SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    with pytest.raises(TypeError, match="positional argument"):
        SGD(0.3, 0.9)  # type: ignore[call-arg]
