"""Callbacks that watch a quantity: when they stop a run or lower its rate, epoch by epoch as Keras documents it."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines.batches import Batches
from chainrule.formulas.optimizers import Optimizer, State
from chainrule.training.callbacks import Logs
from chainrule.training.callbacks.monitor import Monitor
from chainrule.training.loop import train

X, Y = cr.datasets.xor()
ENGINES = ["reference", "numpy", "compiled"]
nan, inf = math.nan, math.inf


class Script:
    """An engine whose losses are given; each step adds 1 to the only parameter."""

    job: Any = None

    def __init__(self, losses: Sequence[float], net: cr.Network, rate: Any = 0.8) -> None:
        self.losses, self.net, self.step = losses, net, 0
        self.optimizer: Optimizer = cr.SGD(rate)
        self.rates: list[float] = []

    def run(self, steps: int) -> Array:
        self.rates += self.optimizer.learning_rates(self.step, steps).tolist()
        self.step += steps
        self.net.parameters[0] = self.step
        return np.zeros(steps)

    @property
    def state(self) -> State:
        return {"t": self.step}


def watched(values: Sequence[float], *callbacks: cr.Callback, rate: Any = 0.8) -> tuple[cr.History, cr.Network, Script]:
    """A run whose val_loss is these values; after epoch e the first parameter is e + 1."""
    net, given = cr.Network([1, 1], seed=0), iter(values)
    for callback in callbacks:
        callback.model, callback.stopped = net, False
    engine = Script(values, net, rate)
    history = train(
        engine,
        Batches(3, 3),
        epochs=len(values),
        validate=lambda: next(given),
        callbacks=callbacks,
        progress=None,
    )
    return history, net, engine


@pytest.mark.parametrize(
    ("values", "settings", "epochs", "best"),
    [
        ([3, 2, 1, 1, 0], {}, 4, 2),  # patience 0 ends the run at the first epoch that is not better
        ([3, 2, 1, 1, 0], {"patience": 1}, 4, 2),
        ([3, 2, 1, 1, 0], {"patience": 2}, 5, 4),
        ([1, 5, 5, 5, 5], {"patience": 3}, 4, 0),
        ([1, 5, 0.5, 5, 5, 5, 5], {"patience": 3}, 6, 2),  # an improvement begins the count anew
        ([3, 2.5, 2.6, 1.9], {"min_delta": 0.5, "patience": 2}, 3, 0),  # 2.5 is not better than 3 by more than ½
        ([3, 2.4, 2.2, 2.1, 1.8, 1.7, 1.6], {"min_delta": 0.5, "patience": 3}, 7, 4),
        ([1, 2, 3, 3, 4], {"mode": "max"}, 4, 2),
        ([nan, nan, 1, 2], {"patience": 3}, 4, 2),
        ([nan, nan, nan, 2], {"patience": 2}, 2, 0),
        ([inf, 1, 2, 3], {"patience": 2}, 4, 1),
        ([2, 2], {}, 2, 0),
        ([1], {}, 1, 0),
    ],
)
def test_early_stopping_epoch_by_epoch(values: list[float], settings: dict[str, Any], epochs: int, best: int) -> None:
    stopping = cr.EarlyStopping(**settings, restore_best_weights=True)
    history, net, _ = watched(values, stopping)
    assert len(history.epoch) == epochs
    assert stopping.best_epoch == best
    assert net.parameters[0] == best + 1
    assert stopping.stopped_epoch in (0, epochs - 1)
    assert history.stopped_by == ("callback" if epochs < len(values) else None)


def test_without_restoring_the_last_parameters_stay() -> None:
    stopping = cr.EarlyStopping(patience=2)
    _, net, _ = watched([3, 1, 2, 2, 2, 2], stopping)
    assert (net.parameters[0], stopping.best, stopping.best_epoch, stopping.stopped_epoch) == (4, 1, 1, 3)


def test_the_first_epoch_never_ends_a_run() -> None:
    history, _, _ = watched([nan, 2, 1], cr.EarlyStopping())
    assert len(history.epoch) == 3


def test_an_early_stopping_can_watch_another_run() -> None:
    stopping = cr.EarlyStopping(patience=1, restore_best_weights=True)
    for _ in range(2):
        history, net, _ = watched([3, 2, 9, 0, 0], stopping)
        assert (len(history.epoch), net.parameters[0]) == (3, 2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_best_parameters_come_back_in_place(engine: str, dtype: str) -> None:
    net, seen = cr.Network([2, 8, 1], hidden="tanh", seed=3, dtype=dtype), []
    theta = net.parameters

    def note(epoch: int, logs: Logs) -> None:
        seen.append(net.parameters.copy())

    X_held_out, y_held_out = np.random.default_rng(1).random((20, 2)), np.random.default_rng(2).integers(0, 2, 20)
    stopping = cr.EarlyStopping(patience=5, restore_best_weights=True)
    history = net.fit(
        X,
        Y,
        optimizer=cr.SGD(0.5, momentum=0.9),
        epochs=200,
        validation_data=(X_held_out, y_held_out),
        callbacks=[stopping, note],
        engine=engine,
    )
    best = int(np.argmin(history.history["val_loss"]))
    assert history.stopped_by == "callback"
    assert len(history.epoch) == best + 6
    assert np.shares_memory(net.parameters, theta)
    np.testing.assert_array_equal(net.parameters, seen[best])
    assert (seen[best] != seen[-1]).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_running_statistics_come_back_too(engine: str) -> None:
    net, held_out = cr.Network([2, 8, 1], normalization="batch_norm", seed=3), (X[::3] + 0.05, Y[::3])
    stopping = cr.EarlyStopping(patience=3, restore_best_weights=True)
    net.fit(X, Y, optimizer=cr.Adam(0.1), epochs=300, validation_data=held_out, callbacks=[stopping], engine=engine)
    found = net.predict(held_out[0])
    entropy = -np.mean(np.log(np.where(held_out[1] == 1, found, 1 - found)))
    assert stopping.stopped_epoch > stopping.best_epoch
    assert entropy == pytest.approx(stopping.best, rel=1e-9)


def keras_plateau(
    values: Sequence[float],
    rate: float,
    *,
    factor: float,
    patience: int,
    min_delta: float,
    cooldown: int,
    min_lr: float,
) -> list[float]:
    """The rate of each epoch by Keras' documentation: patience epochs without improvement, then a pause of cooldown."""
    best, wait, pause, rates = inf, 0, 0, []
    for value in values:
        rates.append(rate)
        if pause > 0:
            pause, wait = pause - 1, 0
        if value < best - min_delta:
            best, wait = value, 0
        elif pause <= 0:
            wait += 1
            if wait >= patience and rate > min_lr:
                rate, pause, wait = max(rate * factor, min_lr), cooldown, 0
    return rates


