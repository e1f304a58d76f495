"""Optimizers: their rule against a plain Python loop, their descent, and that a step changes nothing it was given."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.formulas import optimizers
from chainrule.formulas.optimizers import LBFGS, SGD, Adam, Optimizer, RMSprop, Rprop
from chainrule.formulas.schedules import CosineDecay, PiecewiseConstantDecay, PolynomialDecay

SETTINGS = [SGD(0.1), SGD(0.1, momentum=0.9), SGD(0.05, momentum=0.5, nesterov=True), SGD(0.2, nesterov=True)]


def by_hand(optimizer: SGD, theta: float, gradients: list[float]) -> list[float]:
    """One parameter's way, by the rules of Sutskever et al. (2013) as their text has them: v, then θ."""
    v, way = 0.0, []
    for g in gradients:
        v_next = optimizer.momentum * v - optimizer.learning_rates(0, 1)[0] * g
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


def test_a_state_that_is_not_its_own_is_refused() -> None:
    theta, optimizer = np.ones(3), Adam(0.1)
    state = optimizer.init(theta)
    with pytest.raises(
        ValueError, match=r"state has t, velocity, but Adam\(.*\) keeps t, first_moment, second_moment; pass"
    ):
        optimizer.step(theta, theta, SGD(0.1).init(theta))
    with pytest.raises(ValueError, match=r"state has t, .*largest_second_moment, but Adam\(.*amsgrad=False\) keeps"):
        optimizer.step(theta, theta, Adam(0.1, amsgrad=True).init(theta))
    with pytest.raises(ValueError, match="state has nothing, but"):
        optimizer.step(theta, theta, {})
    with pytest.raises(TypeError, match="state must be what init or the last step gave, got an object of type"):
        optimizer.step(theta, theta, None)  # type: ignore[arg-type]
    for t, error in ((-1, ValueError), (0.5, TypeError), (True, TypeError), (None, TypeError)):
        with pytest.raises(error, match=r'state\["t"\] must be a whole number'):
            optimizer.step(theta, theta, {**state, "t": t})
    with pytest.raises(ValueError, match=r"second_moment has shape \(4,\) but the parameters have \(3,\)"):
        optimizer.step(theta, theta, {**state, "second_moment": np.zeros(4)})


def test_slots_follow_the_choices() -> None:
    assert Adam().slots == ("first_moment", "second_moment")
    assert Adam(amsgrad=True).slots == ("first_moment", "second_moment", "largest_second_moment")
    assert RMSprop().slots == ("velocity", "mean_square")
    assert RMSprop(centered=True).slots == ("velocity", "mean_square", "mean_gradient")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_slots_start_at_0_unless_the_rule_says_otherwise(dtype: str) -> None:
    theta = np.ones((2, 3), dtype)
    others = {("nadam", "momentum_product"): 1.0, ("rprop", "step_size"): 0.3}
    for name in set(optimizers.names()) - {"lbfgs"}:
        state = optimizers.get(name, learning_rate=0.3).init(theta)
        assert state.pop("t") == 0
        for slot, vector in state.items():
            assert vector.dtype == dtype
            assert vector.shape == (2, 3)
            assert (vector == np.dtype(dtype).type(others.get((name, slot), 0.0))).all()


def test_values_are_clipped_before_the_norm() -> None:
    gradient = np.array([3.0, -40.0, 0.5])
    np.testing.assert_array_equal(SGD(clip_value=2.0).clipped(gradient), [2.0, -2.0, 0.5])
    np.testing.assert_allclose(
        SGD(clip_norm=2.0).clipped(gradient), gradient * 2 / math.sqrt(9 + 1600 + 0.25), rtol=1e-15
    )
    both = np.array([2.0, -2.0, 0.5])
    np.testing.assert_allclose(SGD(clip_value=2.0, clip_norm=1.0).clipped(gradient), both / math.sqrt(8.25), rtol=1e-15)
    assert SGD(clip_norm=100.0).clipped(gradient) is gradient
    assert SGD().clipped(gradient) is gradient


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_clipping_a_huge_gradient_keeps_its_direction(dtype: str) -> None:
    gradient = np.array([3.0, -4.0], dtype) * np.dtype(dtype).type(np.finfo(dtype).max / 8)
    theta, _ = SGD(1.0, clip_norm=5.0).step(np.zeros(2, dtype), gradient, SGD().init(np.zeros(2, dtype)))
    np.testing.assert_allclose(theta, [-3, 4], rtol=1e-6)
    assert theta.dtype == dtype
    for clipped in (np.zeros(2), np.zeros(0)):
        np.testing.assert_array_equal(SGD(clip_norm=1.0).clipped(clipped), clipped)


