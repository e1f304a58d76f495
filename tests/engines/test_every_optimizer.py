"""Every optimizer and schedule in every engine: the reference's own steps."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines.step_numbers import StepNumbers, evaluated
from chainrule.engines.update import Update, hoisted
from chainrule.formulas.expression import Expression, symbols_of
from chainrule.formulas.regularization import Regularization

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(17, 3)), rng.integers(0, 2, (17, 1))
DECAY = cr.schedules.get("exponential_decay", initial_learning_rate=0.05, decay_steps=4, decay_rate=0.5)
SETTINGS: dict[str, Any] = {
    "sgd": cr.SGD(0.2, momentum=0.8),
    "nesterov": cr.SGD(0.2, momentum=0.8, nesterov=True),
    "amsgrad": cr.Adam(0.02, epsilon=1e-2, amsgrad=True),
    "centered": cr.RMSprop(0.02, centered=True, momentum=0.5),
    **{name: cr.optimizers.get(name) for name in cr.optimizers.names() if name not in ("sgd", "lbfgs")},
    "schedule": cr.Adam(
        cr.schedules.get("exponential_decay", initial_learning_rate=0.05, decay_steps=4, decay_rate=0.5)
    ),
    "function": cr.SGD(lambda t: 0.2 / (1 + t), momentum=0.5),
}


def trained(engine: str, optimizer: Any, **options: Any) -> tuple[Array, Array]:
    dtype = options.pop("dtype", "float64")
    net = cr.Network([3, 5, 1], hidden="tanh", seed=2, dtype=dtype)
    history = net.fit(X, Y, optimizer=optimizer, epochs=6, batch_size=5, shuffle=1, engine=engine, verbose=0, **options)
    return np.array(history.loss), net.parameters


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_24_steps(name: str, engine: str) -> None:
    (mine, theta), (losses, expected) = (trained(who, SETTINGS[name]) for who in (engine, "reference"))
    np.testing.assert_allclose(mine, losses, rtol=1e-10)
    np.testing.assert_allclose(theta, expected, rtol=1e-9, atol=1e-11)
    assert losses[-1] != losses[0]


@pytest.mark.parametrize("engine", ["numpy", "compiled", "reference"])
@pytest.mark.parametrize("name", SETTINGS)
def test_in_float32(name: str, engine: str) -> None:
    (mine, theta), (losses, _) = trained(engine, SETTINGS[name], dtype="float32"), trained("reference", SETTINGS[name])
    assert theta.dtype == np.float32
    np.testing.assert_allclose(mine, losses, rtol=5e-4)


@pytest.mark.parametrize("name", SETTINGS)
def test_many_runs_are_single_runs(name: str) -> None:
    optimizer = SETTINGS[name]
    rates = [0.01, 0.02, 0.05]
    given: dict[str, Any] = {} if callable(optimizer.learning_rate) else {"learning_rate": rates}
    points, labels = cr.datasets.xor()
    runs = cr.train_many(
        [2, 3, 1], points, labels, seeds=range(3), optimizer=optimizer, epochs=300, engine="compiled", **given
    )
    assert runs.parameters is not None
    for k in range(3):
        own = replace(optimizer, learning_rate=rates[k]) if given else optimizer
        net = cr.Network([2, 3, 1], seed=k)
        net.fit(points, labels, optimizer=own, epochs=300, engine="compiled", verbose=0)
        assert net.parameters.tobytes() == runs.parameters[k, -1].tobytes()


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_hoisted_is_what_all_parameters_share(name: str) -> None:
    optimizer = SETTINGS[name]
    update = Update.of(optimizer, Regularization())
    vectors = {"theta", "gradient", *update.slots}
    for result in update.results:
        assert symbols_of(result) <= vectors | set(update.scalars)
    for part in update.recorded[1]:
        assert not symbols_of(part) & vectors
    values = {name: rng.uniform(0.1, 1, 4) for name in vectors}
    step = optimizer.at_step(6)
    direct = optimizer.rule(
        values["theta"], values["gradient"], *(values[slot] for slot in update.slots), 7, *step.parameters
    )
    numbers = StepNumbers(update, [optimizer], Regularization()).of(6, 1)[0, 0]
    given = {**values, **dict(zip(update.scalars, numbers, strict=True))}
    for result, expected in zip(update.results, direct, strict=True):
        np.testing.assert_allclose(evaluated(result, given), expected, rtol=1e-13)


def test_a_part_that_varies_stays() -> None:
    theta, t, h = map(Expression.symbol, ("theta", "t", "h"))
    (result,), parts = hoisted([theta * (1 - h**t) + h * theta], {"theta"})
    assert repr(result) == "add(multiply(theta, c0), multiply(c1, theta))"
    assert [repr(part) for part in parts] == ["subtract(1, power(h, t))", "h"]


@pytest.mark.parametrize("name", ["adam", "schedule", "nadam", "radam"])
def test_a_steps_numbers_do_not_depend_on_its_block(name: str) -> None:
    optimizer = SETTINGS[name]
    update = Update.of(optimizer, Regularization())
    (whole,) = StepNumbers(update, [optimizer], Regularization()).of(0, 1000)
    for first, steps in ((0, 1), (1, 7), (255, 3), (300, 700), (999, 1)):
        for others in (1, 3):
            part = StepNumbers(update, [optimizer] * others, Regularization()).of(first, steps)
            assert part[-1].tobytes() == whole[first : first + steps].tobytes()


def test_one_kernel_serves_all_numbers_of_an_optimizer() -> None:
    updates = [
        Update.of(cr.Adam(rate, beta_1=beta), Regularization(l2=rate)) for rate, beta in ((0.1, 0.9), (0.2, 0.5))
    ]
    assert repr(updates[0]) == repr(updates[1])
    assert repr(updates[0]) != repr(Update.of(cr.Adam(amsgrad=True), Regularization(l2=0.1)))
    assert repr(updates[0]) != repr(Update.of(cr.Adam(), Regularization()))
    assert repr(updates[0]) != repr(Update.of(cr.Adam(clip_norm=1.0), Regularization(l2=0.1)))


@pytest.mark.parametrize("engine", ["numpy", "compiled", "reference"])
def test_a_schedule_that_gives_no_rate(engine: str) -> None:
    with pytest.raises(ValueError, match="the learning rate of step 3 is nan"):
        trained(engine, cr.SGD(lambda t: 0.1 if t < 3 else float("nan")))