@pytest.mark.parametrize(
    ("values", "settings", "rates"),
    [
        ([1, 1, 1, 1, 1], {"patience": 2, "factor": 0.5}, [0.8, 0.8, 0.8, 0.4, 0.4]),
        ([1, 1, 1, 1, 1, 1], {"patience": 1, "factor": 0.5}, [0.8, 0.8, 0.4, 0.2, 0.1, 0.05]),
        ([1, 1, 1, 1, 1, 1], {"patience": 0, "factor": 0.5}, [0.8, 0.8, 0.4, 0.2, 0.1, 0.05]),
        ([1, 1, 1, 1, 1, 1], {"patience": 1, "factor": 0.5, "cooldown": 2}, [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]),
        ([1, 1, 1, 1, 1], {"patience": 1, "factor": 0.5, "min_lr": 0.3}, [0.8, 0.8, 0.4, 0.3, 0.3]),
        ([5, 4, 3, 2, 1], {"patience": 1}, [0.8] * 5),
        ([5, 4, 3, 2, 1], {"patience": 1, "min_delta": 1.5, "factor": 0.5}, [0.8, 0.8, 0.4, 0.4, 0.2]),
        ([1, 2, 3, 3], {"patience": 1, "mode": "max", "factor": 0.5}, [0.8] * 4),
        ([nan, nan, nan, 1, 1], {"patience": 2, "factor": 0.5}, [0.8, 0.8, 0.4, 0.4, 0.4]),
    ],
)
def test_reduce_on_plateau_epoch_by_epoch(values: list[float], settings: dict[str, Any], rates: list[float]) -> None:
    history, _, engine = watched(values, cr.ReduceLROnPlateau(**settings))
    np.testing.assert_allclose(engine.rates, rates, rtol=1e-15)
    assert history.history["learning_rate"] == engine.rates