def test_a_clipped_step_is_the_step_of_the_clipped_gradient() -> None:
    theta, gradient = np.ones(2), np.array([30.0, -0.1])
    clipping, plain = Adam(0.1, clip_value=1.0, clip_norm=0.5), Adam(0.1)
    mine, state = clipping.step(theta, gradient, clipping.init(theta))
    expected, other = plain.step(theta, clipping.clipped(gradient), plain.init(theta))
    np.testing.assert_array_equal(mine, expected)
    np.testing.assert_array_equal(state["second_moment"], other["second_moment"])
    assert other["second_moment"][0] < 0.001 * 0.25


def test_clipping_is_no_parameter_of_the_rule() -> None:
    optimizer = SGD(0.1, momentum=0.9, clip_value=1.0)
    assert optimizer.settings == {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False}
    assert optimizer.parameters == (0.1, 0.9, False)
    assert repr(optimizer) == "SGD(learning_rate=0.1, clip_value=1.0, momentum=0.9, nesterov=False)"
    assert optimizer != SGD(0.1, momentum=0.9)


def test_a_schedule_is_asked_at_every_step() -> None:
    def rate(t: int) -> float:
        return [0.5, 0.0, 0.25][t]

    schedule = PiecewiseConstantDecay([0, 1], [0.5, 0.0, 0.25])
    for given in (rate, schedule):
        theta, optimizer = np.zeros(1), SGD(given)
        state, way = optimizer.init(theta), []
        for _ in range(3):
            theta, state = optimizer.step(theta, np.ones(1), state)
            way.append(float(theta[0]))
        assert way == [-0.5, -0.5, -0.75]
        np.testing.assert_array_equal(optimizer.learning_rates(1, 2), [0.0, 0.25])
        assert optimizer.at_step(1).learning_rate == 0.0
        assert optimizer.learning_rates(0, 0).shape == (0,)
    np.testing.assert_array_equal(SGD(0.1).learning_rates(7, 3), [0.1, 0.1, 0.1])
    assert SGD(0.1).at_step(3) == SGD(0.1).for_run(5) == SGD(0.1)
    assert Rprop(schedule).init([1.0])["step_size"] == 0.5


def test_a_schedule_of_the_whole_run_is_told_its_length() -> None:
    assert Adam(CosineDecay(0.1)).for_run(50) == Adam(CosineDecay(0.1, 50))
    known = Adam(CosineDecay(0.1, 20))
    assert known.for_run(50) is known
    with pytest.raises(ValueError, match=r"spans the whole run, .* pass decay_steps=, or take schedule.for_run"):
        Adam(CosineDecay(0.1)).step([1.0], [1.0], Adam().init([1.0]))


@pytest.mark.parametrize(
    ("rate", "error", "message"),
    [
        (
            lambda t: math.nan if t == 3 else 0.1,
            ValueError,
            "the learning rate of step 3 is nan by .* finite and at le",
        ),
        (lambda t: math.inf, ValueError, "the learning rate of step 2 is inf by"),
        (lambda t: -0.1, ValueError, "the learning rate of step 2 is -0.1 by"),
        (lambda t: None, TypeError, "the learning rate of step 2 is None by .* it must be a number"),
        (lambda t: "much", TypeError, "the learning rate of step 2 is 'much' by"),
        (PolynomialDecay(1e308, 4, end_learning_rate=0.0, power=1e9), None, ""),
    ],
)
def test_what_is_no_rate_is_named_with_its_step(rate: Any, error: type[Exception] | None, message: str) -> None:
    if error is None:
        assert np.isfinite(SGD(rate).learning_rates(2, 4)).all()
        return
    with pytest.raises(error, match=message):
        SGD(rate).learning_rates(2, 4)
    state = {**SGD().init([1.0]), "t": 3 if "step 3" in message else 2}
    with pytest.raises(error, match=message):
        SGD(rate).step([1.0], [1.0], state)


