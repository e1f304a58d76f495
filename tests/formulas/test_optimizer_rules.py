"""Every optimizer against a plain loop over one parameter, written from its paper; its descents; its recorded rule."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import autograd.misc.optimizers as referee
import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.formulas import optimizers
from chainrule.formulas.expression import Expression
from chainrule.formulas.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
    Rprop,
)
from chainrule.formulas.schedules import CosineDecay, ExponentialDecay

STEPS = 20
LARGE = 1e-2  # an epsilon that no place but the right one could hide


def rate(t: int) -> float:
    return 0.1 / (1 + 0.3 * t)


# Each loop is given one parameter, its gradients and rates, and yields θ after each step. Its text is the paper's, one
# number at a time and with powers of t where the package carries products or factors; it shares no line with src/.


def sgd(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    v, way = 0.0, []
    for k, g in enumerate(gradients):
        before, v = v, o.momentum * v - rate(k) * g
        theta += -o.momentum * before + (1 + o.momentum) * v if o.nesterov else v
        way.append(theta)
    return way


def adagrad(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    way = []
    for k, g in enumerate(gradients):
        theta -= rate(k) * g / (math.sqrt(math.fsum(h * h for h in gradients[: k + 1])) + o.epsilon)
        way.append(theta)
    return way


def mean(values: Sequence[float], beta: float) -> float:
    """The running mean that begins at 0, written out."""
    n = len(values)
    return math.fsum((1 - beta) * beta ** (n - 1 - i) * value for i, value in enumerate(values))


def squares(values: Sequence[float]) -> list[float]:
    return [value * value for value in values]


def rmsprop(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    v, way = 0.0, []
    for k, g in enumerate(gradients):
        variance = mean(squares(gradients[: k + 1]), o.rho)
        if o.centered:
            variance -= mean(gradients[: k + 1], o.rho) ** 2
        v = o.momentum * v - rate(k) * g / (math.sqrt(variance) + o.epsilon)
        theta += v
        way.append(theta)
    return way


def adadelta(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    steps: list[float] = []
    way = []
    for k, g in enumerate(gradients):
        rms_step = math.sqrt(mean(squares(steps), o.rho) + o.epsilon)
        steps.append(-rms_step / math.sqrt(mean(squares(gradients[: k + 1]), o.rho) + o.epsilon) * g)
        theta += rate(k) * steps[-1]
        way.append(theta)
    return way


def adam(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    way, largest = [], 0.0
    for t in range(1, len(gradients) + 1):
        m_hat = mean(gradients[:t], o.beta_1) / (1 - o.beta_1**t)
        v = mean(squares(gradients[:t]), o.beta_2)
        largest = max(largest, v)
        v_hat = (largest if o.amsgrad else v) / (1 - o.beta_2**t)
        decay = rate(t - 1) * getattr(o, "weight_decay", 0.0) * theta
        theta = theta - decay - rate(t - 1) * m_hat / (math.sqrt(v_hat) + o.epsilon)
        way.append(theta)
    return way


def adamax(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    way = []
    for t in range(1, len(gradients) + 1):
        u = max(o.beta_2 ** (t - 1 - i) * (abs(g) + o.epsilon) for i, g in enumerate(gradients[:t]))
        theta -= rate(t - 1) / (1 - o.beta_1**t) * mean(gradients[:t], o.beta_1) / u
        way.append(theta)
    return way


def nadam(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    def mu(t: int) -> float:
        return o.beta_1 * (1 - 0.5 * 0.96 ** (t * o.momentum_decay))

    way = []
    for t in range(1, len(gradients) + 1):
        m, v_hat = mean(gradients[:t], o.beta_1), mean(squares(gradients[:t]), o.beta_2) / (1 - o.beta_2**t)
        to_now = math.prod(mu(i) for i in range(1, t + 1))
        m_bar = mu(t + 1) * m / (1 - to_now * mu(t + 1)) + (1 - mu(t)) * gradients[t - 1] / (1 - to_now)
        theta -= rate(t - 1) * m_bar / (math.sqrt(v_hat) + o.epsilon)
        way.append(theta)
    return way


def radam(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    way, limit = [], 2 / (1 - o.beta_2) - 1
    for t in range(1, len(gradients) + 1):
        m_hat = mean(gradients[:t], o.beta_1) / (1 - o.beta_1**t)
        rho = limit - 2 * t * o.beta_2**t / (1 - o.beta_2**t)
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            v_hat = mean(squares(gradients[:t]), o.beta_2) / (1 - o.beta_2**t)
            theta -= rate(t - 1) * r * m_hat / (math.sqrt(v_hat) + o.epsilon)
        else:
            theta -= rate(t - 1) * m_hat
        way.append(theta)
    return way


def lion(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    way = []
    for k, g in enumerate(gradients):
        c = o.beta_1 * mean(gradients[:k], o.beta_2) + (1 - o.beta_1) * g
        theta -= rate(k) * (math.copysign(1, c) + o.weight_decay * theta)
        way.append(theta)
    return way


def rprop(o: Any, theta: float, gradients: Sequence[float]) -> list[float]:
    size, before, way = rate(0), 0.0, []
    for g in gradients:
        if g * before > 0:
            size = min(size * o.eta_plus, o.max_step)
        elif g * before < 0:
            size, g = max(size * o.eta_minus, o.min_step), 0.0
        theta -= size * ((g > 0) - (g < 0))
        before = g
        way.append(theta)
    return way


Loop = Callable[[Any, float, Sequence[float]], list[float]]
CASES: list[tuple[Optimizer, Loop]] = [
    (SGD(rate), sgd),
    (SGD(rate, momentum=0.9), sgd),
    (SGD(rate, momentum=0.9, nesterov=True), sgd),
    (Adagrad(rate, epsilon=LARGE), adagrad),
    (RMSprop(rate, epsilon=LARGE), rmsprop),
    (RMSprop(rate, rho=0.5, momentum=0.8, epsilon=LARGE), rmsprop),
    (RMSprop(rate, momentum=0.8, epsilon=LARGE, centered=True), rmsprop),
    (Adadelta(rate, epsilon=LARGE), adadelta),
    (Adam(rate, epsilon=LARGE), adam),
    (Adam(rate, beta_1=0.5, beta_2=0.6, epsilon=LARGE), adam),
    (Adam(rate, beta_2=0.6, epsilon=LARGE, amsgrad=True), adam),
    (AdamW(rate, epsilon=LARGE, weight_decay=0.3), adam),
    (AdamW(rate, beta_2=0.6, epsilon=LARGE, amsgrad=True, weight_decay=0.3), adam),
    (Adamax(rate, beta_2=0.7, epsilon=LARGE), adamax),
    (NAdam(rate, epsilon=LARGE), nadam),
    (NAdam(rate, epsilon=LARGE, momentum_decay=0.5), nadam),
    (RAdam(rate, epsilon=LARGE), radam),
    (RAdam(rate, beta_2=0.9, epsilon=LARGE), radam),
    (RAdam(rate, beta_2=0.5, epsilon=LARGE), radam),
    (Lion(rate), lion),
    (Lion(rate, beta_1=0.5, weight_decay=0.3), lion),
    (Rprop(rate), rprop),
    (Rprop(rate, eta_minus=0.3, eta_plus=2.0, min_step=0.05, max_step=0.3), rprop),
]
OPTIMIZERS = [optimizer for optimizer, _ in CASES]
DTYPES = {"float64": 1e-12, "float32": 2e-5}


def path(optimizer: Optimizer, theta: Array, gradients: Array) -> Array:
    """θ after each step."""
    state, way = optimizer.init(theta), []
    for gradient in gradients:
        theta, state = optimizer.step(theta, gradient, state)
        way.append(theta)
    return np.array(way)


def test_every_optimizer_has_a_case() -> None:
    assert {optimizer.name for optimizer in OPTIMIZERS} | {"lbfgs"} == set(optimizers.names())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("optimizer", "loop"), CASES, ids=lambda value: getattr(value, "name", ""))
def test_twenty_steps_are_the_papers(optimizer: Optimizer, loop: Loop, dtype: str) -> None:
    theta = np.array([1.0, -2.0, 0.5, 3.0], dtype)
    gradients = np.random.default_rng(1).normal(size=(STEPS, 4)).astype(dtype)
    gradients[5:, 3] = 0
    expected = np.transpose(
        [loop(optimizer, start, column) for start, column in zip(theta.tolist(), gradients.T.tolist(), strict=True)]
    )
    found = path(optimizer, theta, gradients)
    assert found.dtype == dtype
    if isinstance(optimizer, Lion):  # the sign of a mean that only fades is never 0
        found, expected = found[:, :3], expected[:, :3]
    np.testing.assert_allclose(found, expected, rtol=DTYPES[dtype], atol=DTYPES[dtype] / 10)


def test_all_cases_go_different_ways() -> None:
    theta, gradients = np.ones(3), np.random.default_rng(1).normal(size=(STEPS, 3))
    ends = np.array([path(optimizer, theta, gradients)[-1] for optimizer in OPTIMIZERS])
    distances = np.abs(ends[:, None] - ends[None]).max(axis=-1) + np.eye(len(ends))
    assert distances.min() > 1e-4


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_another_epsilon_is_seen(optimizer: Optimizer) -> None:
    if hasattr(optimizer, "epsilon"):
        theta, gradients = np.ones(3), np.random.default_rng(1).normal(size=(STEPS, 3))
        other = replace(optimizer, epsilon=1.01 * LARGE)  # type: ignore[call-arg]
        relative = path(other, theta, gradients) / path(optimizer, theta, gradients) - 1
        never_adaptive = isinstance(optimizer, RAdam) and optimizer.beta_2 == 0.5
        assert never_adaptive or np.abs(relative).max() > 1e-8


def test_adam_as_autograd_has_it() -> None:
    def gradient(theta: Array, _: int = 0) -> Array:
        return np.cos(3 * theta) + theta

    expected = referee.adam(gradient, np.array([1.0, -2.0]), num_iters=STEPS, step_size=0.1, eps=LARGE)
    optimizer, theta = Adam(0.1, epsilon=LARGE), np.array([1.0, -2.0])
    state = optimizer.init(theta)
    for _ in range(STEPS):
        theta, state = optimizer.step(theta, gradient(theta), state)
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def evaluate(value: Any, given: Mapping[str, Any]) -> Any:
    """What recorded operations give for these values."""
    if not isinstance(value, Expression):
        return value
    if value.operation is None:
        return given[value.name]
    return value.operation(*(evaluate(argument, given) for argument in value.arguments))


@pytest.mark.parametrize("t", [1, 7, 100_000])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_the_recorded_rule_computes_what_the_rule_computes(optimizer: Optimizer, t: int) -> None:
    rng = np.random.default_rng(2)
    settings = {**optimizer.settings, "learning_rate": 0.1}
    vectors = {name: rng.uniform(0.1, 0.9, 3) for name in ("theta", "gradient", *optimizer.slots)}
    vectors["gradient"] *= [1, -1, 0]
    with np.errstate(all="ignore"):
        expected = optimizer.rule(*vectors.values(), t, *settings.values())
        symbols = [
            value if isinstance(value, bool) else Expression.symbol(name)
            for name, value in {**vectors, "t": t, **settings}.items()
        ]
        recorded = optimizer.rule(*symbols)
        assert len(recorded) == len(expected) == 1 + len(optimizer.slots)
        for mine, theirs in zip(recorded, expected, strict=True):
            np.testing.assert_array_equal(evaluate(mine, {**vectors, "t": t, **settings}), theirs)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_step_changes_nothing_that_it_is_given(optimizer: Optimizer) -> None:
    theta, gradient = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    state = optimizer.step(theta, gradient, optimizer.init(theta))[1]
    arrays = [theta, gradient, *(state[slot] for slot in optimizer.slots)]
    kept, t = [array.tobytes() for array in arrays], state["t"]
    for array in arrays:
        array.flags.writeable = False
    first, second = (optimizer.step(theta, gradient, state) for _ in range(2))
    assert [array.tobytes() for array in arrays] == kept
    assert state["t"] == t == 1
    assert first[0].tobytes() == second[0].tobytes()
    assert {slot: first[1][slot].tobytes() for slot in optimizer.slots} == {
        slot: second[1][slot].tobytes() for slot in optimizer.slots
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_gradient_of_zero_moves_nothing_but_decay(optimizer: Optimizer, dtype: str) -> None:
    theta = np.array([1.0, -2.0], dtype)
    end = path(optimizer, theta, np.zeros((3, 2), dtype))[-1]
    decay = math.prod(1 - rate(k) * getattr(optimizer, "weight_decay", 0.0) for k in range(3))
    np.testing.assert_allclose(end, theta * decay, rtol=1e-6)
    assert end.dtype == dtype


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_huge_gradient_is_silent_and_those_that_normalize_it_stay_finite(optimizer: Optimizer) -> None:
    theta = np.array([1.0, -2.0])
    with np.errstate(all="raise"):
        huge = path(optimizer, theta, np.full((3, 2), 1e200))
    normalizes = not isinstance(optimizer, SGD | RAdam) and not getattr(optimizer, "centered", False)  # ∞ − ∞
    assert np.isfinite(huge).all() or not normalizes


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_variance_of_zero_is_never_negative(dtype: str) -> None:
    # Where all gradients are the same, their mean square and the square of their mean differ by rounding alone.
    theta = np.zeros(200, dtype)
    gradients = np.broadcast_to(np.linspace(0.1, 3, 200).astype(dtype), (400, 200))
    end = path(RMSprop(0.001, epsilon=LARGE, centered=True), theta, gradients)[-1]
    assert (end < 0).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_one_parameter_goes_the_way_that_it_goes_among_others(optimizer: Optimizer) -> None:
    gradients = np.random.default_rng(3).normal(size=(STEPS, 3))
    together = path(optimizer, np.array([1.0, 2.0, 3.0]), gradients)
    alone = path(optimizer, np.array(2.0), gradients[:, 1])
    np.testing.assert_array_equal(alone, together[:, 1])


# Constant rates leave some of them oscillating about the minimum by the length of a step, hence schedules.


def descend(optimizer: Optimizer, gradient: Callable[[Array], Array], theta: Array, steps: int) -> Array:
    optimizer = optimizer.for_run(steps)
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state = optimizer.step(theta, gradient(theta), state)
    return theta


PARABOLA: list[Optimizer] = [
    SGD(0.1),
    SGD(0.1, momentum=0.9, nesterov=True),
    Adagrad(1.0),
    RMSprop(CosineDecay(0.1)),
    RMSprop(CosineDecay(0.02), momentum=0.9, centered=True),
    Adadelta(1.0),
    Adam(CosineDecay(0.1)),
    Adam(CosineDecay(0.1), amsgrad=True),
    AdamW(CosineDecay(0.1), weight_decay=0.0),
    Adamax(CosineDecay(0.2)),
    NAdam(CosineDecay(0.1)),
    RAdam(CosineDecay(0.1)),
    Lion(ExponentialDecay(0.1, None, 1e-6)),
    Rprop(0.1),
]


@pytest.mark.parametrize("optimizer", PARABOLA, ids=repr)
def test_descends_a_parabola_to_its_minimum(optimizer: Optimizer) -> None:
    scale = np.array([1.0, 3.0, 0.3])
    end = descend(optimizer, lambda theta: scale * (theta - [1, 2, 3]), np.zeros(3), 1500)
    np.testing.assert_allclose(end, [1, 2, 3], rtol=1e-3)


def rosenbrock(theta: Array) -> Array:
    x, y = theta
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


ROSENBROCK: list[Optimizer] = [
    SGD(1e-3, momentum=0.95),
    Adagrad(1.0),
    RMSprop(CosineDecay(0.003), momentum=0.9),
    Adadelta(CosineDecay(1.0), rho=0.99, epsilon=1e-4),
    Adam(CosineDecay(0.1)),
    Adam(CosineDecay(0.1), amsgrad=True),
    AdamW(CosineDecay(0.1), weight_decay=0.0),
    Adamax(CosineDecay(0.2)),
    NAdam(CosineDecay(0.1)),
    RAdam(CosineDecay(0.0, warmup_target=0.2, warmup_steps=1000)),  # its first steps are plain descent
    Lion(CosineDecay(0.01)),
    Rprop(0.1),
]


@pytest.mark.parametrize("optimizer", ROSENBROCK, ids=repr)
def test_descends_rosenbrock_to_its_minimum(optimizer: Optimizer) -> None:
    end = descend(optimizer, rosenbrock, np.array([-1.2, 1.0]), 4000)
    np.testing.assert_allclose(end, [1, 1], atol=0.05)  # from a distance of 2.2


def test_decay_pulls_the_minimum_towards_zero() -> None:
    # AdamW at rest: the decay η λ θ equals Adam's step; without decay the end is the minimum itself.
    plain, decayed = (
        descend(AdamW(CosineDecay(0.1), weight_decay=decay), lambda theta: theta - 2, np.zeros(1), 1500)
        for decay in (0.0, 0.3)
    )
    assert abs(plain[0] - 2) < 1e-3
    assert decayed[0] < 1.99