def test_reduce_on_plateau_is_keras_on_any_values() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        values = rng.integers(0, 6, 30) / 2
        settings: dict[str, Any] = {
            "factor": 0.5,
            "patience": int(rng.integers(0, 4)),
            "min_delta": float(rng.choice([0.0, 0.25, 1.0])),
            "cooldown": int(rng.integers(0, 4)),
            "min_lr": float(rng.choice([0.0, 0.03])),
        }
        reduce = cr.ReduceLROnPlateau(**settings)
        for _ in range(2):  # the second run begins anew
            _, _, engine = watched(values.tolist(), reduce)
            assert engine.rates == keras_plateau(values.tolist(), 0.8, **settings)


def test_a_scheduler_sets_the_rate_of_every_epoch() -> None:
    asked = []

    def halved(epoch: int, rate: float) -> float:
        asked.append((epoch, rate))
        return 0.0 if epoch == 0 else 1.0 if epoch == 1 else rate / 2

    _, _, engine = watched([1.0] * 4, cr.LearningRateScheduler(halved))
    assert engine.rates == [0.0, 1.0, 0.5, 0.25]
    assert asked == [(0, 0.8), (1, 0.0), (2, 1.0), (3, 0.5)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_size", [None, 6])
def test_a_changed_rate_is_the_rate_of_the_next_step(engine: str, batch_size: int | None) -> None:
    by_epoch = [0.5, 0.1, 0.3, 0.0, 0.7]
    settings: dict[str, Any] = {"epochs": 5, "batch_size": batch_size, "shuffle": False, "engine": engine}
    changed, scheduled = (cr.Network([2, 3, 1], seed=0) for _ in range(2))
    history = changed.fit(
        X,
        Y,
        optimizer=cr.SGD(0.2, momentum=0.9),
        callbacks=[cr.LearningRateScheduler(lambda epoch, rate: by_epoch[epoch])],
        **settings,
    )
    per_epoch = 1 if batch_size is None else 4
    rule = cr.SGD(lambda t: by_epoch[t // per_epoch], momentum=0.9)
    assert scheduled.fit(X, Y, optimizer=rule, **settings).loss == history.loss
    np.testing.assert_array_equal(changed.parameters, scheduled.parameters)
    other = cr.Network([2, 3, 1], seed=0)
    other.fit(X, Y, optimizer=cr.SGD(0.2, momentum=0.9), **settings)
    assert (other.parameters != changed.parameters).any()


@pytest.mark.parametrize("batch_size", [None, 6])
def test_logs_and_history_tell_the_rate_where_a_callback_sets_it(batch_size: int | None) -> None:
    told: list[Logs] = []

    class Seldom(cr.LearningRateScheduler):
        every = 3

    for callback in (cr.LearningRateScheduler(lambda epoch, rate: rate / 2), Seldom(lambda epoch, rate: rate / 2)):
        callbacks = [callback, lambda epoch, logs: told.append(dict(logs))]
        settings: dict[str, Any] = {"epochs": 5, "batch_size": batch_size, "optimizer": cr.SGD(0.8)}
        history = cr.Network([2, 3, 1], seed=0).fit(X, Y, callbacks=callbacks, **settings)
        assert [logs["learning_rate"] for logs in told[-5:]] == history.history["learning_rate"]
        expected = [0.4, 0.2, 0.2, 0.2, 0.1] if callback.every == 3 else [0.4, 0.2, 0.1, 0.05, 0.025]
        assert history.history["learning_rate"] == expected
    alone = cr.Network([2, 3, 1], seed=0).fit(X, Y, callbacks=[Seldom(lambda epoch, rate: rate / 2)], **settings)
    assert alone.history["learning_rate"] == expected
    assert "learning_rate" not in cr.Network([2, 3, 1], seed=0).fit(X, Y, **settings).history


def test_a_callback_reads_the_rate_of_a_schedule() -> None:
    seen = []

    class Watch(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            seen.append(self.learning_rate)

    watched([1.0] * 3, Watch(), rate=cr.schedules.ExponentialDecay(0.8, 1, 0.5))
    assert seen == [0.4, 0.2, 0.1]


@pytest.mark.parametrize(
    ("callback", "rate"),
    [
        (cr.ReduceLROnPlateau(), lambda t: 0.1),
        (cr.LearningRateScheduler(lambda epoch, rate: rate), cr.schedules.Constant(0.1)),
    ],
)
def test_a_schedule_lets_no_callback_change_the_rate(callback: cr.Callback, rate: Any) -> None:
    with pytest.raises(ValueError, match=r"cannot set the learning rate of SGD\(.*\), which sets its own; pass an opt"):
        watched([1.0] * 3, callback, rate=rate)


def test_the_rate_is_known_in_a_run_only() -> None:
    with pytest.raises(RuntimeError, match="Callback has a learning_rate once a run has begun; pass it to fit"):
        _ = cr.Callback().learning_rate
    with pytest.raises(RuntimeError, match="once a run has begun"):
        cr.Callback().learning_rate = 0.1


@pytest.mark.parametrize("given", [nan, inf, -0.1])
def test_a_scheduler_that_gives_no_rate_is_told_the_epoch(given: float) -> None:
    with pytest.raises(
        ValueError, match=f"the learning rate of epoch 2 must be a finite number at least 0, got {given}"
    ):
        watched([1.0] * 4, cr.LearningRateScheduler(lambda epoch, rate: given if epoch == 2 else rate))
    with pytest.raises(TypeError, match=r"the learning rate of epoch 0 must be .* got None"):
        watched([1.0] * 4, cr.LearningRateScheduler(lambda epoch, rate: None))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("make", [cr.EarlyStopping, cr.ReduceLROnPlateau])
def test_a_quantity_that_is_not_there_is_named_with_those_that_are(make: Any) -> None:
    name, also = make.__name__, ", learning_rate" if make is cr.ReduceLROnPlateau else ""
    for monitor, logs, message in (
        ("val_loss", "loss", "pass validation_data=(X, y) to fit"),
        ("val_accuracy", "loss", "pass validation_data"),
        ("error", "loss", "pass monitor= one of these"),
    ):
        with pytest.raises(
            ValueError,
            match=re.escape(f"{name} monitors '{monitor}', but the epochs of this run have {logs}{also}; {message}"),
        ):
            cr.Network([2, 3, 1], seed=0).fit(X, Y, epochs=3, callbacks=[make(monitor)], engine="reference")
    with pytest.raises(ValueError, match=rf"have loss, val_loss{also}; pass monitor= one of these"):
        watched([1.0, 2.0], make("val_accuracy"))


def test_which_direction_is_better() -> None:
    for name, smaller in (("loss", True), ("val_loss", True), ("error", True), ("accuracy", False), ("val_acc", False)):
        assert Monitor("EarlyStopping", name, "auto", 0).improves(0.4, 0.5) == smaller
    assert Monitor("EarlyStopping", "loss", "max", 0).improves(0.6, 0.5)
    with pytest.raises(
        ValueError, match=r"EarlyStopping cannot tell whether a smaller 'norm' is better .* mode='min' or"
    ):
        cr.EarlyStopping("norm")


@pytest.mark.parametrize(
    ("make", "settings", "error", "message"),
    [
        (cr.EarlyStopping, {"patience": -1}, ValueError, "patience must be a whole number of at least 0, got -1"),
        (cr.EarlyStopping, {"patience": 1.5}, TypeError, "patience must be a whole number, got 1.5"),
        (cr.EarlyStopping, {"min_delta": -1}, ValueError, "min_delta must be a finite number at least 0, got -1"),
        (cr.EarlyStopping, {"min_delta": "1"}, TypeError, "min_delta must be a finite number at least 0"),
        (cr.EarlyStopping, {"mode": "least"}, ValueError, "mode must be one of auto, min, max, got 'least'"),
        (cr.EarlyStopping, {"monitor": None}, TypeError, "monitor must be the name of a quantity"),
        (cr.EarlyStopping, {"restore_best_weights": 1}, TypeError, "restore_best_weights must be True or False"),
        (
            cr.ReduceLROnPlateau,
            {"factor": 1},
            ValueError,
            "factor must be a finite number greater than 0 and less than",
        ),
        (cr.ReduceLROnPlateau, {"factor": 0}, ValueError, "factor must be a finite number greater than 0"),
        (cr.ReduceLROnPlateau, {"cooldown": -1}, ValueError, "cooldown must be a whole number of at least 0"),
        (cr.ReduceLROnPlateau, {"min_lr": nan}, ValueError, "min_lr must be a finite number at least 0"),
        (
            cr.LearningRateScheduler,
            {"schedule": 0.1},
            TypeError,
            r"schedule must be a function of \(epoch, learning rate",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(
    make: Any, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(**settings)