def test_a_rate_for_some_steps() -> None:
    assert SGD(0.1).with_rate(0.0).learning_rate == 0.0
    assert SGD(CosineDecay(0.1), momentum=0.9).with_rate(0.2) == SGD(0.2, momentum=0.9)
    with pytest.raises(ValueError, match="learning_rate must be a finite number at least 0, got -1"):
        SGD(0.1).with_rate(-1)


def test_lbfgs_needs_the_loss() -> None:
    assert LBFGS(memory=5).init([1.0, 2.0]) == {"t": 0}
    with pytest.raises(NotImplementedError, match=r"evaluates the loss along a line, .* use Network.fit"):
        LBFGS().step([1.0], [1.0], {"t": 0})
    with pytest.raises(TypeError, match=r"'lbfgs' has no parameter 'learning_rate'; it has .*memory"):
        optimizers.get("lbfgs", learning_rate=0.1)
    with pytest.raises(TypeError, match="positional"):
        LBFGS(0.1)  # type: ignore[call-arg]


SHARE, POSITIVE = r"must be a finite number at least 0 and less than 1", r"must be a finite number greater than 0"


@pytest.mark.parametrize(
    ("name", "parameter", "values", "message"),
    [
        *(
            (name, "beta_1", (1, -0.1, math.nan), SHARE)
            for name in ("adam", "adamw", "adamax", "nadam", "radam", "lion")
        ),
        *((name, "beta_2", (1.0, 2, -1e-9), SHARE) for name in ("adam", "adamw", "adamax", "nadam", "radam", "lion")),
        *(
            (name, "epsilon", (-1e-9, math.inf), "must be a finite number at least 0")
            for name in ("adam", "adamw", "adamax", "nadam", "radam", "adagrad", "adadelta", "rmsprop")
        ),
        ("rmsprop", "rho", (1, -0.1), SHARE),
        ("adadelta", "rho", (1, -0.1), SHARE),
        ("rmsprop", "momentum", (1,), SHARE),
        ("adamw", "weight_decay", (-0.1,), "must be a finite number at least 0"),
        ("lion", "weight_decay", (-0.1, math.nan), "must be a finite number at least 0"),
        ("nadam", "momentum_decay", (-1,), "must be a finite number at least 0"),
        ("rprop", "eta_minus", (0, 1), r"must be a finite number greater than 0 and less than 1"),
        ("rprop", "eta_plus", (1, 0.5), "must be a finite number greater than 1"),
        ("rprop", "max_step", (1e-6, 0), "max_step must be a finite number greater than 1e-06"),
        ("sgd", "clip_value", (0, -1, math.inf), POSITIVE),
        ("adam", "clip_norm", (0, -1, math.nan), POSITIVE),
        ("lbfgs", "gradient_tolerance", (-1,), "must be a finite number at least 0"),
        ("lbfgs", "memory", (0,), "memory must be a whole number of at least 1"),
        ("lbfgs", "clip_norm", (1.0,), "LBFGS takes the gradient as it is"),
    ],
)
def test_what_is_out_of_range_is_refused(name: str, parameter: str, values: tuple[Any, ...], message: str) -> None:
    for value in values:
        with pytest.raises(ValueError, match=message):
            optimizers.get(name, **{parameter: value})


@pytest.mark.parametrize(("name", "parameter"), [("adam", "amsgrad"), ("rmsprop", "centered"), ("sgd", "nesterov")])
def test_a_choice_is_a_bool(name: str, parameter: str) -> None:
    with pytest.raises(TypeError, match=f"{parameter} must be True or False, got 1"):
        optimizers.get(name, **{parameter: 1})
